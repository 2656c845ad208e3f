#[derive(Resource)]
#[resource(package = "shop.thing.v1", path = "things")]
struct VeryLongNameOfAStructThatNobodyWouldEverWriteInOnePiece {
    #[field(id)]
    id: Uuid,
}
