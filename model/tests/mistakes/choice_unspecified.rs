#[derive(Choice)]
enum Status {
    Unspecified,
    #[choice(name = "unspecified")]
    Nothing,
}
