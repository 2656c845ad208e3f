/// Somebody who may sign in.
#[derive(Resource)]
#[resource(package = "shop.user.v1", path = "users", behavior)]
pub struct User {
    #[field(id)]
    pub id: String,
    #[field(unique, validate(email))]
    pub email: String,
    #[field(input_only, validate(length(12..)))]
    pub password: String,
    #[field(deprecated = "ask the directory")]
    pub role: Option<Role>,
}
