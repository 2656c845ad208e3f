/// Where something goes.
#[derive(Value)]
#[value(crate = "engine")]
pub struct Address {
    /// Street and number.
    pub street: String,
    #[field(default = "DE")]
    pub country: String,
    #[field(sensitive)]
    pub door_code: Option<String>,
}
