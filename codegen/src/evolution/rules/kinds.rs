//! The kinds of changes.

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
    TypeWidened = "type_widened", "a field of a type that holds more";
    StoredTypeChanged = "stored_type_changed", "a field inside of a column is of another type";
    StoredFieldNeeded = "stored_field_needed", "a field inside of a column that has to be there";
    BecameOptional = "became_optional", "a field may be null now";
    BecameRequired = "became_required", "a field may be null no more";
    BecameHidden = "became_hidden", "a field is shown no more";
    BecameShown = "became_shown", "a field is shown now";
    BecameReadOnly = "became_read_only", "a field is accepted no more";
    BecameImmutable = "became_immutable", "a field is accepted on create alone";
    NeededNoMore = "needed_no_more", "a field need not be said any more";
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
    TaskAdded = "task_added", "a new task";
    TaskRemoved = "task_removed", "a task is gone";
    QueueChanged = "queue_changed", "its tasks go to another queue";
    NumberFreed = "number_freed", "a number is neither used nor reserved any more";
    NameFreed = "name_freed", "a name is neither used nor reserved any more";
    NameChanged = "name_changed", "a number goes by another name";
    WireTypeChanged = "wire_type_changed", "a number holds another type";
    MethodRemoved = "method_removed", "a method is gone";
    MethodChanged = "method_changed", "a method takes or gives another message";
}
