#[derive(Choice)]
enum Status {
    open,
    In_Transit,
    #[choice(name = "in transit")]
    Moving,
    #[choice(name = "")]
    Gone,
}
