#[derive(Choice)]
enum Status {
    Open,
    Closed(String),
    Moved { to: String },
}
