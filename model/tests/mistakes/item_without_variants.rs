#[derive(Choice)]
enum Status {}
