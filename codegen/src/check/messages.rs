//! Names that share a scope in protobuf: the methods of a service, the messages, enums and services of a package, and
//! the values of all its enums.

use std::collections::{BTreeMap, BTreeSet};

use fourfold_model::model::Resource;
use fourfold_model::rpc;
use heck::ToUpperCamelCase as _;

use crate::report::{Place, Report};
use crate::source::collect::Members;
use crate::source::items::Entry;
use crate::source::{Crate, Definition};

/// A name, what it belongs to, and where that is.
struct Name {
    text: String,
    what: String,
    place: Place,
}

pub(super) fn check(all: &Crate, package: &str, members: &Members, reports: &mut Vec<Report>) {
    let mut types = Vec::new();
    let mut seen = BTreeSet::new();
    for index in &members.resources {
        let resource = &all.resources[*index];
        // Two of one name are reported as such.
        if let Some(model) = &resource.model
            && seen.insert(&model.name)
        {
            of_resource(all, resource, model, &mut types, reports);
        }
    }
    for index in &members.events {
        let event = &all.events[*index];
        let what = "this event is a message of that name".to_owned();
        types.push(Name { text: event.name(), what, place: event.place(all) });
    }
    let mut values = Vec::new();
    for definition in &members.definitions {
        let name = all.name(*definition);
        let what = match definition {
            Definition::Value(_) => "this value is a message of that name",
            Definition::Choice(_) => "this choice is an enum of that name",
        };
        let what = what.to_owned();
        types.push(Name { text: name, what, place: all.definition_place(*definition) });
        if let Definition::Choice(index) = definition {
            of_choice(all, *index, &mut values);
        }
    }
    let help = "rename one of the two: the names of a package share one scope in protobuf";
    unique(&types, str::to_upper_camel_case, reports, help, |name| {
        format!("the package {package} would have two `{name}`")
    });
    let help = "rename one of the two, or one of the choices: in protobuf the values of all enums of a package share \
                one scope";
    unique(&values, str::to_owned, reports, help, |name| {
        format!("the package {package} would have two enum values `{name}`")
    });
}

/// The service, its methods and their messages.
fn of_resource(
    all: &Crate,
    entry: &Entry<Resource>,
    model: &Resource,
    types: &mut Vec<Name>,
    reports: &mut Vec<Report>,
) {
    let place = entry.place(all);
    let mut add = |text: String, what: String, place: &Place| {
        types.push(Name { text, what, place: place.clone() });
    };
    let name = &model.name;
    add(name.clone(), "this resource is a message of that name".to_owned(), &place);
    add(rpc::service(name), format!("`{name}` is served by a service of that name"), &place);
    let list = rpc::list_method(&model.plural);
    add(rpc::response(&list), format!("`{list}` answers with a message of that name"), &place);

    let watch = rpc::watch_method(&model.plural);
    add(rpc::response(&watch), format!("`{watch}` answers with messages of that name"), &place);

    for (event, _) in model.events() {
        let what = format!("the event `{event}` is a message of that name");
        add(rpc::event_message(name, event), what, &place);
    }

    let standard = [
        rpc::get_method(name),
        list,
        watch,
        rpc::create_method(name),
        rpc::update_method(name),
        rpc::delete_method(name),
    ];
    let mut methods: BTreeMap<String, (String, Place)> = BTreeMap::new();
    for method in standard {
        add(rpc::request(&method), format!("`{method}` takes a message of that name"), &place);
        methods.insert(method, ("every resource has it".to_owned(), place.clone()));
    }
    for (operation, declared) in model.operations.iter().zip(&entry.declaration.operations) {
        let method = rpc::custom_method(&operation.name, name);
        let place = all.place(&entry.scope, declared.ident.span());
        if let Some((what, other)) = methods.get(&method) {
            reports.push(
                Report::catalog(format!(
                    "the service `{}` would have two methods `{method}`",
                    rpc::service(name)
                ))
                .at(place, "")
                .at(other.clone(), what.clone())
                .help("rename the operation"),
            );
            continue;
        }
        add(rpc::request(&method), format!("`{method}` takes a message of that name"), &place);
        methods.insert(method, (format!("`{}` is called so as well", operation.name), place));
    }
}

fn of_choice(all: &Crate, index: usize, values: &mut Vec<Name>) {
    let entry = &all.choices[index];
    let choice = entry.name();
    let what = format!("a value of `{choice}`");
    values.push(Name {
        text: rpc::unspecified(&choice),
        what: format!("the zero of `{choice}`"),
        place: entry.place(all),
    });
    let variants = entry.model.iter().flat_map(|model| &model.variants);
    for (variant, declared) in variants.zip(&entry.declaration.variants) {
        let place = all.place(&entry.scope, declared.ident.span());
        values.push(Name { text: rpc::enum_value(&choice, &variant.wire), what: what.clone(), place });
    }
}

/// Reports each name that is there for the second time, or for a second time by its key.
fn unique(
    names: &[Name],
    key: fn(&str) -> String,
    reports: &mut Vec<Report>,
    help: &str,
    message: impl Fn(&str) -> String,
) {
    let mut seen: BTreeMap<String, &Name> = BTreeMap::new();
    for one in names {
        let key = key(&one.text);
        match seen.get(&key) {
            Some(other) if other.text != one.text => reports.push(
                Report::catalog(format!(
                    "`{}` and `{}` have the same words, and those who compile the contracts get one name of both",
                    one.text, other.text
                ))
                .at(one.place.clone(), one.what.clone())
                .at(other.place.clone(), other.what.clone())
                .help("rename one of the two"),
            ),
            Some(other) => reports.push(
                Report::catalog(message(&one.text))
                    .at(one.place.clone(), one.what.clone())
                    .at(other.place.clone(), other.what.clone())
                    .help(help),
            ),
            None => {
                seen.insert(key, one);
            }
        }
    }
}
