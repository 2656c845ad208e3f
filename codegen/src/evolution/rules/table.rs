//! The table: what each kind of change means on each surface, why, and how it is done without harm. Where a kind has no row
//! for a surface, it is not to be seen there.

use super::Surface::{Events, Proto, ProtoJson, Rest, Sql, Tasks};
use super::Verdict::{Breaking, Risky, Safe};
use super::{Kind, Rule};

const TWO_RELEASES: &str =
    "keep it for a release in which it says `deprecated`, wait until nobody uses it, then remove it";
const NEW_VERSION: &str =
    "serve the new form as a resource of the next version (`package = \"..v2\"`) beside the old one";
const NEW_FIELD: &str = "add a field beside it, fill both for a release, then remove the old one";
const NEW_WORKERS: &str = "let nobody say it before all workers are new";
const GIVE_DEFAULT: &str = "give it a `default`, or make it an `Option`";

macro_rules! table {
    ($($kind:ident { $($($surface:ident)+ => $verdict:ident $why:literal $way:expr;)+ })+) => {
        /// The table.
        pub const RULES: &[Rule] = &[$($($(
            Rule { kind: Kind::$kind, surface: $surface, verdict: $verdict, why: $why, way: $way },
        )+)+)+];
    };
}

// A row says to whom => what it does, why, and how it is done without harm.
table! {
    ResourceAdded {
        Rest Proto => Safe "nobody knows it yet" "";
        Sql => Safe "a migration makes its table" "";
    }
    ResourceRemoved {
        Rest => Breaking "its URLs are 404" TWO_RELEASES;
        Proto => Breaking "its methods are UNIMPLEMENTED" TWO_RELEASES;
        Tasks => Breaking "its tasks that wait become dead letters" "work its queue off before the release";
        Events => Breaking "those who listen hear nothing any more" TWO_RELEASES;
        Sql => Risky "its table stays until a migration drops it with --allow-destructive" "";
    }
    PathChanged {
        Rest => Breaking "URLs with the old path are 404" NEW_VERSION;
    }
    TableChanged {
        Sql => Risky "the release before asks for the old table" "stop it before the migration runs";
    }
    IdChanged {
        Rest Proto => Breaking "old ids are none any more" NEW_VERSION;
        Tasks => Breaking "tasks that wait name rows by old ids" NEW_VERSION;
        Events => Breaking "subjects of events are others" NEW_VERSION;
        Sql => Breaking "no migration changes a primary key" NEW_VERSION;
    }
    FieldAdded {
        Rest Events => Safe "readers pass over members that they don't know" "";
        Proto => Safe "readers pass over numbers that they don't know" "";
        Tasks => Risky "workers of the release before refuse tasks that say it" NEW_WORKERS;
        Sql => Safe "a migration adds the column, and the release before goes on beside it" "";
    }
    FieldDeprecated {
        Rest Events => Safe "the document says so, and nothing else changes" "";
        Proto => Safe "the file says so, and nothing else changes" "";
    }
    ValueDeprecated {
        Rest Events => Safe "the document says so, and nothing else changes" "";
        Proto => Safe "the file says so, and nothing else changes" "";
    }
    OperationDeprecated {
        Rest => Safe "the document says so, and nothing else changes" "";
        Proto => Safe "the file says so, and nothing else changes" "";
    }
    RequiredFieldAdded {
        Rest Proto => Breaking "creates that don't say it are refused" GIVE_DEFAULT;
        Tasks => Breaking "tasks that wait don't say it, and fail" GIVE_DEFAULT;
        Events => Risky "events in the log lack it, and who reads them by the new type gives them up" GIVE_DEFAULT;
        Sql => Risky "rows that are there need a value, and the release before writes none" GIVE_DEFAULT;
    }
    FieldRemoved {
        Rest => Breaking "requests that say it are refused, and answers lack it" TWO_RELEASES;
        Proto => Risky "what is sent under its number is passed over, and answers lack it" TWO_RELEASES;
        Tasks => Breaking "tasks that wait and say it are refused"
            "accept it for a release, and work the queue off before it goes";
        Events => Breaking "those who need it don't get it any more" TWO_RELEASES;
        Sql => Risky "its column stays, but the release before can't read rows that are written without it"
            "make it an `Option` a release before, and let the old release end soon";
    }
    FieldRenamed {
        Rest => Breaking "the old name is refused, and answers have the new one" NEW_FIELD;
        Proto => Risky "the bytes have the number alone, but masks, filters and orders that say the old name are refused"
            NEW_FIELD;
        Tasks => Breaking "tasks that wait say the old name, and are refused" NEW_FIELD;
        Events => Breaking "those who need it look for the old name" NEW_FIELD;
        Sql => Risky "the release before asks for the old column" "stop it before the migration runs";
    }
    TypeChanged {
        Rest => Breaking "what is sent as before may be refused, and answers hold something else" NEW_FIELD;
        Proto => Risky "what is sent as before may be refused, even where its bytes can be read" NEW_FIELD;
        Tasks => Breaking "tasks that wait may be refused" NEW_FIELD;
        Events => Breaking "those who read it get something else" NEW_FIELD;
        Sql => Risky "the column is written anew, and the release before reads the old type" NEW_FIELD;
    }
    TypeWidened {
        Rest Proto => Risky "what was sent is taken, and answers may hold what readers of before can't read" NEW_FIELD;
        Tasks => Risky "workers of the release before refuse what they can't read" NEW_WORKERS;
        Events => Risky "those who read it may get what they can't read" NEW_FIELD;
        Sql => Risky "the column is written anew, and the release before reads the old type" NEW_FIELD;
    }
    StoredTypeChanged {
        Proto => Breaking "answers fail where rows hold the old type" NEW_FIELD;
        Sql => Breaking "no migration changes what is inside of a column, and rows that hold the old type can't be read"
            NEW_FIELD;
    }
    StoredFieldNeeded {
        Proto => Breaking "answers fail where rows lack it" GIVE_DEFAULT;
        Sql => Breaking "no migration changes what is inside of a column, and rows that lack it can't be read"
            GIVE_DEFAULT;
    }
    BecameOptional {
        Rest => Risky "readers that rely on it find null" "tell them before the first null is written";
        Proto => Risky "readers that rely on it find nothing" "tell them before the first null is written";
        Events => Risky "those who rely on it find null" "tell them before the first null is written";
        Sql => Risky "a migration allows null, and the release before can't read rows that hold it"
            "write null only once all instances are new";
        Tasks => Risky "workers of the release before refuse tasks that leave it out" NEW_WORKERS;
    }
    BecameRequired {
        Rest => Breaking "requests that leave it out, or say null, are refused" GIVE_DEFAULT;
        Proto => Breaking "requests that leave it out are refused" GIVE_DEFAULT;
        Tasks => Breaking "tasks that wait and leave it out fail" GIVE_DEFAULT;
        Events => Risky "events in the log hold null, and who reads them by the new type gives them up" GIVE_DEFAULT;
        Sql => Risky "rows that hold null need a value, and the release before goes on writing it"
            GIVE_DEFAULT;
    }
    BecameHidden {
        Rest Proto => Breaking "answers lack it" TWO_RELEASES;
        Events => Breaking "those who need it don't get it any more" TWO_RELEASES;
    }
    BecameShown {
        Rest => Risky "what was kept secret is in answers"
            "make sure that it may be seen, what is stored too";
        Events => Risky "what was kept secret is in events"
            "make sure that it may be seen, what is stored too";
    }
    BecameReadOnly {
        Rest Proto => Breaking "requests that say it are refused" TWO_RELEASES;
        Tasks => Breaking "tasks that wait and say it are refused" TWO_RELEASES;
    }
    BecameImmutable {
        Rest Proto => Breaking "updates that change it are refused" TWO_RELEASES;
        Tasks => Breaking "updates that wait and change it are refused" TWO_RELEASES;
    }
    NeededNoMore {
        Rest Proto => Safe "more is accepted than before" "";
        Tasks => Risky "workers of the release before refuse tasks that leave it out" NEW_WORKERS;
    }
    BecameWritable {
        Tasks => Risky "workers of the release before refuse tasks that say it" NEW_WORKERS;
        Rest Proto => Safe "more is accepted than before" "";
    }
    RulesTightened {
        Rest Proto => Breaking "requests that were right may be refused"
            "log what would be refused for a release, then tighten";
        Tasks => Breaking "tasks that wait may be refused" "work the queue off before the release";
        Sql => Risky "rows that are there may break it, and can't be updated until that is changed" "";
    }
    RulesLoosened {
        Rest => Safe "more is accepted than before" "";
        Tasks => Risky "workers of the release before refuse what is allowed now" NEW_WORKERS;
        Events => Risky "those who rely on the rule find what it forbade" "tell them";
    }
    DefaultChanged {
        Rest Proto => Risky "creates that don't say it store something else"
            "tell callers, or have them say it";
        Tasks => Risky "tasks that wait and don't say it store something else" "";
    }
    FilterRemoved {
        Rest Proto => Breaking "lists with such a filter are refused" TWO_RELEASES;
    }
    SortRemoved {
        Rest Proto => Breaking "lists with such an order are refused, and so are tokens of their pages"
            TWO_RELEASES;
    }
    UniqueAdded {
        Rest Proto => Risky "writes that repeat a value are refused" "find those who do before";
        Tasks => Risky "tasks that wait and repeat a value fail" "find those who do before";
        Sql => Risky "the migration fails where rows hold the same" "look before; its file has the query";
    }
    ReferenceAdded {
        Rest => Risky "writes that point nowhere are refused" "find those who do before";
        Sql => Risky "the migration fails where rows point nowhere" "look before; its file has the query";
    }
    ValueAdded {
        Rest => Risky "readers that know all values meet one that they don't"
            "write it only once readers know it";
        Proto => Risky "readers that know all values meet a number that they don't"
            "write it only once readers know it";
        Tasks => Risky "workers of the release before refuse tasks that say it" NEW_WORKERS;
        Events => Risky "those who know all values meet one that they don't"
            "write it only once they know it";
        Sql => Risky "the release before can't read rows that hold it"
            "write it only once all instances are new";
    }
    ValueRemoved {
        Rest Proto => Breaking "requests that say it are refused" TWO_RELEASES;
        ProtoJson => Breaking "JSON that says it can't be read" TWO_RELEASES;
        Tasks => Breaking "tasks that wait and say it are refused" "work the queue off before the release";
        Events => Risky "events in the log say it, and who reads them by the new type gives them up"
            "wait until the bus has forgotten them";
        Sql => Risky "rows that hold it can't be read: the migration makes sure that there are none"
            "give such rows another value (--using)";
    }
    OperationAdded {
        Rest Proto => Safe "nobody knows it yet" "";
        Tasks => Risky "workers of the release before don't know its tasks"
            "enqueue them only once all workers are new";
    }
    OperationRemoved {
        Rest => Breaking "its URL is 404" TWO_RELEASES;
        Tasks => Breaking "its tasks that wait become dead letters" "work its queue off before the release";
    }
    InputChanged {
        Rest => Breaking "what was sent before is refused" "add an operation beside it";
        Proto => Risky "calls lack what it has to be told" "add an operation beside it";
        Tasks => Breaking "tasks that wait hold the old input" "add an operation beside it";
    }
    EventAdded {
        Events => Safe "nobody listens to it yet" "";
    }
    EventRemoved {
        Events => Breaking "those who listen hear nothing any more" "publish both for a release";
    }
    TaskAdded {
        Tasks => Risky "workers of the release before don't know it" "enqueue it only once all workers are new";
    }
    TaskRemoved {
        Tasks => Breaking "those that wait become dead letters" "work its queue off before the release";
    }
    QueueChanged {
        Tasks => Risky "what waits in the old queue is worked off by those alone who still take it"
            "let workers take both queues until the old one is empty";
    }
    NumberFreed {
        Proto => Breaking "another field may get the number, and old messages are read as that"
            "put its line back into fourfold.lock";
    }
    NameFreed {
        ProtoJson => Breaking "another field may get the name, and old JSON is read as that"
            "put its line back into fourfold.lock";
    }
    NameChanged {
        ProtoJson => Breaking "protobuf's JSON has the name in it" NEW_FIELD;
        Proto => Safe "the bytes have the number alone" "";
    }
    WireTypeChanged {
        Proto => Breaking "old messages can't be read, or are read as something else" NEW_FIELD;
        ProtoJson => Breaking "old JSON can't be read, or is read as something else" NEW_FIELD;
    }
    MethodRemoved {
        Proto => Breaking "calls are UNIMPLEMENTED" TWO_RELEASES;
    }
    MethodChanged {
        Proto => Breaking "old callers send, or read, another message" "add a method beside it";
    }
}
