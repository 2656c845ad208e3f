#[derive(Resource)]
#[resource(packge = "shop.order.v1", filtr, emial)]
struct Order {
    #[field(id, lenght(1..=3))]
    id: String,
    #[field(operatoin(close))]
    a: String,
    #[field(validate(defualt = 3))]
    b: String,
}
