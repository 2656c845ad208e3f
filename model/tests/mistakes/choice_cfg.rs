#[derive(Choice)]
enum Status {
    Open,
    #[cfg(test)]
    Closed,
}
