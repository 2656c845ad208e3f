#[derive(Choice)]
enum Box {
    A,
}
