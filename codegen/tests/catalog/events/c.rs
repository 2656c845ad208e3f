#[derive(Value)]
pub struct Reason {
    pub text: String,
}
