/// Two events that together can't be told.
#[derive(Event)]
#[event(type = "shop.order.v1.order.delayed")]
pub struct Delayed {
    pub reason: b::Reason,
    pub others: Vec<c::Reason>,
}

pub mod again {
    #[derive(Event)]
    #[event(type = "shop.order.v1.order.delayed")]
    pub struct Delayed {
        pub days: u32,
        pub by: Nobody,
    }
}

pub mod and_again {
    #[derive(Event)]
    #[event(type = "shop.order.v1.order.delayed")]
    pub struct Delayed {
        pub days: u32,
    }
}
