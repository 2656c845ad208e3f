#[allow(deprecated)]
const _: () = {
    use ::fourfold::generated as __fourfold;
    static __DESCRIPTOR: __fourfold::ChoiceDescriptor = __fourfold::ChoiceDescriptor {
        name: "OrderStatus",
        doc: "How far an order is.",
        variants: &[
            __fourfold::Variant {
                name: "placed",
                doc: "Nobody has paid yet.",
            },
            __fourfold::Variant {
                name: "paid",
                doc: "",
            },
            __fourfold::Variant {
                name: "on_its_way",
                doc: "",
            },
        ],
    };
    #[automatically_derived]
    impl __fourfold::Choice for OrderStatus {
        const DESCRIPTOR: &'static __fourfold::ChoiceDescriptor = &__DESCRIPTOR;
        fn index(&self) -> ::core::primitive::u16 {
            match self {
                Self::Placed => 0,
                Self::Paid => 1,
                Self::InTransit => 2,
            }
        }
        fn from_index(__index: ::core::primitive::u16) -> __fourfold::Option<Self> {
            match __index {
                0 => __fourfold::Some(Self::Placed),
                1 => __fourfold::Some(Self::Paid),
                2 => __fourfold::Some(Self::InTransit),
                _ => __fourfold::None,
            }
        }
    }
    #[automatically_derived]
    impl __fourfold::SingleType for OrderStatus {
        const KIND: __fourfold::Kind = __fourfold::Kind::Choice(&__DESCRIPTOR);
        fn to_cell(self) -> __fourfold::Cell {
            __fourfold::Cell::Choice(<Self as __fourfold::Choice>::index(&self))
        }
        fn take_cell(__cell: __fourfold::Cell) -> __fourfold::Result<Self> {
            __fourfold::variant(&__cell)
        }
    }
    #[automatically_derived]
    impl __fourfold::Comparable for OrderStatus {}
};
