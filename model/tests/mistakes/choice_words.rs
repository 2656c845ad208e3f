#[derive(Choice)]
#[choice(rename_all = "camelCase", name = "x")]
enum Status {
    #[choice(nme = "open")]
    Open,
    #[choice(rename = "x", crate = "y")]
    Closed,
    #[choice(name)]
    Moved,
    #[choice(name = "a", name = "b")]
    Lost,
}
