//! `add operation`.

use askama::Template;
use fourfold_codegen::catalog::{Item, Named};
use fourfold_model::model;
use heck::ToSnakeCase as _;

use super::name;
use crate::arguments::AddOperation;
use crate::edit::{self, add_item, add_method, add_word};
use crate::failure::Failure;
use crate::house::House;
use crate::scaffold::resource::{ChoiceView, FieldView, Owner, plain, rendered};
use crate::screen::Screen;
use crate::spec::{Element, Field, Many, Mistake, Name, Said, Spec, with_article};
use crate::specs::Specs;

#[derive(Template)]
#[template(path = "scaffold/value.rs")]
struct ValueView {
    doc: String,
    name: String,
    fields: Vec<FieldView>,
    choices: Vec<ChoiceView>,
}

pub(super) fn run(arguments: &AddOperation, screen: &mut Screen) -> Result<(), Failure> {
    let operation = name("an operation", &arguments.name)?;
    let mut house = House::enter(&arguments.place, screen)?;
    let item = house.resource(&arguments.resource)?.clone();
    let resource = &item.model;
    let there = fields(&house, &item);

    let mut specs = Specs::default();
    let input = arguments.input.as_ref().map(|text| {
        let name =
            Name { pascal: format!("{}{}", operation.pascal, resource.name), snake: operation.snake.clone() };
        let (spec, mut mistakes) = Spec::fields(Said::new("--input", 1, text), name);
        let fields = plain(&spec, Owner::Message, &house.known, &mut mistakes);
        if spec.fields.is_empty() && mistakes.is_empty() {
            let help = "write at least one, such as `reason:string`, or leave --input out";
            mistakes.push(Mistake::new(0..text.len(), "the input has no fields", help));
        }
        specs.add(&spec.said, &mistakes);
        let words = resource.singular.replace('_', " ");
        let value = rendered(&ValueView {
            doc: format!("What a caller says to {} {}.", operation.words(), with_article(&words)),
            name: spec.name.pascal.clone(),
            fields: fields.fields,
            choices: fields.choices,
        });
        specs.check_struct(&spec, &value, &[], false);
        (spec, value.trim_end().to_owned())
    });
    let mut body = Vec::new();
    for (index, text) in arguments.set.iter().enumerate() {
        let said = Said::new("--set", index + 1, text);
        match set(&said, &there, resource) {
            Ok(line) => body.push(line),
            Err(mistake) => specs.add(&said, &[mistake]),
        }
    }
    specs.done(screen)?;

    let input = input.as_ref().map(|(spec, value)| (spec, value.as_str()));
    let word = word(&operation, input.map(|(spec, _)| spec), arguments.event.as_deref());
    edit_file(&mut house, &item, &operation, &word, input, body, &there)?;
    house.draft.generate(&house.package, screen)?;
    house.draft.finish(arguments.place.dry_run, screen)?;
    Ok(())
}

/// `operation(archive, input = ArchiveProduct, event = "archived")`
fn word(operation: &Name, input: Option<&Spec>, event: Option<&str>) -> String {
    let input = input.map(|spec| format!(", input = {}", spec.name.pascal)).unwrap_or_default();
    let event = event.map(|event| format!(", event = {:?}", event.to_snake_case())).unwrap_or_default();
    format!("operation({}{input}{event})", operation.snake)
}

fn edit_file(
    house: &mut House,
    item: &Item<model::Resource>,
    operation: &Name,
    word: &str,
    input: Option<(&Spec, &str)>,
    body: Vec<String>,
    there: &[Field],
) -> Result<(), Failure> {
    let resource = &item.model;
    let path = item.file.clone();
    let text = house.draft.text(&path)?.unwrap_or_default();
    let traits = format!("{}Operations", resource.name);
    let method = method(operation, resource, input.map(|(spec, _)| spec), body, there, &text);
    let by_hand = format!(
        "#[resource(.., {word})]\n{}\nimpl {traits} for {} {{\n{method}\n}}",
        input.map_or_else(String::new, |(_, value)| format!("\n{value}\n")),
        resource.name
    );
    if let Some(said) = edit::operation(&text, &resource.name, &operation.snake) {
        let same = said.replace(' ', "") == word.replace(' ', "");
        if same {
            return Ok(());
        }
        let why = format!(
            "`{}` has an operation `{}` already, and it is another one (`{}`)",
            resource.singular,
            operation.snake,
            said.replace(" (", "(")
        );
        return Err(house.draft.refuse(&path, &why, &by_hand));
    }
    if !text.contains("fourfold::prelude::*") {
        return Err(house.draft.refuse(&path, "it does not say `use fourfold::prelude::*;`", &by_hand));
    }
    if !resource.operations.is_empty() && !edit::has_implementation(&text, &traits, &resource.name) {
        let why = format!("`impl {traits} for {}` is in another file", resource.name);
        return Err(house.draft.refuse(&path, &why, &by_hand));
    }
    house.draft.edit(&path, &by_hand, true, |text| add_word(text, &resource.name, word))?;
    if let Some((spec, value)) = input {
        if edit::defines(&text, &spec.name.pascal) {
            let why = format!("it has a `{}` already", spec.name.pascal);
            return Err(house.draft.refuse(&path, &why, &by_hand));
        }
        house.draft.edit(&path, &by_hand, true, |text| add_item(text, value))?;
    }
    house.draft.edit(&path, &by_hand, true, |text| {
        add_method(text, &traits, &resource.name, &operation.snake, &method)
    })
}

/// The method: it stores what the input says of fields that the resource has.
fn method(
    operation: &Name,
    resource: &model::Resource,
    input: Option<&Spec>,
    mut body: Vec<String>,
    there: &[Field],
    text: &str,
) -> String {
    let mut used = false;
    for field in input.iter().flat_map(|spec| &spec.fields) {
        let Some(own) = there.iter().find(|own| own.name == field.name) else { continue };
        let alike = own.element == field.element && own.many == field.many && field.choice == own.choice;
        if !alike || (field.optional && !own.optional) {
            continue;
        }
        let ident = field.ident();
        let value = if own.optional && !field.optional {
            format!("Some(input.{ident})")
        } else {
            format!("input.{ident}")
        };
        body.push(format!("self.{ident} = {value};"));
        used = true;
    }
    // A struct of the user's own may be called so.
    let result = if edit::defines(text, "Result") { "fourfold::Result" } else { "Result" };
    let error = if edit::defines(text, "Error") { "fourfold::Error" } else { "Error" };
    let context = if edit::defines(text, "Context") { "fourfold::Context" } else { "Context" };
    let end = if body.is_empty() {
        let words = resource.singular.replace('_', " ");
        format!(
            "        // What it does is yours to write; until then callers are refused.\n        \
             Err({error}::failed_precondition(\"`{}` of {} is not written yet\"))",
            operation.snake,
            with_article(&words)
        )
    } else {
        "        Ok(())".to_owned()
    };
    let lines = body.iter().map(|line| format!("        {line}\n")).collect::<Vec<_>>().concat();
    let argument = input.map(|spec| {
        let name = if used { "input" } else { "_input" };
        format!(", {name}: {}", spec.name.pascal)
    });
    format!(
        "    async fn {}(&mut self, _ctx: &{context}{}) -> {result}<()> {{\n{lines}{end}\n    }}",
        operation.snake,
        argument.unwrap_or_default()
    )
}

/// `status=archived` as a statement.
fn set(said: &Said, there: &[Field], resource: &model::Resource) -> Result<String, Mistake> {
    let text = &said.text;
    let Some((name, value)) = text.split_once('=') else {
        return Err(Mistake::new(
            0..text.len(),
            "it says no value",
            "write a field and a value: status=archived",
        ));
    };
    let Some(field) = there.iter().find(|field| field.name == name.trim()) else {
        let names: Vec<&str> = there.iter().map(|field| field.name.as_str()).collect();
        let message = format!("`{}` has no field `{}` that could be set", resource.singular, name.trim());
        return Err(Mistake::new(0..name.len(), message, format!("it has {}", names.join(", "))));
    };
    let span = name.len() + 1..text.len();
    let value = field.expression(&resource.name, value.trim(), &span)?;
    Ok(match value.strip_suffix(".to_owned()") {
        // As clippy has it.
        Some(literal) if !field.optional => format!("{literal}.clone_into(&mut self.{});", field.ident()),
        _ => format!("self.{} = {value};", field.ident()),
    })
}

/// The fields of the resource that an operation may set, as specs have them.
fn fields(house: &House, item: &Item<model::Resource>) -> Vec<Field> {
    let package = house.catalog.packages.iter().find(|package| package.name == item.model.package);
    let of = |field: &model::Field| {
        if field.role != model::Role::Plain {
            return None;
        }
        let (element, choice) = match &field.shape.element {
            model::Element::Scalar(scalar) => (Element::Scalar(*scalar), None),
            model::Element::Named(path) => match package?.resolve(path)? {
                Named::Choice(choice) => {
                    let variants = choice.variants.iter().map(|variant| variant.name.clone()).collect();
                    (Element::Choice(variants), Some(path.replace(' ', "")))
                }
                Named::Value(_) => return None,
            },
        };
        Some(Field {
            name: field.name.clone(),
            element,
            many: match field.shape.many {
                model::Many::One => Many::One,
                model::Many::List => Many::List,
                model::Many::Map => Many::Map,
            },
            optional: field.shape.optional,
            words: Vec::new(),
            rules: Vec::new(),
            choice,
            default: None,
            span: 0..0,
        })
    };
    item.model.fields.iter().filter_map(of).collect()
}
