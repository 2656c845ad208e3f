#[derive(Choice)]
#[choice(deprecated = "never")]
enum Status {
    #[choice(deprecated = "")]
    Open,
    #[choice(deprecated)]
    Closed,
}
