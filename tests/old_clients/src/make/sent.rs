//! What those send who have a definition.

use serde_json::{Map, Value, json};

use super::definition::{Definition, Field, Id};
use super::types::{Element, Which};
use crate::plan::{Body, Side};

#[derive(Clone, Copy, PartialEq)]
enum Form {
    Rest,
    Proto,
}

impl Definition {
    pub(super) fn side(&self) -> Side {
        let said = self.fields.iter().filter(|field| !field.output_only && !field.immutable);
        let updates = said.flat_map(|field| self.updates(field)).collect();
        let filters = self.fields.iter().filter(|field| field.filter);
        let orders = self.fields.iter().filter(|field| field.sort);
        Side {
            package: self.package(),
            name: self.name.clone(),
            path: format!("/v1/{}", self.path),
            seeds: self.creates(0),
            creates: self.creates(100),
            later: self.creates(200),
            sent: self.creates(300),
            updates,
            filters: filters.flat_map(|field| self.filter(field)).collect(),
            orders: orders.flat_map(|field| [field.name.clone(), format!("{} desc", field.name)]).collect(),
            operations: self.operations.iter().flat_map(|operation| self.calls(operation)).collect(),
            tasks: self.tasks(),
        }
    }

    /// Bodies of creates, numbered from `first` on.
    fn creates(&self, first: usize) -> Vec<Body> {
        let mut creates = vec![
            self.create(first, |_| true, Which::Usual),
            self.create(first + 1, Field::is_needed, Which::Usual),
            self.create(first + 2, |_| true, |_| Which::Low),
            self.create(first + 3, |_| true, |_| Which::High),
        ];
        let mut nulls = self.create(first + 4, |_| true, Which::Usual);
        for field in self.fields.iter().filter(|field| field.optional && !field.output_only) {
            nulls.rest.insert(field.name.clone(), Value::Null);
            nulls.proto.remove(&field.name);
        }
        for (said, form) in [(&mut nulls.rest, Form::Rest), (&mut nulls.proto, Form::Proto)] {
            for field in self.fields.iter().filter(|field| field.element == Element::Item) {
                said.get_mut(&field.name).into_iter().for_each(|value| self.without(value, form));
            }
        }
        creates.push(nulls);
        for status in 0..self.statuses.len() {
            creates.push(self.create(first + 5 + status, |_| true, |nth| Which::Usual(nth * 3 + status)));
        }
        creates
    }

    /// Takes out of items what may be null.
    fn without(&self, items: &mut Value, form: Form) {
        match items {
            Value::Array(items) => items.iter_mut().for_each(|item| self.without(item, form)),
            Value::Object(item) => {
                for field in self.item.iter().filter(|field| field.optional) {
                    match form {
                        Form::Rest => item.insert(field.name.clone(), Value::Null),
                        Form::Proto => item.remove(&field.name),
                    };
                }
            }
            _ => {}
        }
    }

    fn create(&self, nth: usize, says: impl Fn(&Field) -> bool, which: impl Fn(usize) -> Which) -> Body {
        let said = |form| {
            let mut said = Map::new();
            if self.id == Id::Text {
                said.insert("id".to_owned(), json!(format!("row-{nth}")));
            }
            for field in self.fields.iter().filter(|field| !field.output_only && says(field)) {
                let which = if field.unique { Which::Usual(nth) } else { which(nth) };
                said.insert(field.name.clone(), self.value(field, which, form));
            }
            said
        };
        Body { rest: said(Form::Rest), proto: said(Form::Proto) }
    }

    fn updates(&self, field: &Field) -> Vec<Body> {
        let whiches = if field.unique {
            vec![Which::Usual(77)]
        } else {
            vec![Which::Usual(77), Which::Low, Which::High]
        };
        let one = |which| {
            let said = |form| [(field.name.clone(), self.value(field, which, form))].into_iter().collect();
            Body { rest: said(Form::Rest), proto: said(Form::Proto) }
        };
        let mut out: Vec<Body> = whiches.into_iter().map(one).collect();
        if field.element == Element::Status {
            out.extend((0..self.statuses.len()).map(|nth| one(Which::Usual(nth))));
        }
        if field.optional {
            out.push(Body {
                rest: [(field.name.clone(), Value::Null)].into_iter().collect(),
                proto: Map::new(),
            });
        }
        out
    }

    fn filter(&self, field: &Field) -> Vec<String> {
        let value = self.element(field, Which::Usual(1), Form::Rest);
        vec![format!("{} = {value}", field.name), format!("{} = {value} OR text = \"x\"", field.name)]
    }

    fn calls(&self, operation: &super::definition::Operation) -> Vec<(String, Option<Body>)> {
        let Some(input) = &operation.input else { return vec![(operation.name.clone(), None)] };
        let fields = self.input(input);
        let bodies = self.objects(&fields);
        bodies.into_iter().map(|body| (operation.name.clone(), Some(body))).collect()
    }

    fn tasks(&self) -> Vec<(String, Value)> {
        let Some(task) = &self.task else { return Vec::new() };
        let bodies = self.objects(&task.fields).into_iter();
        bodies.map(|body| (task.name.clone(), Value::Object(body.rest))).collect()
    }

    /// Objects of these fields: whole, the least, with the limits, with nulls.
    fn objects(&self, fields: &[Field]) -> Vec<Body> {
        let one = |says: &dyn Fn(&Field) -> bool, which, null: bool| {
            let said = |form| {
                let said = fields.iter().filter(|field| says(field)).filter_map(|field| {
                    if null && field.optional {
                        return (form == Form::Rest).then(|| (field.name.clone(), Value::Null));
                    }
                    Some((field.name.clone(), self.value(field, which, form)))
                });
                said.collect()
            };
            Body { rest: said(Form::Rest), proto: said(Form::Proto) }
        };
        vec![
            one(&|_| true, Which::Usual(1), false),
            one(&Field::is_needed, Which::Usual(2), false),
            one(&|_| true, Which::Low, false),
            one(&|_| true, Which::High, false),
            one(&|_| true, Which::Usual(3), true),
        ]
    }

    fn value(&self, field: &Field, which: Which, form: Form) -> Value {
        if !field.list {
            return self.element(field, which, form);
        }
        let values = match which {
            Which::Low => Vec::new(),
            Which::High => vec![self.element(field, which, form); 3],
            Which::Usual(nth) => {
                vec![self.element(field, which, form), self.element(field, Which::Usual(nth + 1), form)]
            }
        };
        Value::Array(values)
    }

    fn element(&self, field: &Field, which: Which, form: Form) -> Value {
        match field.element {
            Element::Status => {
                let nth = match which {
                    Which::Usual(nth) => nth % self.statuses.len(),
                    Which::Low => 0,
                    Which::High => self.statuses.len() - 1,
                };
                let name = &self.statuses[nth];
                match form {
                    Form::Rest => json!(name.to_lowercase()),
                    Form::Proto => json!(format!("STATUS_{}", name.to_uppercase())),
                }
            }
            Element::Item => {
                let least = which == Which::Usual(77);
                let said = self.item.iter().filter(|field| !least || field.is_needed());
                Value::Object(
                    said.map(|field| (field.name.clone(), self.value(field, which, form))).collect(),
                )
            }
            scalar => scalar.sample(which, field.limits),
        }
    }
}
