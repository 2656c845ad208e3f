//! Right structs, and what they mean.

use fourfold_model::model::{
    DefaultValue, Element, IdKind, Limit, Many, Operation, Resource, Role, Rule, Shape,
};
use fourfold_model::types::Scalar;
use fourfold_model::{Parsed, fingerprint, sql};

fn item(code: &str) -> syn::DeriveInput {
    syn::parse_str(code).unwrap_or_else(|error| panic!("{error}: {code}"))
}

fn accepted<T>(parsed: Parsed<T>) -> T {
    let messages: Vec<String> = parsed.errors.iter().map(fourfold_model::Diagnostic::message).collect();
    assert!(messages.is_empty(), "{messages:#?}");
    parsed.model.expect("a struct without errors has a model")
}

fn resource(code: &str) -> Resource {
    accepted(fourfold_model::resource(&item(code)))
}

/// A resource with an id and one more field.
fn with_field(field: &str) -> fourfold_model::model::Field {
    let resource = resource(&format!("struct Thing {{ #[field(id)] id: Uuid, {field} }}"));
    resource.fields[1].clone()
}

const ORDER: &str = r#"
    /// An order placed by a user.
    ///
    /// It has items.
    #[derive(Clone)]
    #[resource(
        package = "shop.order.v1",
        path = "orders",
        operation(cancel, input = CancelOrder, event = "cancelled"),
    )]
    #[resource(operation(r#move), behavior, crate = "my_fourfold")]
    pub struct Order {
        #[field(id)]
        pub id: Uuid,
        /// Who placed it.
        #[field(references = "shop.user.v1.User", filter, immutable)]
        pub user_id: Uuid,
        #[field(validate(length(1..=50)))]
        pub items: Vec<Item>,
        #[field(filter, sort, output_only)]
        pub status: OrderStatus,
        pub note: Option<String>,
        pub r#type: i32,
        #[field(created_at, sort)]
        pub created_at: Timestamp,
        #[field(updated_at)]
        pub updated_at: chrono::DateTime<Utc>,
        #[field(version)]
        pub version: i64,
    }
"#;

#[test]
fn the_order_of_the_design_is_a_resource() {
    let order = resource(ORDER);
    assert_eq!(order.name, "Order");
    assert_eq!(order.doc, "An order placed by a user.\n\nIt has items.");
    assert_eq!((order.package.as_str(), order.version.as_str()), ("shop.order.v1", "v1"));
    assert_eq!((order.path.as_str(), order.table.as_str()), ("orders", "orders"));
    assert_eq!((order.singular.as_str(), order.plural.as_str()), ("order", "orders"));
    assert_eq!(order.krate.as_deref(), Some("my_fourfold"));
    assert!(order.behavior);
    assert_eq!(
        order.operations,
        [
            Operation {
                name: "cancel".into(),
                input: Some("CancelOrder".into()),
                event: Some("cancelled".into()),
                deprecated: None,
            },
            Operation { name: "move".into(), input: None, event: None, deprecated: None },
        ]
    );
    let roles: Vec<Role> = order.fields.iter().map(|field| field.role).collect();
    assert_eq!(order.id, 0);
    assert_eq!(roles[0], Role::Id(IdKind::Uuid));
    assert_eq!(roles[6..], [Role::CreatedAt, Role::UpdatedAt, Role::Version]);
    let user = &order.fields[1];
    assert_eq!(user.doc, "Who placed it.");
    assert_eq!(user.references.as_deref(), Some("shop.user.v1.User"));
    assert!(user.filter && user.immutable && !user.sort && !user.unique);
    let items = &order.fields[2];
    let named = Element::Named("Item".into());
    assert_eq!(items.shape, Shape { optional: false, many: Many::List, element: named });
    assert_eq!(items.rules, [Rule::Length { min: Some(1), max: Some(50) }]);
    assert_eq!(order.fields[5].name, "type");
}

#[test]
fn the_declaration_keeps_identifiers_and_types_as_written() {
    let parsed = fourfold_model::resource(&item(ORDER));
    let decl = parsed.declaration;
    assert_eq!(decl.fields[5].ident.to_string(), "r#type");
    assert_eq!(decl.operations[1].ident.to_string(), "r#move");
    let note = &decl.fields[4];
    let text = |ty: &syn::Type| quote::quote!(#ty).to_string();
    assert_eq!((text(&note.ty).as_str(), text(&note.inner).as_str()), ("Option < String >", "String"));
    assert!(decl.krate.is_some() && decl.behavior);
}

#[test]
fn names_that_are_not_said_come_from_the_struct() {
    let item = resource("struct OrderItem { #[field(id)] key: String }");
    assert_eq!((item.package.as_str(), item.version.as_str()), ("order_item.v1", "v1"));
    assert_eq!((item.path.as_str(), item.table.as_str()), ("order-items", "order_items"));
    assert_eq!((item.singular.as_str(), item.plural.as_str()), ("order_item", "order_items"));
    let people = resource(r#"#[resource(path = "staff-members")] struct Person { #[field(id)] id: i64 }"#);
    assert_eq!((people.path.as_str(), people.table.as_str()), ("staff-members", "staff_members"));
    assert_eq!(people.fields[people.id].role, Role::Id(IdKind::I64));
}

#[test]
fn types_are_known_by_their_last_name() {
    for (ty, optional, many, element) in [
        ("String", false, Many::One, Element::Scalar(Scalar::String)),
        ("Option<std::string::String>", true, Many::One, Element::Scalar(Scalar::String)),
        ("chrono::DateTime<chrono::Utc>", false, Many::One, Element::Scalar(Scalar::Timestamp)),
        ("NaiveDate", false, Many::One, Element::Scalar(Scalar::Date)),
        ("std::time::Duration", false, Many::One, Element::Scalar(Scalar::Duration)),
        ("Vec<Json>", false, Many::List, Element::Scalar(Scalar::Json)),
        ("Option<Vec<u64>>", true, Many::List, Element::Scalar(Scalar::U64)),
        ("std::collections::BTreeMap<String, Decimal>", false, Many::Map, Element::Scalar(Scalar::Decimal)),
        ("Option<BTreeMap<String, crate::Item>>", true, Many::Map, Element::Named("crate::Item".into())),
        ("(Item)", false, Many::One, Element::Named("Item".into())),
    ] {
        assert_eq!(with_field(&format!("a: {ty}")).shape, Shape { optional, many, element }, "{ty}");
    }
}

#[test]
fn rules_become_bounds_of_the_field_s_type() {
    let length = |min, max| Rule::Length { min, max };
    let range = |min, max, max_exclusive| Rule::Range { min, max, max_exclusive };
    for (rule, ty, expected) in [
        ("length(1..50)", "String", length(Some(1), Some(49))),
        ("length(..=8)", "Bytes", length(None, Some(8))),
        ("length(2..)", "BTreeMap<String, i32>", length(Some(2), None)),
        ("length(3)", "Option<String>", length(Some(3), Some(3))),
        ("range(-5..=5)", "i32", range(Some(Limit::Int(-5)), Some(Limit::Int(5)), false)),
        ("range(0..1_000)", "u64", range(Some(Limit::Int(0)), Some(Limit::Int(1000)), true)),
        ("range(..18446744073709551615)", "u64", range(None, Some(Limit::Int(u64::MAX.into())), true)),
        ("range(0.5..)", "f32", range(Some(Limit::Float(0.5)), None, false)),
        ("range(1..=2.5)", "Duration", range(Some(Limit::Int(1)), Some(Limit::Float(2.5)), false)),
        (
            "range(\"0.01\"..=\"99.990\")",
            "Decimal",
            range(Some(Limit::Decimal("0.01".into())), Some(Limit::Decimal("99.990".into())), false),
        ),
        (
            "range(-0.5..100)",
            "Decimal",
            range(Some(Limit::Decimal("-0.5".into())), Some(Limit::Int(100)), true),
        ),
        ("email", "String", Rule::Email),
        ("url", "Option<String>", Rule::Url),
        ("pattern(\"^[A-Z]{3}$\")", "String", Rule::Pattern("^[A-Z]{3}$".into())),
        ("custom = checks::name", "Item", Rule::Custom("checks::name".into())),
    ] {
        let field = with_field(&format!("#[field(validate({rule}))] a: {ty}"));
        assert_eq!(field.rules, [expected], "{rule} {ty}");
    }
}

#[test]
fn defaults_are_texts_or_expressions() {
    let text = |text: &str| Some(DefaultValue::Text(text.into()));
    let expression = |text: &str| Some(DefaultValue::Expression(text.into()));
    for (default, ty, expected) in [
        ("\"a  b\"", "String", text("a  b")),
        ("\"19.90\"", "Decimal", text("19.90")),
        ("String::new()", "Option<String>", expression("String :: new ( )")),
        ("-1", "i32", expression("- 1")),
        ("1.5", "f64", expression("1.5")),
        ("true", "bool", expression("true")),
        ("Status::Open", "Status", expression("Status :: Open")),
        ("vec![1, 2]", "Vec<i32>", expression("vec ! [ 1 , 2 ]")),
        ("max::<i64, 2>(1, 2)", "i64", expression("max :: < i64 , 2 > ( 1 , 2 )")),
    ] {
        assert_eq!(with_field(&format!("#[field(default = {default})] a: {ty}")).default, expected);
    }
}

#[test]
fn the_id_stands_anywhere_and_the_version_may_be_hidden() {
    let code = "struct Thing { name: Option<String>, #[field(id)] id: Uuid, #[field(deleted_at)] gone: Option<Timestamp> }";
    let thing = resource(code);
    let sqlite = sql::sqlite(&thing);
    assert_eq!(sqlite.select, r#"SELECT "name", "id", "gone", "row_version" FROM "things""#);
    assert_eq!(
        sqlite.get,
        r#"SELECT "name", "id", "gone", "row_version" FROM "things" WHERE "id" = ?1 AND "gone" IS NULL"#
    );
    assert_eq!(
        sqlite.insert,
        r#"INSERT INTO "things" ("name", "id", "gone", "row_version") VALUES (?1, ?2, ?3, ?4)"#
    );
    assert_eq!(
        sqlite.update,
        r#"UPDATE "things" SET "name" = ?1, "gone" = ?3, "row_version" = ?4 WHERE "id" = ?2 AND "row_version" = ?5"#
    );
    assert_eq!(sqlite.delete, r#"DELETE FROM "things" WHERE "id" = ?1 AND "row_version" = ?2"#);
    let postgres = sql::postgres(&thing);
    assert_eq!(postgres.select, sqlite.select);
    assert_eq!(postgres.get, sqlite.get.replace('?', "$"));
}

#[test]
fn a_declared_version_is_the_row_version() {
    let thing = resource(
        r#"#[resource(table = "order")]
        struct Thing { #[field(id)] id: i64, group: String, #[field(version)] version: i64 }"#,
    );
    let postgres = sql::postgres(&thing);
    assert_eq!(
        postgres.insert,
        r#"INSERT INTO "order" ("id", "group", "version") SELECT * FROM unnest($1, $2, $3) RETURNING "id""#
    );
    assert_eq!(
        postgres.update,
        r#"UPDATE "order" AS t SET "group" = u."group", "version" = u."version" FROM unnest($1, $2, $3, $4) AS u("id", "group", "version", "fourfold_expected") WHERE t."id" = u."id" AND t."version" = u."fourfold_expected" RETURNING t."id""#
    );
    assert_eq!(
        postgres.delete,
        r#"DELETE FROM "order" AS t USING unnest($1, $2) AS u("id", "fourfold_expected") WHERE t."id" = u."id" AND t."version" = u."fourfold_expected" RETURNING t."id""#
    );
    assert_eq!(
        sql::sqlite(&thing).update,
        r#"UPDATE "order" SET "group" = ?2, "version" = ?3 WHERE "id" = ?1 AND "version" = ?4"#
    );
}

fn hash(code: &str) -> u64 {
    fingerprint(&resource(code))
}

#[test]
fn a_fingerprint_is_of_the_meaning_and_not_of_the_text() {
    let one = hash(
        "/// A. \n #[resource(table = \"t\")] struct T{#[field(id)]id:Uuid,#[field(default=a::b(1,2))]n:i64}",
    );
    let same = hash(
        "#[resource(crate = \"other\")] #[resource(table = \"t\",)] #[derive(Clone)] pub(crate) struct T {
            /// The id.
            #[field(id,)] pub id: uuid::Uuid,
            #[field(default = a :: b ( 1 , 2 ))] n: i64,
        }",
    );
    assert_eq!(one, same);
}

#[test]
fn a_fingerprint_changes_with_every_part_of_the_meaning() {
    let mut seen = std::collections::BTreeSet::new();
    for (attribute, field, ty) in [
        ("", "", "i64"),
        ("", "", "i32"),
        ("", "", "Option<i64>"),
        ("", "", "Vec<i64>"),
        ("", "filter", "i64"),
        ("", "sort", "i64"),
        ("", "default = 1", "i64"),
        ("", "default = 2", "i64"),
        ("", "validate(range(1..))", "i64"),
        ("", "validate(range(..1))", "i64"),
        ("", "validate(range(..=1))", "i64"),
        ("", "version", "i64"),
        ("behavior", "", "i64"),
        ("package = \"shop.thing.v2\"", "", "i64"),
        ("table = \"stuff\"", "", "i64"),
        ("operation(close)", "", "i64"),
        ("operation(close, event = \"closed\")", "", "i64"),
        ("task(queue = \"a\")", "", "i64"),
        ("task(create(queue = \"a\"))", "", "i64"),
        ("operation(close, task(queue = \"a\"))", "", "i64"),
        ("task(retries = 0)", "", "i64"),
        ("task(backoff = \"2s\")", "", "i64"),
        ("task(backoff_max = \"2s\")", "", "i64"),
        ("task(timeout = \"2s\")", "", "i64"),
    ] {
        let code = format!(
            "#[resource({attribute})] struct Thing {{ #[field(id)] id: Uuid, #[field({field})] n: {ty} }}"
        );
        assert!(seen.insert(hash(&code)), "{code}");
    }
}

#[test]
fn a_fingerprint_is_the_same_on_every_machine_and_release() {
    assert_eq!(hash(ORDER), 5_809_983_143_481_638_581);
}

#[test]
fn fragments_of_a_macro_are_read_through() {
    use proc_macro2::{Delimiter, Group, TokenStream};
    let fragment = |code: &str| {
        let tokens: TokenStream = code.parse().expect("tokens");
        Group::new(Delimiter::None, tokens)
    };
    let (ty, inner, max) = (fragment("Option<String>"), fragment("String"), fragment("5"));
    let (text, number) = (fragment("\"things\""), fragment("-1"));
    let item = syn::parse_quote! {
        #[resource(path = #text)]
        struct Anything {
            #[field(id)]
            id: #inner,
            #[field(validate(length(1..=#max)))]
            name: #ty,
            #[field(default = #number)]
            tags: i32,
            list: Vec<#inner>,
        }
    };
    let model = accepted(fourfold_model::resource(&item));
    assert_eq!(model.path, "things");
    assert_eq!(model.fields[model.id].role, Role::Id(IdKind::String));
    assert!(model.fields[1].shape.optional);
    assert_eq!(model.fields[1].rules, [Rule::Length { min: Some(1), max: Some(5) }]);
    assert_eq!(model.fields[2].default, Some(DefaultValue::Expression("- 1".into())));
    assert_eq!(model.fields[3].shape.many, Many::List);
}

#[test]
fn a_value_has_defaults_rules_and_secrets() {
    let value = accepted(fourfold_model::value(&item(
        r#"/// A line.
        #[value(crate = "my_fourfold")]
        struct Line {
            #[field(validate(pattern("^[A-Z]+$"), length(..=8)))]
            sku: String,
            #[field(default = 1, validate(range(1..=100)))]
            quantity: u32,
            #[field(sensitive)]
            remark: Option<String>,
        }"#,
    )));
    assert_eq!((value.name.as_str(), value.doc.as_str()), ("Line", "A line."));
    assert_eq!(value.krate.as_deref(), Some("my_fourfold"));
    assert_eq!(value.fields[0].rules.len(), 2);
    assert_eq!(value.fields[1].default, Some(DefaultValue::Expression("1".into())));
    assert!(value.fields[2].sensitive && value.fields[2].role == Role::Plain);
    assert!(accepted(fourfold_model::value(&item("struct Nothing {}"))).fields.is_empty());
}

#[test]
fn a_choice_is_sent_in_snake_case_or_as_said() {
    let choice = accepted(fourfold_model::choice(&item(
        r#"enum Status {
            /// Just made.
            #[default]
            Open,
            InTransit,
            #[choice(name = "GONE")]
            Lost = 7,
        }"#,
    )));
    let wires: Vec<(&str, &str, &str)> = choice
        .variants
        .iter()
        .map(|variant| (variant.name.as_str(), variant.wire.as_str(), variant.doc.as_str()))
        .collect();
    let expected = [("Open", "open", "Just made."), ("InTransit", "in_transit", ""), ("Lost", "GONE", "")];
    assert_eq!(wires, expected);
}

#[test]
fn fields_operations_and_values_of_choices_may_be_deprecated_and_are_the_same_to_the_compiler() {
    let code = |on_field: &str, on_operation: &str| {
        format!(
            "#[resource(operation(close{on_operation}))] struct Thing {{ #[field(id)] id: Uuid, #[field({on_field})] a: i32 }}"
        )
    };
    let plain = resource(&code("", ""));
    let thing = resource(&code("deprecated = \"say b\"", ", deprecated = \"delete it\""));
    assert_eq!(thing.fields[1].deprecated.as_deref(), Some("say b"));
    assert_eq!(thing.operations[0].deprecated.as_deref(), Some("delete it"));
    assert_eq!(fingerprint(&thing), fingerprint(&plain));
    let choice = "enum Status { Open, #[choice(deprecated = \"say Open\", name = \"new\")] Placed }";
    let choice = accepted(fourfold_model::choice(&item(choice)));
    let said: Vec<_> = choice.variants.iter().map(|variant| variant.deprecated.as_deref()).collect();
    assert_eq!(said, [None, Some("say Open")]);
}

#[test]
fn a_wrong_word_leaves_the_rest_of_the_model_as_it_is() {
    let parsed = fourfold_model::resource(&item(
        "#[resource(pth = \"x\", operation(get))]
        struct Thing {
            #[field(id, unique)] id: Uuid,
            #[field(fliter, sort, default = \"x\", validate(email, custom = f, range(1..)))] n: i32,
        }",
    ));
    assert_eq!(parsed.errors.len(), 6);
    let model = parsed.model.expect("a model");
    let (id, number) = (&model.fields[0], &model.fields[1]);
    assert!(!id.unique && !number.filter && number.sort);
    assert_eq!((&number.default, parsed.declaration.fields[1].default.is_none()), (&None, true));
    assert_eq!((number.rules.len(), parsed.declaration.fields[1].customs.len()), (2, 1));
    assert_eq!(model.operations.len(), 1);
}

#[test]
fn a_wrong_type_leaves_a_declaration_and_no_model() {
    let parsed = fourfold_model::resource(&item("struct Thing { #[field(id)] id: Uuid, n: usize, m: i32 }"));
    assert_eq!((parsed.errors.len(), parsed.model.is_none()), (1, true));
    assert_eq!(parsed.declaration.fields.len(), 3);
}

#[test]
fn what_is_known_by_name_only_is_left_to_rustc() {
    let status = with_field("#[field(output_only, filter, sort, unique)] a: shop::Status");
    assert_eq!(status.shape.element, Element::Named("shop::Status".into()));
    assert!(status.output_only && status.filter && status.sort && status.unique && status.default.is_none());
}

#[test]
fn the_old_name_and_the_number_of_a_field_are_in_the_model() {
    let code = "struct Thing { #[field(was = \"old\", number = 7)] new: i32, etag: String, plain: i32 }";
    let value = fourfold_model::value(&syn::parse_str(code).expect("a struct"));
    assert!(value.errors.is_empty());
    let fields = value.model.expect("a value").fields;
    assert_eq!((fields[0].was.as_deref(), fields[0].number), (Some("old"), Some(7)));
    assert_eq!((fields[2].was.as_deref(), fields[2].number), (None, None));

    let code =
        "struct Thing { #[field(id, number = 1)] id: Uuid, #[field(was = \"old\", number = 0x20)] new: i32 }";
    let resource = fourfold_model::resource(&syn::parse_str(code).expect("a struct"));
    assert!(resource.errors.is_empty());
    let fields = resource.model.expect("a resource").fields;
    assert_eq!(fields[0].number, Some(1));
    assert_eq!((fields[1].was.as_deref(), fields[1].number), (Some("old"), Some(32)));

    let code = "enum Status { #[choice(number = 19_000, name = \"a\")] A, B }";
    let choice = fourfold_model::choice(&syn::parse_str(code).expect("an enum"));
    assert!(choice.errors.is_empty());
    let numbers: Vec<_> = choice.model.expect("a choice").variants.iter().map(|it| it.number).collect();
    assert_eq!(numbers, [Some(19_000), None]);
}
