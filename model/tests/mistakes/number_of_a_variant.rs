#[derive(Choice)]
enum Status {
    #[choice(number = 0)]
    A,
    #[choice(number = 2147483648)]
    B,
    #[choice(number = 3)]
    C,
    #[choice(number = 3)]
    D,
    #[choice(number = 19000)]
    E,
    #[choice(number = 2147483647)]
    F,
    #[choice(was = "old")]
    G,
}
