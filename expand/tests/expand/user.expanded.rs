/// What a create of [`User`] accepts.
#[allow(
    dead_code,
    deprecated,
    missing_debug_implementations,
    missing_docs,
    private_interfaces
)]
pub struct UserCreate {
    pub id: String,
    pub email: String,
    pub password: String,
    /// Deprecated: ask the directory
    pub role: ::core::option::Option<Role>,
}
/// What an update of [`User`] changes; every field stays as it is unless set.
#[allow(
    dead_code,
    deprecated,
    missing_debug_implementations,
    missing_docs,
    private_interfaces
)]
#[derive(::core::default::Default)]
pub struct UserUpdate {
    pub email: ::fourfold::Patch<String>,
    pub password: ::fourfold::Patch<String>,
    #[deprecated(note = "ask the directory")]
    pub role: ::fourfold::Patch<Option<Role>>,
}
/// Enqueues the operations of [`User`] as tasks: `User::tasks(..)`, over a broker or inside an operation.
///
/// Each method gives a task that is enqueued when it is awaited.
#[allow(missing_debug_implementations)]
#[derive(::core::clone::Clone, ::core::marker::Copy)]
pub struct UserTasks<'a>(::fourfold::tasks::TaskSink<'a>);
/// A [`User`] as whoever listens to events sees it: without `password`.
#[allow(
    dead_code,
    deprecated,
    missing_debug_implementations,
    missing_docs,
    private_interfaces
)]
pub struct UserShown {
    pub id: String,
    pub email: String,
    #[deprecated(note = "ask the directory")]
    pub role: Option<Role>,
}
/// A [`User`] was created.
#[allow(dead_code, missing_debug_implementations, private_interfaces)]
pub struct UserCreated {
    /// As it is since.
    pub user: UserShown,
}
/// A [`User`] was updated.
#[allow(dead_code, missing_debug_implementations, private_interfaces)]
pub struct UserUpdated {
    /// As it is since.
    pub user: UserShown,
    /// As it was before.
    pub before: UserShown,
    /// The names of the fields that are not as they were.
    pub changed: ::fourfold::events::Changed,
}
/// A [`User`] was deleted.
#[allow(dead_code, missing_debug_implementations, private_interfaces)]
pub struct UserDeleted {
    /// As it was.
    pub user: UserShown,
}
/// What happened to a [`User`]: to listen to all of its events at once.
#[allow(
    dead_code,
    missing_debug_implementations,
    private_interfaces,
    clippy::large_enum_variant
)]
pub enum UserEvent {
    /// `shop.user.v1.user.created`
    Created(UserCreated),
    /// `shop.user.v1.user.updated`
    Updated(UserUpdated),
    /// `shop.user.v1.user.deleted`
    Deleted(UserDeleted),
}
#[allow(deprecated)]
const _: () = {
    use ::fourfold::generated as __fourfold;
    static __DESCRIPTOR: __fourfold::Descriptor = __fourfold::Descriptor {
        name: "User",
        package: "shop.user.v1",
        version: "v1",
        path: "users",
        singular: "user",
        plural: "users",
        table: "users",
        doc: "Somebody who may sign in.",
        fields: &[
            __fourfold::Field::new("id", <String as __fourfold::FieldType>::TYPE),
            __fourfold::Field {
                unique: true,
                rules: &[__fourfold::Rule::Email],
                ..__fourfold::Field::new(
                    "email",
                    <String as __fourfold::FieldType>::TYPE,
                )
            },
            __fourfold::Field {
                input_only: true,
                rules: &[
                    __fourfold::Rule::Length {
                        min: __fourfold::Some(12),
                        max: __fourfold::None,
                    },
                ],
                ..__fourfold::Field::new(
                    "password",
                    <String as __fourfold::FieldType>::TYPE,
                )
            },
            __fourfold::Field::new("role", <Option<Role> as __fourfold::FieldType>::TYPE),
        ],
        id: 0,
        version_field: __fourfold::None,
        created_at: __fourfold::None,
        updated_at: __fourfold::None,
        deleted_at: __fourfold::None,
        operations: &[],
        behavior: __fourfold::Some(&__fourfold::Erased::<User>::NEW),
        tasks: &[],
        sqlite: __fourfold::Statements {
            select: r#"SELECT "id", "email", "password", "role", "row_version" FROM "users""#,
            get: r#"SELECT "id", "email", "password", "role", "row_version" FROM "users" WHERE "id" = ?1"#,
            insert: r#"INSERT INTO "users" ("id", "email", "password", "role", "row_version") VALUES (?1, ?2, ?3, ?4, ?5)"#,
            update: r#"UPDATE "users" SET "email" = ?2, "password" = ?3, "role" = ?4, "row_version" = ?5 WHERE "id" = ?1 AND "row_version" = ?6"#,
            delete: r#"DELETE FROM "users" WHERE "id" = ?1 AND "row_version" = ?2"#,
        },
        postgres: __fourfold::Statements {
            select: r#"SELECT "id", "email", "password", "role", "row_version" FROM "users""#,
            get: r#"SELECT "id", "email", "password", "role", "row_version" FROM "users" WHERE "id" = $1"#,
            insert: r#"INSERT INTO "users" ("id", "email", "password", "role", "row_version") SELECT * FROM unnest($1, $2, $3, $4, $5) RETURNING "id""#,
            update: r#"UPDATE "users" AS t SET "email" = u."email", "password" = u."password", "role" = u."role", "row_version" = u."row_version" FROM unnest($1, $2, $3, $4, $5, $6) AS u("id", "email", "password", "role", "row_version", "fourfold_expected") WHERE t."id" = u."id" AND t."row_version" = u."fourfold_expected" RETURNING t."id""#,
            delete: r#"DELETE FROM "users" AS t USING unnest($1, $2) AS u("id", "fourfold_expected") WHERE t."id" = u."id" AND t."row_version" = u."fourfold_expected" RETURNING t."id""#,
        },
        fingerprint: 10912055255725318663,
        contract: __fourfold::None,
    };
    #[automatically_derived]
    impl __fourfold::Resource for User {
        const DESCRIPTOR: &'static __fourfold::Descriptor = &__DESCRIPTOR;
        type Id = String;
        type Create = UserCreate;
        type Update = UserUpdate;
        type Tasks<'a> = UserTasks<'a>;
        fn tasks<'a>(
            __to: impl ::core::convert::Into<__fourfold::TaskSink<'a>>,
        ) -> UserTasks<'a> {
            UserTasks(::core::convert::Into::into(__to))
        }
        fn into_row(self) -> __fourfold::Row {
            __fourfold::Vec::from([
                <String as __fourfold::FieldType>::into_cell(self.id),
                <String as __fourfold::FieldType>::into_cell(self.email),
                <String as __fourfold::FieldType>::into_cell(self.password),
                <Option<Role> as __fourfold::FieldType>::into_cell(self.role),
            ])
        }
        fn from_row(__row: __fourfold::Row) -> __fourfold::Result<Self> {
            let mut __cells = __fourfold::Cells::of(__row, 4)?;
            let (
                __fourfold::Some(__id),
                __fourfold::Some(__email),
                __fourfold::Some(__password),
                __fourfold::Some(__role),
            ) = (
                __cells.take(<String as __fourfold::FieldType>::from_cell),
                __cells.take(<String as __fourfold::FieldType>::from_cell),
                __cells.take(<String as __fourfold::FieldType>::from_cell),
                __cells.take(<Option<Role> as __fourfold::FieldType>::from_cell),
            ) else {
                return __fourfold::Err(__cells.error());
            };
            __fourfold::Ok(Self {
                id: __id,
                email: __email,
                password: __password,
                role: __role,
            })
        }
    }
    #[automatically_derived]
    impl __fourfold::IntoInput for UserCreate {
        fn into_input(self) -> __fourfold::Input {
            __fourfold::Vec::from([
                __fourfold::set(self.id, <String as __fourfold::FieldType>::into_cell),
                __fourfold::set(
                    self.email,
                    <String as __fourfold::FieldType>::into_cell,
                ),
                __fourfold::set(
                    self.password,
                    <String as __fourfold::FieldType>::into_cell,
                ),
                __fourfold::given(self.role, <Role as __fourfold::FieldType>::into_cell),
            ])
        }
    }
    #[automatically_derived]
    impl __fourfold::IntoInput for UserUpdate {
        fn into_input(self) -> __fourfold::Input {
            __fourfold::Vec::from([
                __fourfold::None,
                __fourfold::patch(
                    self.email,
                    <String as __fourfold::FieldType>::into_cell,
                ),
                __fourfold::patch(
                    self.password,
                    <String as __fourfold::FieldType>::into_cell,
                ),
                __fourfold::patch(
                    self.role,
                    <Option<Role> as __fourfold::FieldType>::into_cell,
                ),
            ])
        }
    }
    #[allow(dead_code, private_interfaces)]
    impl<'a> UserTasks<'a> {
        /// A create of [`User`] as a task.
        pub fn create(self, __input: UserCreate) -> __fourfold::Enqueue<'a> {
            __fourfold::create_task::<User>(self.0, __input)
        }
        /// An update of [`User`] as a task.
        pub fn update(
            self,
            __id: String,
            __update: UserUpdate,
        ) -> __fourfold::Enqueue<'a> {
            __fourfold::update_task::<User>(self.0, __id, __update)
        }
        /// A delete of [`User`] as a task.
        pub fn delete(self, __id: String) -> __fourfold::Enqueue<'a> {
            __fourfold::delete_task::<User>(self.0, __id)
        }
    }
    impl UserShown {
        fn __from_row(__row: __fourfold::Row) -> __fourfold::Result<Self> {
            let mut __cells = __fourfold::Cells::of(__row, 4)?;
            let (
                __fourfold::Some(__id),
                __fourfold::Some(__email),
                _,
                __fourfold::Some(__role),
            ) = (
                __cells.take(<String as __fourfold::FieldType>::from_cell),
                __cells.take(<String as __fourfold::FieldType>::from_cell),
                __cells.skip(),
                __cells.take(<Option<Role> as __fourfold::FieldType>::from_cell),
            ) else {
                return __fourfold::Err(__cells.error());
            };
            __fourfold::Ok(Self {
                id: __id,
                email: __email,
                role: __role,
            })
        }
    }
    #[automatically_derived]
    impl __fourfold::Event for UserCreated {
        const TYPES: &'static [&'static str] = &["shop.user.v1.user.created"];
        fn read(__event: &__fourfold::CloudEvent) -> __fourfold::Result<Self> {
            let __happened = __fourfold::happened(&__DESCRIPTOR, __event, false)?;
            __fourfold::Ok(Self {
                user: UserShown::__from_row(__happened.row)?,
            })
        }
        fn messages() -> __fourfold::Option<&'static __fourfold::EventMessages> {
            __fourfold::messages(&__DESCRIPTOR)
        }
    }
    #[automatically_derived]
    impl __fourfold::Event for UserUpdated {
        const TYPES: &'static [&'static str] = &["shop.user.v1.user.updated"];
        fn read(__event: &__fourfold::CloudEvent) -> __fourfold::Result<Self> {
            let __happened = __fourfold::happened(&__DESCRIPTOR, __event, true)?;
            __fourfold::Ok(Self {
                user: UserShown::__from_row(__happened.row)?,
                before: UserShown::__from_row(__happened.before)?,
                changed: __happened.changed,
            })
        }
        fn messages() -> __fourfold::Option<&'static __fourfold::EventMessages> {
            __fourfold::messages(&__DESCRIPTOR)
        }
    }
    #[automatically_derived]
    impl __fourfold::Event for UserDeleted {
        const TYPES: &'static [&'static str] = &["shop.user.v1.user.deleted"];
        fn read(__event: &__fourfold::CloudEvent) -> __fourfold::Result<Self> {
            let __happened = __fourfold::happened(&__DESCRIPTOR, __event, false)?;
            __fourfold::Ok(Self {
                user: UserShown::__from_row(__happened.row)?,
            })
        }
        fn messages() -> __fourfold::Option<&'static __fourfold::EventMessages> {
            __fourfold::messages(&__DESCRIPTOR)
        }
    }
    #[automatically_derived]
    impl __fourfold::Event for UserEvent {
        const TYPES: &'static [&'static str] = &[
            "shop.user.v1.user.created",
            "shop.user.v1.user.updated",
            "shop.user.v1.user.deleted",
        ];
        fn read(__event: &__fourfold::CloudEvent) -> __fourfold::Result<Self> {
            match __fourfold::which(__event, <Self as __fourfold::Event>::TYPES) {
                __fourfold::Some(0) => {
                    __fourfold::Ok(
                        Self::Created(<UserCreated as __fourfold::Event>::read(__event)?),
                    )
                }
                __fourfold::Some(1) => {
                    __fourfold::Ok(
                        Self::Updated(<UserUpdated as __fourfold::Event>::read(__event)?),
                    )
                }
                __fourfold::Some(2) => {
                    __fourfold::Ok(
                        Self::Deleted(<UserDeleted as __fourfold::Event>::read(__event)?),
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
    impl ::core::fmt::Debug for User
    where
        for<'__any> Option<Role>: ::core::fmt::Debug,
    {
        fn fmt(&self, __f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
            __f.debug_struct("User")
                .field("id", &self.id)
                .field("email", &self.email)
                .field("password", &__fourfold::Redacted)
                .field("role", &self.role)
                .finish()
        }
    }
    #[automatically_derived]
    impl ::core::fmt::Debug for UserCreate
    where
        for<'__any> Role: ::core::fmt::Debug,
    {
        fn fmt(&self, __f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
            __f.debug_struct("UserCreate")
                .field("id", &self.id)
                .field("email", &self.email)
                .field("password", &__fourfold::Redacted)
                .field("role", &self.role)
                .finish()
        }
    }
    #[automatically_derived]
    impl ::core::fmt::Debug for UserUpdate
    where
        for<'__any> Option<Role>: ::core::fmt::Debug,
    {
        fn fmt(&self, __f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
            __f.debug_struct("UserUpdate")
                .field("email", &self.email)
                .field("password", &__fourfold::Redacted)
                .field("role", &self.role)
                .finish()
        }
    }
    #[automatically_derived]
    impl ::core::fmt::Debug for UserShown
    where
        for<'__any> Option<Role>: ::core::fmt::Debug,
    {
        fn fmt(&self, __f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
            __f.debug_struct("UserShown")
                .field("id", &self.id)
                .field("email", &self.email)
                .field("role", &self.role)
                .finish()
        }
    }
};
