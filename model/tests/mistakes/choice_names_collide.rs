#[derive(Choice)]
enum Status {
    Open,
    OPEN,
    Step1,
    #[choice(name = "open")]
    Opened,
}
