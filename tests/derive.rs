//! What `Resource`, `Value`, `Choice` and `Task` write: tables that say what the struct says, conversions that lose
//! nothing.
#![cfg(feature = "derive")]

use fourfold::descriptor::{Kind, Limit, Rule, Scalar, Schedule, TaskSettings};
use fourfold::prelude::*;
use fourfold::{Cell, Change, Choice, FieldType, IntoInput, Resource, SingleType, Task, Value};

/// Every type that a field may have.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(package = "test.everything.v1", path = "everything")]
struct Everything {
    #[field(id)]
    id: Uuid,
    text: String,
    truth: bool,
    small: i32,
    whole: i64,
    count: u32,
    many: u64,
    rough: f32,
    fraction: f64,
    other: Uuid,
    moment: Timestamp,
    day: Date,
    span: Duration,
    price: Decimal,
    blob: Bytes,
    json: Json,
    colour: Colour,
    place: Place,
    maybe: Option<String>,
    maybe_colour: Option<Colour>,
    maybe_place: Option<Place>,
    maybe_list: Option<Vec<i32>>,
    list: Vec<u64>,
    colours: Vec<Colour>,
    places: Vec<Place>,
    map: BTreeMap<String, Decimal>,
    place_map: BTreeMap<String, Place>,
}

/// A closed set of names.
#[derive(Clone, Copy, Debug, PartialEq, Choice)]
enum Colour {
    /// As the sky.
    Blue,
    #[choice(name = "rouge")]
    Red,
    DarkGreen,
}

/// A nested struct.
#[derive(Clone, Debug, PartialEq, Value)]
struct Place {
    name: String,
    #[field(default = 7)]
    floor: Option<i32>,
    marks: Vec<Mark>,
}

/// A struct nested in a nested struct.
#[derive(Clone, Debug, PartialEq, Value)]
struct Mark {
    colour: Colour,
}

fn place(name: &str) -> Place {
    Place { name: name.to_owned(), floor: Some(-1), marks: vec![Mark { colour: Colour::DarkGreen }] }
}

fn everything() -> Everything {
    Everything {
        id: Uuid::now_v7(),
        text: "a\u{1f980}".to_owned(),
        truth: true,
        small: i32::MIN,
        whole: i64::MAX,
        count: u32::MAX,
        many: u64::MAX,
        rough: 0.1,
        fraction: -0.0,
        other: Uuid::nil(),
        moment: "2026-11-22T08:30:00.123456Z".parse().expect("a time"),
        day: Date::from_ymd_opt(2026, 2, 28).expect("a day"),
        span: Duration::from_millis(1500),
        price: Decimal::new(1990, 2),
        blob: Bytes::from_static(&[0, 255]),
        json: Json::Null,
        colour: Colour::Red,
        place: place("here"),
        maybe: None,
        maybe_colour: Some(Colour::Blue),
        maybe_place: Some(place("there")),
        maybe_list: Some(Vec::new()),
        list: vec![u64::MAX, 0],
        colours: vec![Colour::Red, Colour::Blue],
        places: vec![place("a"), place("b")],
        map: BTreeMap::from([("one".to_owned(), Decimal::ONE)]),
        place_map: BTreeMap::from([("one".to_owned(), place("c"))]),
    }
}

#[test]
fn every_type_survives_the_way_into_a_row_and_back() {
    let before = everything();
    let after = Everything::from_row(before.clone().into_row()).expect("a struct");
    assert_eq!(after, before);
}

#[test]
fn a_row_has_a_cell_for_each_field_in_order() {
    let row = everything().into_row();
    assert_eq!(row.len(), Everything::DESCRIPTOR.fields.len());
    assert_eq!(row[1], Cell::Text("a\u{1f980}".to_owned()));
    assert_eq!(row[16], Cell::Choice(1));
    assert_eq!(row[18], Cell::Null);
}

#[test]
fn a_cell_more_than_fields_is_ignored_and_one_less_is_an_error() {
    let before = everything();
    let mut row = before.clone().into_row();
    row.push(Cell::Int(3));
    assert_eq!(Everything::from_row(row.clone()).expect("a struct"), before);
    row.truncate(before.into_row().len() - 1);
    let error = Everything::from_row(row).expect_err("too short");
    assert_eq!(error.detail(), Some("a row has 26 cells and should have 27"));
}

#[test]
fn a_cell_of_another_kind_is_an_error() {
    let mut row = everything().into_row();
    row[1] = Cell::Bool(true);
    assert!(Everything::from_row(row).is_err());
    assert!(Colour::take_cell(Cell::Choice(3)).is_err());
    assert!(Place::take_cell(Cell::Null).is_err());
}

#[test]
fn the_table_says_the_types() {
    let kind = |name| Everything::DESCRIPTOR.field(name).map(|(_, field)| (field.ty.optional, field.ty.kind));
    assert!(matches!(kind("many"), Some((false, Kind::Scalar(Scalar::U64)))));
    assert!(matches!(kind("maybe"), Some((true, Kind::Scalar(Scalar::String)))));
    assert!(matches!(kind("colours"), Some((false, Kind::List(Kind::Choice(it)))) if it.name == "Colour"));
    assert!(matches!(kind("place_map"), Some((false, Kind::Map(Kind::Value(it)))) if it.name == "Place"));
    assert!(matches!(kind("maybe_place"), Some((true, Kind::Value(it))) if it.fields.len() == 3));
}

/// A resource that says everything that can be said.
///
/// In two paragraphs.
#[derive(Resource)]
#[resource(
    package = "test.said.v2",
    path = "things",
    table = "said",
    operation(rename, input = Rename, event = "renamed", task(queue = "slow", timeout = "5m")),
    operation(touch),
    task(queue = "said", retries = 7, create(backoff = "250ms", backoff_max = "1m"))
)]
struct Said {
    #[field(id)]
    id: String,
    /// The name.
    #[field(unique, filter, sort, immutable, validate(length(1..=9), pattern("^[a-z]+$"), custom = not_root))]
    name: String,
    #[field(filter, output_only)]
    colour: Colour,
    #[field(output_only)]
    history: Vec<String>,
    #[field(output_only)]
    seen: BTreeMap<String, i64>,
    #[field(input_only, validate(email))]
    secret: String,
    #[field(sensitive, validate(url))]
    link: Option<String>,
    #[field(references = "test.everything.v1.Everything")]
    everything: Option<Uuid>,
    #[field(default = 3, validate(range(-5..10)))]
    size: i32,
    #[field(default = "plain")]
    text: String,
    #[field(default = "1.50", validate(range(0..=9.99)))]
    price: Decimal,
    #[field(default = Colour::DarkGreen)]
    paint: Colour,
    #[field(default = vec!["a".to_owned()])]
    words: Vec<String>,
    #[field(deleted_at)]
    deleted_at: Option<Timestamp>,
    #[field(created_at)]
    created_at: Timestamp,
    #[field(updated_at)]
    updated_at: Timestamp,
    #[field(version)]
    version: i64,
}

/// A new name.
#[derive(Value)]
struct Rename {
    name: String,
}

fn not_root(name: &str) -> Result<(), &'static str> {
    if name == "root" { Err("must not be root") } else { Ok(()) }
}

impl SaidOperations for Said {
    async fn rename(&mut self, _ctx: &Context, input: Rename) -> Result<()> {
        self.name = input.name;
        Ok(())
    }

    async fn touch(&mut self, _ctx: &Context) -> Result<()> {
        Ok(())
    }
}

fn field(name: &str) -> &'static fourfold::descriptor::Field {
    let (_, field) = Said::DESCRIPTOR.field(name).expect("a field");
    field
}

#[test]
fn the_table_says_what_the_struct_says_of_itself() {
    let table = Said::DESCRIPTOR;
    assert_eq!((table.name, table.package, table.version), ("Said", "test.said.v2", "v2"));
    assert_eq!((table.path, table.singular, table.plural, table.table), ("things", "said", "things", "said"));
    assert_eq!(table.doc, "A resource that says everything that can be said.\n\nIn two paragraphs.");
    assert_eq!(table.id, 0);
    assert_eq!((table.deleted_at, table.created_at), (Some(13), Some(14)));
    assert_eq!((table.updated_at, table.version_field), (Some(15), Some(16)));
    assert!(table.behavior.is_none());
    assert_ne!(table.fingerprint, Everything::DESCRIPTOR.fingerprint);
    assert!(table.sqlite.insert.contains("\"said\""), "{}", table.sqlite.insert);
}

#[test]
fn the_table_says_what_the_struct_says_of_a_field_and_no_more() {
    let name = field("name");
    assert_eq!(name.doc, "The name.");
    assert!(name.unique && name.filter && name.sort && name.immutable);
    assert!(!name.output_only && !name.input_only && !name.sensitive);
    assert!(field("colour").output_only && field("secret").input_only && field("link").sensitive);
    assert_eq!(field("everything").references, Some("test.everything.v1.Everything"));
    let text = field("text");
    assert!(text.rules.is_empty() && text.doc.is_empty() && !text.filter && !text.unique);
}

#[test]
fn rules_are_in_the_table_in_their_order() {
    let [Rule::Length { min: Some(1), max: Some(9) }, Rule::Pattern(pattern), Rule::Custom(own)] =
        field("name").rules
    else {
        panic!("{:?}", field("name").rules);
    };
    assert!(pattern.matches("abc") && !pattern.matches("ABC"));
    assert_eq!(own(&Cell::Text("root".to_owned())), Err("must not be root".to_owned()));
    assert_eq!(own(&Cell::Text("leaf".to_owned())), Ok(()));
    assert!(matches!(field("secret").rules, [Rule::Email]));
    assert!(matches!(field("link").rules, [Rule::Url]));
    assert!(matches!(
        field("size").rules,
        [Rule::Range { min: Some(Limit::Int(-5)), max: Some(Limit::Int(10)), max_exclusive: true }]
    ));
}

#[test]
fn defaults_are_made_where_the_struct_says_so_or_nobody_could_give_a_value() {
    let default = |name| field(name).default.map(|make| make());
    assert_eq!(default("size"), Some(Cell::Int(3)));
    assert_eq!(default("text"), Some(Cell::Text("plain".to_owned())));
    assert_eq!(default("price"), Some(Cell::Decimal(Decimal::new(150, 2))));
    assert_eq!(default("paint"), Some(Cell::Choice(2)));
    assert_eq!(default("words"), Some(vec!["a".to_owned()].into_cell()));
    assert_eq!(default("colour"), Some(Cell::Choice(0)));
    assert_eq!(default("name"), None);
    assert_eq!(default("history"), None);
}

#[test]
fn operations_are_in_the_table() {
    let [rename, touch] = Said::DESCRIPTOR.operations else { panic!("two operations") };
    assert_eq!((rename.name, rename.event), ("rename", Some("renamed")));
    assert_eq!(rename.input.map(|input| input.name), Some("Rename"));
    assert_eq!((touch.name, touch.event), ("touch", None));
    assert!(touch.input.is_none());
}

#[test]
fn a_create_says_what_a_caller_may_give() {
    let create = SaidCreate {
        id: "a".to_owned(),
        name: "b".to_owned(),
        secret: "s".to_owned(),
        link: None,
        everything: None,
        size: None,
        text: Some("t".to_owned()),
        price: None,
        paint: Some(Colour::Red),
        words: None,
    };
    let input = create.into_input();
    assert_eq!(input.len(), Said::DESCRIPTOR.fields.len());
    assert_eq!(input[0], Some(Change::Set(Cell::Text("a".to_owned()))));
    assert_eq!(input[8], None);
    assert_eq!(input[9], Some(Change::Set(Cell::Text("t".to_owned()))));
    assert_eq!(input[11], Some(Change::Set(Cell::Choice(1))));
    assert_eq!(input.iter().flatten().count(), 5);
}

#[test]
fn an_update_says_absent_null_and_a_value_apart() {
    assert!(SaidUpdate::default().into_input().iter().all(Option::is_none));
    let update = SaidUpdate { link: Patch::Set(None), size: 4.into(), ..SaidUpdate::default() };
    let input = update.into_input();
    assert_eq!(input.len(), Said::DESCRIPTOR.fields.len());
    assert_eq!(input[6], Some(Change::Set(Cell::Null)));
    assert_eq!(input[8], Some(Change::Set(Cell::Int(4))));
    assert_eq!(input.iter().flatten().count(), 2);
}

#[test]
fn a_choice_is_its_names_in_order() {
    let names: Vec<_> = Colour::DESCRIPTOR.variants.iter().map(|variant| variant.name).collect();
    assert_eq!(names, ["blue", "rouge", "dark_green"]);
    assert_eq!(Colour::DESCRIPTOR.variants[0].doc, "As the sky.");
    assert_eq!(Colour::Red.index(), 1);
    assert_eq!(Colour::from_index(2), Some(Colour::DarkGreen));
    assert_eq!(Colour::from_index(3), None);
}

#[test]
fn debug_shows_a_struct_without_its_secrets() {
    let create = SaidCreate {
        id: "a".to_owned(),
        name: "b".to_owned(),
        secret: "s3cret".to_owned(),
        link: Some("https://token@example.org".to_owned()),
        everything: None,
        size: Some(1),
        text: None,
        price: None,
        paint: Some(Colour::Red),
        words: None,
    };
    let shown = format!("{create:?}");
    assert!(shown.contains("secret: [redacted]") && shown.contains("link: [redacted]"), "{shown}");
    assert!(shown.contains("paint: Some(Red)") && shown.starts_with("SaidCreate {"), "{shown}");
    assert!(!shown.contains("s3cret") && !shown.contains("token"), "{shown}");
    let update = SaidUpdate { secret: "s3cret".to_owned().into(), ..SaidUpdate::default() };
    assert!(format!("{update:?}").contains("secret: [redacted]"));
}

/// A value with a secret.
#[derive(Value)]
struct Card {
    owner: String,
    #[field(sensitive)]
    number: String,
}

#[test]
fn debug_shows_a_value_without_its_secrets() {
    let card = Card { owner: "Ada".to_owned(), number: "4111".to_owned() };
    assert_eq!(format!("{card:?}"), "Card { owner: \"Ada\", number: [redacted] }");
}

/// A resource with a behaviour of its own.
#[derive(Resource)]
#[resource(package = "test.behaved.v1", path = "behaved", behavior)]
struct Behaved {
    #[field(id)]
    id: i64,
    name: String,
}

impl Behavior for Behaved {
    async fn create(mut self, _ctx: &Context) -> Result<Self> {
        self.name = self.name.trim().to_owned();
        Ok(self)
    }
}

#[test]
fn a_behaviour_is_in_the_table() {
    assert!(Behaved::DESCRIPTOR.behavior.is_some());
    assert!(Behaved::DESCRIPTOR.version_field.is_none());
}

#[test]
fn how_operations_run_as_tasks_is_in_the_table() {
    let table = Said::DESCRIPTOR;
    let said = TaskSettings { queue: Some("said"), retries: Some(7), ..TaskSettings::NONE };
    assert_eq!(table.tasks.len(), 3);
    assert_eq!(table.task_settings("update"), said);
    assert_eq!(table.task_settings("touch"), said);
    let (backoff, backoff_max) = (Some(Duration::from_millis(250)), Some(Duration::from_mins(1)));
    assert_eq!(table.task_settings("create"), TaskSettings { backoff, backoff_max, ..said });
    let timeout = Some(Duration::from_mins(5));
    assert_eq!(table.task_settings("rename"), TaskSettings { queue: Some("slow"), timeout, ..said });
    assert_eq!(table.task_name("rename"), "said.v2.rename");
    assert!(Everything::DESCRIPTOR.tasks.is_empty());
}

/// Sends a letter.
#[derive(PartialEq, Task)]
#[task(
    name = "letter.send",
    queue = "mail",
    retries = 1,
    backoff = "1s",
    backoff_max = "2s",
    timeout = "1h",
    cron = "30 6 * * 1",
    time_zone = "Europe/Amsterdam"
)]
struct Letter {
    /// To whom.
    #[field(default = "everybody", validate(length(1..=20)))]
    to: String,
    colour: Option<Colour>,
    #[field(sensitive)]
    lines: Vec<String>,
}

impl Handler for Letter {
    type Output = u32;

    async fn run(self, _ctx: &Context) -> Result<u32> {
        u32::try_from(self.lines.len()).map_err(|_| Error::internal("too long"))
    }
}

/// Takes away what is old.
#[derive(Task)]
#[task(name = "letter.tidy")]
struct TidyLetters;

impl Handler for TidyLetters {
    type Output = ();

    async fn run(self, _ctx: &Context) -> Result<()> {
        Ok(())
    }
}

#[test]
fn a_task_is_a_table_with_a_value_for_its_input() {
    let table = Letter::TASK;
    assert_eq!((table.name, table.doc), ("letter.send", "Sends a letter."));
    let settings = TaskSettings {
        queue: Some("mail"),
        retries: Some(1),
        backoff: Some(Duration::from_secs(1)),
        backoff_max: Some(Duration::from_secs(2)),
        timeout: Some(Duration::from_hours(1)),
    };
    assert_eq!(table.settings, settings);
    assert_eq!(table.schedule, Some(Schedule { cron: "30 6 * * 1", time_zone: "Europe/Amsterdam" }));
    let [to, colour, lines] = table.input.fields else { panic!("three fields") };
    assert_eq!((table.input.name, to.name, to.doc), ("Letter", "to", "To whom."));
    assert_eq!(to.default.map(|make| make()), Some(Cell::Text("everybody".to_owned())));
    assert!(matches!(to.rules, [Rule::Length { min: Some(1), max: Some(20) }]));
    assert!(colour.ty.optional && lines.sensitive);
}

#[test]
fn a_task_survives_the_way_into_cells_and_back() {
    let letter =
        || Letter { to: "Ada".to_owned(), colour: Some(Colour::Red), lines: vec!["Dear Ada".to_owned()] };
    let after = Letter::from_cells(letter().into_cells()).expect("a task");
    assert!(after == letter());
    assert_eq!(format!("{after:?}"), "Letter { to: \"Ada\", colour: Some(Red), lines: [redacted] }");
}

#[test]
fn a_task_need_not_have_fields() {
    assert!(TidyLetters.into_cells().is_empty());
    assert!(TidyLetters::from_cells(Vec::new()).is_ok());
    assert_eq!((TidyLetters::TASK.schedule, TidyLetters::TASK.settings), (None, TaskSettings::NONE));
}
