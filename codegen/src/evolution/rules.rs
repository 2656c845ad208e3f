//! The table: what each kind of change means on each surface, why, and how it is done without harm. Where a kind has no row
//! for a surface, it is not to be seen there.

/// Who sees a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Surface {
    /// Callers over REST, and JSON bodies.
    Rest,
    /// Callers over gRPC and protobuf bodies: the bytes.
    Proto,
    /// Protobuf's own JSON, which has names in it.
    ProtoJson,
    /// Tasks that wait, or are on their way, while the release changes.
    Tasks,
    /// Those who listen to events, and events that are in the log.
    Events,
    /// The rows that are there, and the release before on the same database.
    Sql,
}

/// What a change does to those who have the old definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Nothing.
    Safe,
    /// Something, to some of them.
    Risky,
    /// They fail, or lose something.
    Breaking,
}

/// A row of the table.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rule {
    /// What has changed.
    pub kind: Kind,
    /// Where.
    pub surface: Surface,
    /// What it does there.
    pub verdict: Verdict,
    /// Why.
    pub why: &'static str,
    /// How it is done without harm; empty where it does none.
    pub way: &'static str,
}

macro_rules! kinds {
    ($($name:ident = $text:literal, $doc:literal;)+) => {
        /// What has changed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Kind {
            $(#[doc = $doc] $name,)+
        }

        impl Kind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// How it is written in files.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// What has changed, in words.
            #[must_use]
            pub const fn says(self) -> &'static str {
                match self { $(Self::$name => $doc,)+ }
            }
        }
    };
}

kinds! {
    ResourceAdded = "resource_added", "a new resource";
    FieldDeprecated = "field_deprecated", "a field is deprecated now";
    ValueDeprecated = "value_deprecated", "a value of a choice is deprecated now";
    OperationDeprecated = "operation_deprecated", "an operation is deprecated now";
    ResourceRemoved = "resource_removed", "a resource is gone";
    PathChanged = "path_changed", "another path in URLs";
    TableChanged = "table_changed", "another table";
    IdChanged = "id_changed", "ids of another type";
    FieldAdded = "field_added", "a new field that nobody has to say";
    RequiredFieldAdded = "required_field_added", "a new field that a create has to say";
    FieldRemoved = "field_removed", "a field is gone";
    FieldRenamed = "field_renamed", "a field has another name";
    TypeChanged = "type_changed", "a field of another type";
    BecameOptional = "became_optional", "a field may be null now";
    BecameRequired = "became_required", "a field may be null no more";
    BecameHidden = "became_hidden", "a field is shown no more";
    BecameShown = "became_shown", "a field is shown now";
    BecameReadOnly = "became_read_only", "a field is accepted no more";
    BecameImmutable = "became_immutable", "a field is accepted on create alone";
    BecameWritable = "became_writable", "a field is accepted more often";
    RulesTightened = "rules_tightened", "another rule, or a stricter one";
    RulesLoosened = "rules_loosened", "a rule less";
    DefaultChanged = "default_changed", "another default";
    FilterRemoved = "filter_removed", "lists can't be filtered by it any more";
    SortRemoved = "sort_removed", "lists can't be sorted by it any more";
    UniqueAdded = "unique_added", "no two rows may hold the same any more";
    ReferenceAdded = "reference_added", "it has to point to a row that exists";
    ValueAdded = "value_added", "a choice has a new value";
    ValueRemoved = "value_removed", "a choice has lost a value";
    OperationAdded = "operation_added", "a new operation";
    OperationRemoved = "operation_removed", "an operation is gone";
    InputChanged = "input_changed", "an operation takes something else";
    EventAdded = "event_added", "a new type of events";
    EventRemoved = "event_removed", "a type of events is gone";
    QueueChanged = "queue_changed", "its tasks go to another queue";
    NumberFreed = "number_freed", "a number is neither used nor reserved any more";
    NameFreed = "name_freed", "a name is neither used nor reserved any more";
    NameChanged = "name_changed", "a number goes by another name";
    WireTypeChanged = "wire_type_changed", "a number holds another type";
    MethodRemoved = "method_removed", "a method is gone";
    MethodChanged = "method_changed", "a method takes or gives another message";
}

const fn rule(kind: Kind, surface: Surface, verdict: Verdict, why: &'static str, way: &'static str) -> Rule {
    Rule { kind, surface, verdict, why, way }
}

use Kind as K;
use Surface::{Events, Proto, ProtoJson, Rest, Sql, Tasks};
use Verdict::{Breaking, Risky, Safe};

const TWO_RELEASES: &str =
    "keep it for a release in which it says `deprecated`, wait until nobody uses it, then remove it";
const DEPRECATED_IN_SCHEMAS: &str = "the document says so, and nothing else changes";
const DEPRECATED_IN_PROTO: &str = "the file says so, and nothing else changes";
const NEW_VERSION: &str =
    "serve the new form as a resource of the next version (`package = \"..v2\"`) beside the old one";
const NEW_FIELD: &str = "add a field beside it, fill both for a release, then remove the old one";
const GIVE_DEFAULT: &str = "give it a `default`, or make it an `Option`";

/// The table.
pub const RULES: &[Rule] = &[
    rule(K::ResourceAdded, Rest, Safe, "nobody knows it yet", ""),
    rule(K::ResourceAdded, Proto, Safe, "nobody knows it yet", ""),
    rule(K::ResourceAdded, Sql, Safe, "a migration makes its table", ""),
    rule(K::ResourceRemoved, Rest, Breaking, "its URLs are 404", TWO_RELEASES),
    rule(K::ResourceRemoved, Proto, Breaking, "its methods are UNIMPLEMENTED", TWO_RELEASES),
    rule(
        K::ResourceRemoved,
        Tasks,
        Breaking,
        "its tasks that wait become dead letters",
        "work its queue off before the release",
    ),
    rule(K::ResourceRemoved, Events, Breaking, "those who listen hear nothing any more", TWO_RELEASES),
    rule(
        K::ResourceRemoved,
        Sql,
        Risky,
        "its table stays until a migration drops it with --allow-destructive",
        "",
    ),
    rule(K::PathChanged, Rest, Breaking, "URLs with the old path are 404", NEW_VERSION),
    rule(
        K::TableChanged,
        Sql,
        Risky,
        "the release before asks for the old table",
        "stop it before the migration runs",
    ),
    rule(K::IdChanged, Rest, Breaking, "old ids are none any more", NEW_VERSION),
    rule(K::IdChanged, Proto, Breaking, "old ids are none any more", NEW_VERSION),
    rule(K::IdChanged, Tasks, Breaking, "tasks that wait name rows by old ids", NEW_VERSION),
    rule(K::IdChanged, Events, Breaking, "subjects of events are others", NEW_VERSION),
    rule(K::IdChanged, Sql, Breaking, "no migration changes a primary key", NEW_VERSION),
    rule(K::FieldAdded, Rest, Safe, "readers pass over members that they don't know", ""),
    rule(K::FieldAdded, Proto, Safe, "readers pass over numbers that they don't know", ""),
    rule(K::FieldAdded, Tasks, Safe, "tasks that wait don't say it", ""),
    rule(K::FieldAdded, Events, Safe, "readers pass over members that they don't know", ""),
    rule(
        K::FieldAdded,
        Sql,
        Safe,
        "a migration adds the column, and the release before goes on beside it",
        "",
    ),
    rule(K::FieldDeprecated, Rest, Safe, DEPRECATED_IN_SCHEMAS, ""),
    rule(K::FieldDeprecated, Proto, Safe, DEPRECATED_IN_PROTO, ""),
    rule(K::FieldDeprecated, Events, Safe, DEPRECATED_IN_SCHEMAS, ""),
    rule(K::ValueDeprecated, Rest, Safe, DEPRECATED_IN_SCHEMAS, ""),
    rule(K::ValueDeprecated, Proto, Safe, DEPRECATED_IN_PROTO, ""),
    rule(K::ValueDeprecated, Events, Safe, DEPRECATED_IN_SCHEMAS, ""),
    rule(K::OperationDeprecated, Rest, Safe, DEPRECATED_IN_SCHEMAS, ""),
    rule(K::OperationDeprecated, Proto, Safe, DEPRECATED_IN_PROTO, ""),
    rule(K::RequiredFieldAdded, Rest, Breaking, "creates that don't say it are refused", GIVE_DEFAULT),
    rule(K::RequiredFieldAdded, Proto, Breaking, "creates that don't say it are refused", GIVE_DEFAULT),
    rule(K::RequiredFieldAdded, Tasks, Breaking, "tasks that wait don't say it, and fail", GIVE_DEFAULT),
    rule(K::RequiredFieldAdded, Events, Safe, "readers pass over members that they don't know", ""),
    rule(
        K::RequiredFieldAdded,
        Sql,
        Risky,
        "rows that are there need a value, and the release before writes none",
        GIVE_DEFAULT,
    ),
    rule(
        K::FieldRemoved,
        Rest,
        Breaking,
        "requests that say it are refused, and answers lack it",
        TWO_RELEASES,
    ),
    rule(
        K::FieldRemoved,
        Proto,
        Risky,
        "what is sent under its number is passed over, and answers lack it",
        TWO_RELEASES,
    ),
    rule(
        K::FieldRemoved,
        Tasks,
        Breaking,
        "tasks that wait and say it are refused",
        "accept it for a release, and work the queue off before it goes",
    ),
    rule(K::FieldRemoved, Events, Breaking, "those who need it don't get it any more", TWO_RELEASES),
    rule(
        K::FieldRemoved,
        Sql,
        Safe,
        "its column stays, and may be null, until a migration drops it with --allow-destructive",
        "",
    ),
    rule(K::FieldRenamed, Rest, Breaking, "the old name is refused, and answers have the new one", NEW_FIELD),
    rule(K::FieldRenamed, Tasks, Breaking, "tasks that wait say the old name, and are refused", NEW_FIELD),
    rule(K::FieldRenamed, Events, Breaking, "those who need it look for the old name", NEW_FIELD),
    rule(
        K::FieldRenamed,
        Sql,
        Risky,
        "the release before asks for the old column",
        "stop it before the migration runs",
    ),
    rule(
        K::TypeChanged,
        Rest,
        Breaking,
        "what is sent as before may be refused, and answers hold something else",
        NEW_FIELD,
    ),
    rule(K::TypeChanged, Tasks, Breaking, "tasks that wait may be refused", NEW_FIELD),
    rule(K::TypeChanged, Events, Breaking, "those who read it get something else", NEW_FIELD),
    rule(
        K::TypeChanged,
        Sql,
        Risky,
        "the column is written anew, and the release before reads the old type",
        NEW_FIELD,
    ),
    rule(
        K::BecameOptional,
        Rest,
        Risky,
        "readers that rely on it find null",
        "tell them before the first null is written",
    ),
    rule(
        K::BecameOptional,
        Proto,
        Risky,
        "readers that rely on it find nothing",
        "tell them before the first null is written",
    ),
    rule(
        K::BecameOptional,
        Events,
        Risky,
        "those who rely on it find null",
        "tell them before the first null is written",
    ),
    rule(
        K::BecameOptional,
        Sql,
        Safe,
        "a migration allows null; the release before can't read rows that hold it",
        "",
    ),
    rule(
        K::BecameRequired,
        Rest,
        Breaking,
        "requests that leave it out, or say null, are refused",
        GIVE_DEFAULT,
    ),
    rule(K::BecameRequired, Proto, Breaking, "requests that leave it out are refused", GIVE_DEFAULT),
    rule(K::BecameRequired, Tasks, Breaking, "tasks that wait and leave it out fail", GIVE_DEFAULT),
    rule(K::BecameRequired, Events, Safe, "readers that expect null get a value", ""),
    rule(
        K::BecameRequired,
        Sql,
        Risky,
        "rows that hold null need a value, and the release before goes on writing it",
        GIVE_DEFAULT,
    ),
    rule(K::BecameHidden, Rest, Breaking, "answers lack it", TWO_RELEASES),
    rule(K::BecameHidden, Proto, Breaking, "answers lack it", TWO_RELEASES),
    rule(K::BecameHidden, Events, Breaking, "those who need it don't get it any more", TWO_RELEASES),
    rule(
        K::BecameShown,
        Rest,
        Risky,
        "what was kept secret is in answers",
        "make sure that it may be seen, what is stored too",
    ),
    rule(
        K::BecameShown,
        Events,
        Risky,
        "what was kept secret is in events",
        "make sure that it may be seen, what is stored too",
    ),
    rule(K::BecameReadOnly, Rest, Breaking, "requests that say it are refused", TWO_RELEASES),
    rule(K::BecameReadOnly, Proto, Breaking, "requests that say it are refused", TWO_RELEASES),
    rule(K::BecameReadOnly, Tasks, Breaking, "tasks that wait and say it are refused", TWO_RELEASES),
    rule(K::BecameImmutable, Rest, Breaking, "updates that change it are refused", TWO_RELEASES),
    rule(K::BecameImmutable, Proto, Breaking, "updates that change it are refused", TWO_RELEASES),
    rule(K::BecameImmutable, Tasks, Breaking, "updates that wait and change it are refused", TWO_RELEASES),
    rule(K::BecameWritable, Rest, Safe, "more is accepted than before", ""),
    rule(K::BecameWritable, Proto, Safe, "more is accepted than before", ""),
    rule(
        K::RulesTightened,
        Rest,
        Breaking,
        "requests that were right may be refused",
        "log what would be refused for a release, then tighten",
    ),
    rule(
        K::RulesTightened,
        Proto,
        Breaking,
        "requests that were right may be refused",
        "log what would be refused for a release, then tighten",
    ),
    rule(
        K::RulesTightened,
        Tasks,
        Breaking,
        "tasks that wait may be refused",
        "work the queue off before the release",
    ),
    rule(
        K::RulesTightened,
        Sql,
        Risky,
        "rows that are there may break it, and can't be updated until that is changed",
        "",
    ),
    rule(K::RulesLoosened, Rest, Safe, "more is accepted than before", ""),
    rule(K::RulesLoosened, Events, Risky, "those who rely on the rule find what it forbade", "tell them"),
    rule(
        K::DefaultChanged,
        Rest,
        Risky,
        "creates that don't say it store something else",
        "tell callers, or have them say it",
    ),
    rule(
        K::DefaultChanged,
        Proto,
        Risky,
        "creates that don't say it store something else",
        "tell callers, or have them say it",
    ),
    rule(K::DefaultChanged, Tasks, Risky, "tasks that wait and don't say it store something else", ""),
    rule(K::FilterRemoved, Rest, Breaking, "lists with such a filter are refused", TWO_RELEASES),
    rule(K::FilterRemoved, Proto, Breaking, "lists with such a filter are refused", TWO_RELEASES),
    rule(
        K::SortRemoved,
        Rest,
        Breaking,
        "lists with such an order are refused, and so are tokens of their pages",
        TWO_RELEASES,
    ),
    rule(
        K::SortRemoved,
        Proto,
        Breaking,
        "lists with such an order are refused, and so are tokens of their pages",
        TWO_RELEASES,
    ),
    rule(K::UniqueAdded, Rest, Risky, "writes that repeat a value are refused", "find those who do before"),
    rule(K::UniqueAdded, Proto, Risky, "writes that repeat a value are refused", "find those who do before"),
    rule(K::UniqueAdded, Tasks, Risky, "tasks that wait and repeat a value fail", "find those who do before"),
    rule(
        K::UniqueAdded,
        Sql,
        Risky,
        "the migration fails where rows hold the same",
        "look before; its file has the query",
    ),
    rule(K::ReferenceAdded, Rest, Risky, "writes that point nowhere are refused", "find those who do before"),
    rule(
        K::ReferenceAdded,
        Sql,
        Risky,
        "the migration fails where rows point nowhere",
        "look before; its file has the query",
    ),
    rule(
        K::ValueAdded,
        Rest,
        Risky,
        "readers that know all values meet one that they don't",
        "write it only once readers know it",
    ),
    rule(
        K::ValueAdded,
        Proto,
        Risky,
        "readers that know all values meet a number that they don't",
        "write it only once readers know it",
    ),
    rule(
        K::ValueAdded,
        Events,
        Risky,
        "those who know all values meet one that they don't",
        "write it only once they know it",
    ),
    rule(
        K::ValueAdded,
        Sql,
        Risky,
        "the release before can't read rows that hold it",
        "write it only once all instances are new",
    ),
    rule(K::ValueRemoved, Rest, Breaking, "requests that say it are refused", TWO_RELEASES),
    rule(K::ValueRemoved, Proto, Breaking, "requests that say it are refused", TWO_RELEASES),
    rule(
        K::ValueRemoved,
        Tasks,
        Breaking,
        "tasks that wait and say it are refused",
        "work the queue off before the release",
    ),
    rule(K::ValueRemoved, Events, Safe, "nothing new says it", ""),
    rule(
        K::ValueRemoved,
        Sql,
        Risky,
        "rows that hold it can't be read: the migration makes sure that there are none",
        "give such rows another value (--using)",
    ),
    rule(K::OperationAdded, Rest, Safe, "nobody knows it yet", ""),
    rule(K::OperationAdded, Proto, Safe, "nobody knows it yet", ""),
    rule(
        K::OperationAdded,
        Tasks,
        Risky,
        "workers of the release before don't know its tasks",
        "enqueue them only once all workers are new",
    ),
    rule(K::OperationRemoved, Rest, Breaking, "its URL is 404", TWO_RELEASES),
    rule(
        K::OperationRemoved,
        Tasks,
        Breaking,
        "its tasks that wait become dead letters",
        "work its queue off before the release",
    ),
    rule(K::InputChanged, Rest, Breaking, "what was sent before is refused", "add an operation beside it"),
    rule(
        K::InputChanged,
        Tasks,
        Breaking,
        "tasks that wait hold the old input",
        "add an operation beside it",
    ),
    rule(K::EventAdded, Events, Safe, "nobody listens to it yet", ""),
    rule(
        K::EventRemoved,
        Events,
        Breaking,
        "those who listen hear nothing any more",
        "publish both for a release",
    ),
    rule(
        K::QueueChanged,
        Tasks,
        Risky,
        "what waits in the old queue is worked off by those alone who still take it",
        "let workers take both queues until the old one is empty",
    ),
    rule(
        K::NumberFreed,
        Proto,
        Breaking,
        "another field may get the number, and old messages are read as that",
        "put its line back into fourfold.lock",
    ),
    rule(
        K::NameFreed,
        ProtoJson,
        Breaking,
        "another field may get the name, and old JSON is read as that",
        "put its line back into fourfold.lock",
    ),
    rule(K::NameChanged, ProtoJson, Breaking, "protobuf's JSON has the name in it", NEW_FIELD),
    rule(K::NameChanged, Proto, Safe, "the bytes have the number alone", ""),
    rule(
        K::WireTypeChanged,
        Proto,
        Breaking,
        "old messages can't be read, or are read as something else",
        NEW_FIELD,
    ),
    rule(
        K::WireTypeChanged,
        ProtoJson,
        Breaking,
        "old JSON can't be read, or is read as something else",
        NEW_FIELD,
    ),
    rule(K::MethodRemoved, Proto, Breaking, "calls are UNIMPLEMENTED", TWO_RELEASES),
    rule(
        K::MethodChanged,
        Proto,
        Breaking,
        "old callers send, or read, another message",
        "add a method beside it",
    ),
];

impl Surface {
    /// All of them.
    pub const ALL: [Self; 6] = [Rest, Proto, ProtoJson, Tasks, Events, Sql];

    /// How it is written in files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Rest => "rest",
            Proto => "proto",
            ProtoJson => "proto_json",
            Tasks => "tasks",
            Events => "events",
            Sql => "sql",
        }
    }

    /// What it is called.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Rest => "REST and JSON",
            Proto => "protobuf",
            ProtoJson => "protobuf's JSON",
            Tasks => "tasks that wait",
            Events => "events",
            Sql => "the database",
        }
    }
}

impl Verdict {
    /// How it is written.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Safe => "safe",
            Risky => "risky",
            Breaking => "breaking",
        }
    }
}
