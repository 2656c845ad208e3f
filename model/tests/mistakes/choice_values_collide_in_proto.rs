#[derive(Choice)]
enum Step {
    #[choice(name = "A2B")]
    First,
    #[choice(name = "a2-b")]
    Second,
    #[choice(name = "in-transit")]
    InTransit,
    #[choice(name = "in_transit")]
    Moving,
    #[choice(name = "UNSPECIFIED")]
    Nothing,
}
