/// What a create of [`Order`] accepts.
#[allow(
    dead_code,
    deprecated,
    missing_debug_implementations,
    missing_docs,
    private_interfaces
)]
pub struct OrderCreate {
    /// Who placed it.
    pub user_id: Uuid,
    pub items: Vec<Item>,
    pub note: ::core::option::Option<String>,
    pub number: String,
    pub priority: ::core::option::Option<i32>,
    pub discount: ::core::option::Option<Decimal>,
    /// What it is about.
    ///
    /// Deprecated: the items say it
    pub labels: BTreeMap<String, String>,
}
/// What an update of [`Order`] changes; every field stays as it is unless set.
#[allow(
    dead_code,
    deprecated,
    missing_debug_implementations,
    missing_docs,
    private_interfaces
)]
#[derive(::core::default::Default)]
pub struct OrderUpdate {
    pub items: ::fourfold::Patch<Vec<Item>>,
    pub note: ::fourfold::Patch<Option<String>>,
    pub number: ::fourfold::Patch<String>,
    pub priority: ::fourfold::Patch<i32>,
    pub discount: ::fourfold::Patch<Decimal>,
    /// What it is about.
    #[deprecated(note = "the items say it")]
    pub labels: ::fourfold::Patch<BTreeMap<String, String>>,
}
/// The operations of [`Order`] beside the standard ones.
#[diagnostic::on_unimplemented(
    message = "the operations of `Order` are not written",
    label = "`OrderOperations` is not implemented for it",
    note = "write:\nimpl OrderOperations for Order {{\n    async fn cancel(&mut self, ctx: &Context, input: CancelOrder) -> Result<()> {{ .. }}\n    async fn touch(&mut self, ctx: &Context) -> Result<()> {{ .. }}\n}}"
)]
pub trait OrderOperations {
    /// Runs `cancel`: `self` is the row as it is, and what becomes of it is stored.
    fn cancel(
        &mut self,
        ctx: &::fourfold::Context,
        input: CancelOrder,
    ) -> impl ::core::future::Future<
        Output = ::fourfold::Result<()>,
    > + ::core::marker::Send;
    /// Runs `touch`: `self` is the row as it is, and what becomes of it is stored.
    ///
    /// Deprecated: update it
    fn touch(
        &mut self,
        ctx: &::fourfold::Context,
    ) -> impl ::core::future::Future<
        Output = ::fourfold::Result<()>,
    > + ::core::marker::Send;
}
/// Enqueues the operations of [`Order`] as tasks: `Order::tasks(..)`, over a broker or inside an operation.
///
/// Each method gives a task that is enqueued when it is awaited.
#[allow(missing_debug_implementations)]
#[derive(::core::clone::Clone, ::core::marker::Copy)]
pub struct OrderTasks<'a>(::fourfold::tasks::TaskSink<'a>);
/// A [`Order`] was created.
#[allow(dead_code, missing_debug_implementations, private_interfaces)]
pub struct OrderCreated {
    /// As it is since.
    pub order: Order,
}
/// A [`Order`] was updated.
#[allow(dead_code, missing_debug_implementations, private_interfaces)]
pub struct OrderUpdated {
    /// As it is since.
    pub order: Order,
    /// As it was before.
    pub before: Order,
    /// The names of the fields that are not as they were.
    pub changed: ::fourfold::events::Changed,
}
/// A [`Order`] was deleted.
#[allow(dead_code, missing_debug_implementations, private_interfaces)]
pub struct OrderDeleted {
    /// As it was.
    pub order: Order,
}
/// The operation `cancel` was done to a [`Order`].
#[allow(dead_code, missing_debug_implementations, private_interfaces)]
pub struct OrderCancelled {
    /// As it is since.
    pub order: Order,
    /// As it was before.
    pub before: Order,
    /// The names of the fields that are not as they were.
    pub changed: ::fourfold::events::Changed,
}
/// What happened to a [`Order`]: to listen to all of its events at once.
#[allow(
    dead_code,
    missing_debug_implementations,
    private_interfaces,
    clippy::large_enum_variant
)]
pub enum OrderEvent {
    /// `shop.order.v1.order.created`
    Created(OrderCreated),
    /// `shop.order.v1.order.updated`
    Updated(OrderUpdated),
    /// `shop.order.v1.order.deleted`
    Deleted(OrderDeleted),
    /// `shop.order.v1.order.cancelled`
    Cancelled(OrderCancelled),
}
#[allow(deprecated)]
const _: () = {
    use ::fourfold::generated as __fourfold;
    static __DESCRIPTOR: __fourfold::Descriptor = __fourfold::Descriptor {
        name: "Order",
        package: "shop.order.v1",
        version: "v1",
        path: "orders",
        singular: "order",
        plural: "orders",
        table: "orders",
        doc: "An order placed by a user.\n\nIt can be cancelled until it ships.",
        fields: &[
            __fourfold::Field::new("id", <Uuid as __fourfold::FieldType>::TYPE),
            __fourfold::Field {
                doc: "Who placed it.",
                immutable: true,
                filter: true,
                references: __fourfold::Some("shop.user.v1.User"),
                ..__fourfold::Field::new(
                    "user_id",
                    <Uuid as __fourfold::FieldType>::TYPE,
                )
            },
            __fourfold::Field {
                rules: &[
                    __fourfold::Rule::Length {
                        min: __fourfold::Some(1),
                        max: __fourfold::Some(50),
                    },
                ],
                ..__fourfold::Field::new(
                    "items",
                    <Vec<Item> as __fourfold::FieldType>::TYPE,
                )
            },
            __fourfold::Field {
                output_only: true,
                filter: true,
                sort: true,
                default: __fourfold::Some(__fourfold::first_variant::<OrderStatus>),
                ..__fourfold::Field::new(
                    "status",
                    <OrderStatus as __fourfold::FieldType>::TYPE,
                )
            },
            __fourfold::Field {
                rules: &[
                    __fourfold::Rule::Length {
                        min: __fourfold::None,
                        max: __fourfold::Some(500),
                    },
                ],
                ..__fourfold::Field::new(
                    "note",
                    <Option<String> as __fourfold::FieldType>::TYPE,
                )
            },
            __fourfold::Field {
                unique: true,
                rules: {
                    static __RULES: [__fourfold::Rule; 2] = [
                        __fourfold::Rule::Pattern(
                            __fourfold::Pattern::new("^[A-Z]{2}[0-9]+$"),
                        ),
                        __fourfold::Rule::Custom(|__cell| match <String as __fourfold::FieldType>::from_cell(
                            __cell.clone(),
                        ) {
                            __fourfold::Ok(__value) => {
                                __fourfold::verdict(check_number(&__value))
                            }
                            __fourfold::Err(_) => __fourfold::Ok(()),
                        }),
                    ];
                    &__RULES
                },
                ..__fourfold::Field::new(
                    "number",
                    <String as __fourfold::FieldType>::TYPE,
                )
            },
            __fourfold::Field {
                default: __fourfold::Some(|| <i32 as __fourfold::FieldType>::into_cell(
                    1,
                )),
                rules: &[
                    __fourfold::Rule::Range {
                        min: __fourfold::Some(__fourfold::Limit::Int(1)),
                        max: __fourfold::Some(__fourfold::Limit::Int(99)),
                        max_exclusive: false,
                    },
                ],
                ..__fourfold::Field::new(
                    "priority",
                    <i32 as __fourfold::FieldType>::TYPE,
                )
            },
            __fourfold::Field {
                filter: true,
                sort: true,
                default: __fourfold::Some(|| __fourfold::decimal("0.00")),
                ..__fourfold::Field::new(
                    "discount",
                    <Decimal as __fourfold::FieldType>::TYPE,
                )
            },
            __fourfold::Field {
                doc: "What it is about.",
                ..__fourfold::Field::new(
                    "labels",
                    <BTreeMap<String, String> as __fourfold::FieldType>::TYPE,
                )
            },
            __fourfold::Field::new(
                "created_at",
                <Timestamp as __fourfold::FieldType>::TYPE,
            ),
            __fourfold::Field::new(
                "updated_at",
                <Timestamp as __fourfold::FieldType>::TYPE,
            ),
            __fourfold::Field::new("version", <i64 as __fourfold::FieldType>::TYPE),
        ],
        id: 0,
        version_field: __fourfold::Some(11),
        created_at: __fourfold::Some(9),
        updated_at: __fourfold::Some(10),
        deleted_at: __fourfold::None,
        operations: &[
            __fourfold::Operation {
                name: "cancel",
                input: __fourfold::Some(<CancelOrder as __fourfold::Value>::DESCRIPTOR),
                event: __fourfold::Some("cancelled"),
                run: |__ctx, __row, __input| __fourfold::Box::pin(async move {
                    let mut __this = <Order as __fourfold::Resource>::from_row(__row)?;
                    <Order as OrderOperations>::cancel(
                            &mut __this,
                            __ctx,
                            <CancelOrder as __fourfold::Value>::from_cells(
                                __fourfold::cells(__input),
                            )?,
                        )
                        .await?;
                    __fourfold::Ok(<Order as __fourfold::Resource>::into_row(__this))
                }),
            },
            __fourfold::Operation {
                name: "touch",
                input: __fourfold::None,
                event: __fourfold::None,
                run: |__ctx, __row, _| __fourfold::Box::pin(async move {
                    let mut __this = <Order as __fourfold::Resource>::from_row(__row)?;
                    <Order as OrderOperations>::touch(&mut __this, __ctx).await?;
                    __fourfold::Ok(<Order as __fourfold::Resource>::into_row(__this))
                }),
            },
        ],
        behavior: __fourfold::None,
        tasks: &[
            (
                "",
                __fourfold::TaskSettings {
                    queue: __fourfold::Some("orders"),
                    retries: __fourfold::Some(3),
                    backoff: __fourfold::Some(::core::time::Duration::from_millis(500)),
                    backoff_max: __fourfold::Some(
                        ::core::time::Duration::from_millis(300000),
                    ),
                    timeout: __fourfold::Some(::core::time::Duration::from_millis(30000)),
                },
            ),
            (
                "create",
                __fourfold::TaskSettings {
                    retries: __fourfold::Some(0),
                    ..__fourfold::TaskSettings::NONE
                },
            ),
            (
                "cancel",
                __fourfold::TaskSettings {
                    queue: __fourfold::Some("slow"),
                    backoff: __fourfold::Some(::core::time::Duration::from_millis(5000)),
                    ..__fourfold::TaskSettings::NONE
                },
            ),
        ],
        sqlite: __fourfold::Statements {
            select: r#"SELECT "id", "user_id", "items", "status", "note", "number", "priority", "discount", "labels", "created_at", "updated_at", "version" FROM "orders""#,
            get: r#"SELECT "id", "user_id", "items", "status", "note", "number", "priority", "discount", "labels", "created_at", "updated_at", "version" FROM "orders" WHERE "id" = ?1"#,
            insert: r#"INSERT INTO "orders" ("id", "user_id", "items", "status", "note", "number", "priority", "discount", "labels", "created_at", "updated_at", "version") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"#,
            update: r#"UPDATE "orders" SET "user_id" = ?2, "items" = ?3, "status" = ?4, "note" = ?5, "number" = ?6, "priority" = ?7, "discount" = ?8, "labels" = ?9, "created_at" = ?10, "updated_at" = ?11, "version" = ?12 WHERE "id" = ?1 AND "version" = ?13"#,
            delete: r#"DELETE FROM "orders" WHERE "id" = ?1 AND "version" = ?2"#,
        },
        postgres: __fourfold::Statements {
            select: r#"SELECT "id", "user_id", "items", "status", "note", "number", "priority", "discount", "labels", "created_at", "updated_at", "version" FROM "orders""#,
            get: r#"SELECT "id", "user_id", "items", "status", "note", "number", "priority", "discount", "labels", "created_at", "updated_at", "version" FROM "orders" WHERE "id" = $1"#,
            insert: r#"INSERT INTO "orders" ("id", "user_id", "items", "status", "note", "number", "priority", "discount", "labels", "created_at", "updated_at", "version") SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING "id""#,
            update: r#"UPDATE "orders" AS t SET "user_id" = u."user_id", "items" = u."items", "status" = u."status", "note" = u."note", "number" = u."number", "priority" = u."priority", "discount" = u."discount", "labels" = u."labels", "created_at" = u."created_at", "updated_at" = u."updated_at", "version" = u."version" FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) AS u("id", "user_id", "items", "status", "note", "number", "priority", "discount", "labels", "created_at", "updated_at", "version", "fourfold_expected") WHERE t."id" = u."id" AND t."version" = u."fourfold_expected" RETURNING t."id""#,
            delete: r#"DELETE FROM "orders" AS t USING unnest($1, $2) AS u("id", "fourfold_expected") WHERE t."id" = u."id" AND t."version" = u."fourfold_expected" RETURNING t."id""#,
        },
        fingerprint: 522451149025154818,
        contract: __fourfold::None,
    };
    #[automatically_derived]
    impl __fourfold::Resource for Order {
        const DESCRIPTOR: &'static __fourfold::Descriptor = &__DESCRIPTOR;
        type Id = Uuid;
        type Create = OrderCreate;
        type Update = OrderUpdate;
        type Tasks<'a> = OrderTasks<'a>;
        fn tasks<'a>(
            __to: impl ::core::convert::Into<__fourfold::TaskSink<'a>>,
        ) -> OrderTasks<'a> {
            OrderTasks(::core::convert::Into::into(__to))
        }
        fn into_row(self) -> __fourfold::Row {
            __fourfold::Vec::from([
                <Uuid as __fourfold::FieldType>::into_cell(self.id),
                <Uuid as __fourfold::FieldType>::into_cell(self.user_id),
                <Vec<Item> as __fourfold::FieldType>::into_cell(self.items),
                <OrderStatus as __fourfold::FieldType>::into_cell(self.status),
                <Option<String> as __fourfold::FieldType>::into_cell(self.note),
                <String as __fourfold::FieldType>::into_cell(self.number),
                <i32 as __fourfold::FieldType>::into_cell(self.priority),
                <Decimal as __fourfold::FieldType>::into_cell(self.discount),
                <BTreeMap<
                    String,
                    String,
                > as __fourfold::FieldType>::into_cell(self.labels),
                <Timestamp as __fourfold::FieldType>::into_cell(self.created_at),
                <Timestamp as __fourfold::FieldType>::into_cell(self.updated_at),
                <i64 as __fourfold::FieldType>::into_cell(self.version),
            ])
        }
        fn from_row(__row: __fourfold::Row) -> __fourfold::Result<Self> {
            let mut __cells = __fourfold::Cells::of(__row, 12)?;
            let (
                __fourfold::Some(__id),
                __fourfold::Some(__user_id),
                __fourfold::Some(__items),
                __fourfold::Some(__status),
                __fourfold::Some(__note),
                __fourfold::Some(__number),
                __fourfold::Some(__priority),
                __fourfold::Some(__discount),
                __fourfold::Some(__labels),
                __fourfold::Some(__created_at),
                __fourfold::Some(__updated_at),
                __fourfold::Some(__version),
            ) = (
                __cells.take(<Uuid as __fourfold::FieldType>::from_cell),
                __cells.take(<Uuid as __fourfold::FieldType>::from_cell),
                __cells.take(<Vec<Item> as __fourfold::FieldType>::from_cell),
                __cells.take(<OrderStatus as __fourfold::FieldType>::from_cell),
                __cells.take(<Option<String> as __fourfold::FieldType>::from_cell),
                __cells.take(<String as __fourfold::FieldType>::from_cell),
                __cells.take(<i32 as __fourfold::FieldType>::from_cell),
                __cells.take(<Decimal as __fourfold::FieldType>::from_cell),
                __cells
                    .take(
                        <BTreeMap<String, String> as __fourfold::FieldType>::from_cell,
                    ),
                __cells.take(<Timestamp as __fourfold::FieldType>::from_cell),
                __cells.take(<Timestamp as __fourfold::FieldType>::from_cell),
                __cells.take(<i64 as __fourfold::FieldType>::from_cell),
            ) else {
                return __fourfold::Err(__cells.error());
            };
            __fourfold::Ok(Self {
                id: __id,
                user_id: __user_id,
                items: __items,
                status: __status,
                note: __note,
                number: __number,
                priority: __priority,
                discount: __discount,
                labels: __labels,
                created_at: __created_at,
                updated_at: __updated_at,
                version: __version,
            })
        }
    }
    #[automatically_derived]
    impl __fourfold::IntoInput for OrderCreate {
        fn into_input(self) -> __fourfold::Input {
            __fourfold::Vec::from([
                __fourfold::None,
                __fourfold::set(
                    self.user_id,
                    <Uuid as __fourfold::FieldType>::into_cell,
                ),
                __fourfold::set(
                    self.items,
                    <Vec<Item> as __fourfold::FieldType>::into_cell,
                ),
                __fourfold::None,
                __fourfold::given(
                    self.note,
                    <String as __fourfold::FieldType>::into_cell,
                ),
                __fourfold::set(
                    self.number,
                    <String as __fourfold::FieldType>::into_cell,
                ),
                __fourfold::given(
                    self.priority,
                    <i32 as __fourfold::FieldType>::into_cell,
                ),
                __fourfold::given(
                    self.discount,
                    <Decimal as __fourfold::FieldType>::into_cell,
                ),
                __fourfold::set(
                    self.labels,
                    <BTreeMap<String, String> as __fourfold::FieldType>::into_cell,
                ),
                __fourfold::None,
                __fourfold::None,
                __fourfold::None,
            ])
        }
    }
    #[automatically_derived]
    impl __fourfold::IntoInput for OrderUpdate {
        fn into_input(self) -> __fourfold::Input {
            __fourfold::Vec::from([
                __fourfold::None,
                __fourfold::None,
                __fourfold::patch(
                    self.items,
                    <Vec<Item> as __fourfold::FieldType>::into_cell,
                ),
                __fourfold::None,
                __fourfold::patch(
                    self.note,
                    <Option<String> as __fourfold::FieldType>::into_cell,
                ),
                __fourfold::patch(
                    self.number,
                    <String as __fourfold::FieldType>::into_cell,
                ),
                __fourfold::patch(
                    self.priority,
                    <i32 as __fourfold::FieldType>::into_cell,
                ),
                __fourfold::patch(
                    self.discount,
                    <Decimal as __fourfold::FieldType>::into_cell,
                ),
                __fourfold::patch(
                    self.labels,
                    <BTreeMap<String, String> as __fourfold::FieldType>::into_cell,
                ),
                __fourfold::None,
                __fourfold::None,
                __fourfold::None,
            ])
        }
    }
    #[allow(dead_code, private_interfaces)]
    impl<'a> OrderTasks<'a> {
        /// A create of [`Order`] as a task.
        pub fn create(self, __input: OrderCreate) -> __fourfold::Enqueue<'a> {
            __fourfold::create_task::<Order>(self.0, __input)
        }
        /// An update of [`Order`] as a task.
        pub fn update(
            self,
            __id: Uuid,
            __update: OrderUpdate,
        ) -> __fourfold::Enqueue<'a> {
            __fourfold::update_task::<Order>(self.0, __id, __update)
        }
        /// A delete of [`Order`] as a task.
        pub fn delete(self, __id: Uuid) -> __fourfold::Enqueue<'a> {
            __fourfold::delete_task::<Order>(self.0, __id)
        }
        /// `cancel` of [`Order`] as a task.
        pub fn cancel(
            self,
            __id: Uuid,
            __input: CancelOrder,
        ) -> __fourfold::Enqueue<'a> {
            __fourfold::operation_task::<
                Order,
            >(
                self.0,
                0,
                __id,
                __fourfold::Some(<CancelOrder as __fourfold::Value>::into_cells(__input)),
            )
        }
        /// `touch` of [`Order`] as a task.
        #[deprecated(note = "update it")]
        pub fn touch(self, __id: Uuid) -> __fourfold::Enqueue<'a> {
            __fourfold::operation_task::<Order>(self.0, 1, __id, __fourfold::None)
        }
    }
    #[automatically_derived]
    impl __fourfold::Event for OrderCreated {
        const TYPES: &'static [&'static str] = &["shop.order.v1.order.created"];
        fn read(__event: &__fourfold::CloudEvent) -> __fourfold::Result<Self> {
            let __happened = __fourfold::happened(&__DESCRIPTOR, __event, false)?;
            __fourfold::Ok(Self {
                order: <Order as __fourfold::Resource>::from_row(__happened.row)?,
            })
        }
        fn messages() -> __fourfold::Option<&'static __fourfold::EventMessages> {
            __fourfold::messages(&__DESCRIPTOR)
        }
    }
    #[automatically_derived]
    impl __fourfold::Event for OrderUpdated {
        const TYPES: &'static [&'static str] = &["shop.order.v1.order.updated"];
        fn read(__event: &__fourfold::CloudEvent) -> __fourfold::Result<Self> {
            let __happened = __fourfold::happened(&__DESCRIPTOR, __event, true)?;
            __fourfold::Ok(Self {
                order: <Order as __fourfold::Resource>::from_row(__happened.row)?,
                before: <Order as __fourfold::Resource>::from_row(__happened.before)?,
                changed: __happened.changed,
            })
        }
        fn messages() -> __fourfold::Option<&'static __fourfold::EventMessages> {
            __fourfold::messages(&__DESCRIPTOR)
        }
    }
    #[automatically_derived]
    impl __fourfold::Event for OrderDeleted {
        const TYPES: &'static [&'static str] = &["shop.order.v1.order.deleted"];
        fn read(__event: &__fourfold::CloudEvent) -> __fourfold::Result<Self> {
            let __happened = __fourfold::happened(&__DESCRIPTOR, __event, false)?;
            __fourfold::Ok(Self {
                order: <Order as __fourfold::Resource>::from_row(__happened.row)?,
            })
        }
        fn messages() -> __fourfold::Option<&'static __fourfold::EventMessages> {
            __fourfold::messages(&__DESCRIPTOR)
        }
    }
    #[automatically_derived]
    impl __fourfold::Event for OrderCancelled {
        const TYPES: &'static [&'static str] = &["shop.order.v1.order.cancelled"];
        fn read(__event: &__fourfold::CloudEvent) -> __fourfold::Result<Self> {
            let __happened = __fourfold::happened(&__DESCRIPTOR, __event, true)?;
            __fourfold::Ok(Self {
                order: <Order as __fourfold::Resource>::from_row(__happened.row)?,
                before: <Order as __fourfold::Resource>::from_row(__happened.before)?,
                changed: __happened.changed,
            })
        }
        fn messages() -> __fourfold::Option<&'static __fourfold::EventMessages> {
            __fourfold::messages(&__DESCRIPTOR)
        }
    }
    #[automatically_derived]
    impl __fourfold::Event for OrderEvent {
        const TYPES: &'static [&'static str] = &[
            "shop.order.v1.order.created",
            "shop.order.v1.order.updated",
            "shop.order.v1.order.deleted",
            "shop.order.v1.order.cancelled",
        ];
        fn read(__event: &__fourfold::CloudEvent) -> __fourfold::Result<Self> {
            match __fourfold::which(__event, <Self as __fourfold::Event>::TYPES) {
                __fourfold::Some(0) => {
                    __fourfold::Ok(
                        Self::Created(
                            <OrderCreated as __fourfold::Event>::read(__event)?,
                        ),
                    )
                }
                __fourfold::Some(1) => {
                    __fourfold::Ok(
                        Self::Updated(
                            <OrderUpdated as __fourfold::Event>::read(__event)?,
                        ),
                    )
                }
                __fourfold::Some(2) => {
                    __fourfold::Ok(
                        Self::Deleted(
                            <OrderDeleted as __fourfold::Event>::read(__event)?,
                        ),
                    )
                }
                __fourfold::Some(3) => {
                    __fourfold::Ok(
                        Self::Cancelled(
                            <OrderCancelled as __fourfold::Event>::read(__event)?,
                        ),
                    )
                }
                _ => __fourfold::Err(__fourfold::unknown_event(__event)),
            }
        }
        fn messages() -> __fourfold::Option<&'static __fourfold::EventMessages> {
            __fourfold::messages(&__DESCRIPTOR)
        }
    }
    #[automatically_derived]
    impl __fourfold::Behavior for Order {}
    __fourfold::comparable::<OrderStatus>();
};
