#[allow(deprecated)]
const _: () = {
    use engine::generated as __fourfold;
    static __DESCRIPTOR: __fourfold::ValueDescriptor = __fourfold::ValueDescriptor {
        name: "Address",
        doc: "Where something goes.",
        fields: &[
            __fourfold::Field {
                doc: "Street and number.",
                ..__fourfold::Field::new(
                    "street",
                    <String as __fourfold::FieldType>::TYPE,
                )
            },
            __fourfold::Field {
                default: __fourfold::Some(|| __fourfold::text("DE")),
                ..__fourfold::Field::new(
                    "country",
                    <String as __fourfold::FieldType>::TYPE,
                )
            },
            __fourfold::Field {
                sensitive: true,
                ..__fourfold::Field::new(
                    "door_code",
                    <Option<String> as __fourfold::FieldType>::TYPE,
                )
            },
        ],
    };
    #[automatically_derived]
    impl __fourfold::Value for Address {
        const DESCRIPTOR: &'static __fourfold::ValueDescriptor = &__DESCRIPTOR;
        fn into_cells(self) -> __fourfold::Row {
            __fourfold::Vec::from([
                <String as __fourfold::FieldType>::into_cell(self.street),
                <String as __fourfold::FieldType>::into_cell(self.country),
                <Option<String> as __fourfold::FieldType>::into_cell(self.door_code),
            ])
        }
        fn from_cells(__row: __fourfold::Row) -> __fourfold::Result<Self> {
            let mut __cells = __fourfold::Cells::of(__row, 3)?;
            let (
                __fourfold::Some(__street),
                __fourfold::Some(__country),
                __fourfold::Some(__door_code),
            ) = (
                __cells.take(<String as __fourfold::FieldType>::from_cell),
                __cells.take(<String as __fourfold::FieldType>::from_cell),
                __cells.take(<Option<String> as __fourfold::FieldType>::from_cell),
            ) else {
                return __fourfold::Err(__cells.error());
            };
            __fourfold::Ok(Self {
                street: __street,
                country: __country,
                door_code: __door_code,
            })
        }
    }
    #[automatically_derived]
    impl __fourfold::SingleType for Address {
        const KIND: __fourfold::Kind = __fourfold::Kind::Value(&__DESCRIPTOR);
        fn to_cell(self) -> __fourfold::Cell {
            __fourfold::Cell::Value(<Self as __fourfold::Value>::into_cells(self))
        }
        fn take_cell(__cell: __fourfold::Cell) -> __fourfold::Result<Self> {
            <Self as __fourfold::Value>::from_cells(__fourfold::cells(__cell))
        }
    }
    #[automatically_derived]
    impl ::core::fmt::Debug for Address {
        fn fmt(&self, __f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
            __f.debug_struct("Address")
                .field("street", &self.street)
                .field("country", &self.country)
                .field("door_code", &__fourfold::Redacted)
                .finish()
        }
    }
};
