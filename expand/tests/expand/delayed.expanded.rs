#[allow(deprecated)]
const _: () = {
    use ::fourfold::generated as __fourfold;
    static __DESCRIPTOR: __fourfold::ValueDescriptor = __fourfold::ValueDescriptor {
        name: "OrderDelayed",
        doc: "The order is late.",
        fields: &[
            __fourfold::Field::new("order_id", <Uuid as __fourfold::FieldType>::TYPE),
            __fourfold::Field {
                doc: "How late.",
                default: __fourfold::Some(|| <u32 as __fourfold::FieldType>::into_cell(
                    1,
                )),
                ..__fourfold::Field::new("days", <u32 as __fourfold::FieldType>::TYPE)
            },
        ],
    };
    #[automatically_derived]
    impl __fourfold::Value for OrderDelayed {
        const DESCRIPTOR: &'static __fourfold::ValueDescriptor = &__DESCRIPTOR;
        fn into_cells(self) -> __fourfold::Row {
            __fourfold::Vec::from([
                <Uuid as __fourfold::FieldType>::into_cell(self.order_id),
                <u32 as __fourfold::FieldType>::into_cell(self.days),
            ])
        }
        fn from_cells(__row: __fourfold::Row) -> __fourfold::Result<Self> {
            let mut __cells = __fourfold::Cells::of(__row, 2)?;
            let (__fourfold::Some(__order_id), __fourfold::Some(__days)) = (
                __cells.take(<Uuid as __fourfold::FieldType>::from_cell),
                __cells.take(<u32 as __fourfold::FieldType>::from_cell),
            ) else {
                return __fourfold::Err(__cells.error());
            };
            __fourfold::Ok(Self {
                order_id: __order_id,
                days: __days,
            })
        }
    }
    static __EVENT: __fourfold::EventDescriptor = __fourfold::EventDescriptor {
        name: "shop.order.v1.order.delayed",
        doc: "The order is late.",
        body: &__DESCRIPTOR,
        subject: __fourfold::Some(0),
        messages: __fourfold::None,
    };
    #[automatically_derived]
    impl __fourfold::Event for OrderDelayed {
        const TYPES: &'static [&'static str] = &["shop.order.v1.order.delayed"];
        fn read(__event: &__fourfold::CloudEvent) -> __fourfold::Result<Self> {
            <Self as __fourfold::Value>::from_cells(__fourfold::body(&__EVENT, __event)?)
        }
        fn messages() -> __fourfold::Option<&'static __fourfold::EventMessages> {
            __EVENT.messages
        }
    }
    #[automatically_derived]
    impl __fourfold::Publish for OrderDelayed {
        const EVENT: &'static __fourfold::EventDescriptor = &__EVENT;
    }
};
