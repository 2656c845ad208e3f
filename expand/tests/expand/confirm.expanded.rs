#[allow(deprecated)]
const _: () = {
    use ::fourfold::generated as __fourfold;
    static __DESCRIPTOR: __fourfold::ValueDescriptor = __fourfold::ValueDescriptor {
        name: "ConfirmOrder",
        doc: "Tells the customer that the order is on its way.",
        fields: &[
            __fourfold::Field {
                doc: "Which one; all of them where it is absent.",
                ..__fourfold::Field::new(
                    "order",
                    <Option<Uuid> as __fourfold::FieldType>::TYPE,
                )
            },
            __fourfold::Field {
                default: __fourfold::Some(|| __fourfold::text("en")),
                rules: &[
                    __fourfold::Rule::Length {
                        min: __fourfold::Some(2),
                        max: __fourfold::Some(2),
                    },
                ],
                ..__fourfold::Field::new(
                    "language",
                    <String as __fourfold::FieldType>::TYPE,
                )
            },
            __fourfold::Field {
                sensitive: true,
                ..__fourfold::Field::new(
                    "code",
                    <Option<String> as __fourfold::FieldType>::TYPE,
                )
            },
        ],
    };
    #[automatically_derived]
    impl __fourfold::Value for ConfirmOrder {
        const DESCRIPTOR: &'static __fourfold::ValueDescriptor = &__DESCRIPTOR;
        fn into_cells(self) -> __fourfold::Row {
            __fourfold::Vec::from([
                <Option<Uuid> as __fourfold::FieldType>::into_cell(self.order),
                <String as __fourfold::FieldType>::into_cell(self.language),
                <Option<String> as __fourfold::FieldType>::into_cell(self.code),
            ])
        }
        fn from_cells(__row: __fourfold::Row) -> __fourfold::Result<Self> {
            let mut __cells = __fourfold::Cells::of(__row, 3)?;
            let (
                __fourfold::Some(__order),
                __fourfold::Some(__language),
                __fourfold::Some(__code),
            ) = (
                __cells.take(<Option<Uuid> as __fourfold::FieldType>::from_cell),
                __cells.take(<String as __fourfold::FieldType>::from_cell),
                __cells.take(<Option<String> as __fourfold::FieldType>::from_cell),
            ) else {
                return __fourfold::Err(__cells.error());
            };
            __fourfold::Ok(Self {
                order: __order,
                language: __language,
                code: __code,
            })
        }
    }
    static __TASK: __fourfold::TaskDescriptor = __fourfold::TaskDescriptor {
        name: "order.confirm",
        doc: "Tells the customer that the order is on its way.",
        input: &__DESCRIPTOR,
        settings: __fourfold::TaskSettings {
            queue: __fourfold::Some("mail"),
            retries: __fourfold::Some(5),
            timeout: __fourfold::Some(::core::time::Duration::from_millis(30000)),
            ..__fourfold::TaskSettings::NONE
        },
        schedule: __fourfold::Some(__fourfold::Schedule {
            cron: "0 3 * * *",
            time_zone: "Europe/Amsterdam",
        }),
        run: __fourfold::run_task::<ConfirmOrder>,
    };
    #[automatically_derived]
    impl __fourfold::Task for ConfirmOrder {
        const TASK: &'static __fourfold::TaskDescriptor = &__TASK;
    }
    #[automatically_derived]
    impl ::core::fmt::Debug for ConfirmOrder {
        fn fmt(&self, __f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
            __f.debug_struct("ConfirmOrder")
                .field("order", &self.order)
                .field("language", &self.language)
                .field("code", &__fourfold::Redacted)
                .finish()
        }
    }
};
