#[derive(Resource)]
#[resource(path = "a-very-long-path-that-goes-on-and-on-until-nobody-can-read-it-any-more")]
struct Thing {
    #[field(id)]
    id: Uuid,
}
