//! From texts of the command line to specs, with all that is wrong in them at once.

use std::ops::Range;
use std::path::PathBuf;

use fourfold_codegen::report::Report;
use fourfold_codegen::source::{Files, cfg::Listed};
use syn::DeriveInput;

use crate::failure::Failure;
use crate::scaffold::known::Known;
use crate::scaffold::resource::{self, Made};
use crate::screen::Screen;
use crate::spec::{Element, Many, Mistake, Said, Spec};

/// Specs and the mistakes of all of them.
#[derive(Debug, Default)]
pub(crate) struct Specs {
    pub(crate) specs: Vec<Spec>,
    pub(crate) reports: Vec<Report>,
}

impl Specs {
    /// Reads resources, each said with `place`.
    pub(crate) fn resources(place: &str, texts: &[String]) -> Self {
        let mut all = Self::default();
        for (index, text) in texts.iter().enumerate() {
            let said = Said::new(place, index + 1, text);
            let (spec, mistakes) = Spec::resource(said.clone());
            all.add(&said, &mistakes);
            let Some(spec) = spec else { continue };
            let same = |other: &&Spec| {
                other.name.snake == spec.name.snake || other.name.plural() == spec.name.plural()
            };
            if let Some(other) = all.specs.iter().find(same) {
                let message =
                    format!("`{}` and `{}` are the same resource", other.name.snake, spec.name.snake);
                let report = spec.said.at(&spec.name_span, &message);
                all.reports.push(report.help("put their fields together, or write another name"));
                continue;
            }
            all.specs.push(spec);
        }
        all
    }

    /// What is wrong in a text.
    pub(crate) fn add(&mut self, said: &Said, mistakes: &[Mistake]) {
        self.reports.extend(mistakes.iter().map(|mistake| said.report(mistake)));
    }

    /// Checks resources as a struct is checked, each by the file that is made of it.
    pub(crate) fn check(&mut self, prefix: &str, known: &[Known]) {
        for index in 0..self.specs.len() {
            let spec = &self.specs[index];
            let Made { text, mistakes } = resource::resource(spec, prefix, known);
            let mut reports: Vec<Report> = mistakes.iter().map(|mistake| spec.said.report(mistake)).collect();
            let path = PathBuf::from("src/resources/one.rs");
            let source = Files::of(std::slice::from_ref(&path), [(path.clone(), text.clone())]);
            for report in source.source(&Listed::host()).reports {
                let line = report.places.first().map_or(1, |label| label.place.line);
                let place = resource::origin(&text, line, spec);
                let mut placed = spec.said.at(&place, &report.message);
                placed.help = report.help;
                // A default that is wrong is known already, and so is what follows from it.
                if !reports.iter().any(|other| other.places == placed.places) {
                    reports.push(placed);
                }
            }
            self.reports.extend(reports);
        }
        self.reports.extend(self.specs.iter().filter_map(|spec| plural_of_another(spec, known)));
        self.reports.extend(self.specs.iter().filter_map(|spec| circle(spec, &self.specs)));
    }

    /// Checks the fields of an input or a task, by the struct that is made of them. `beside` is what else was said,
    /// and how it is written there.
    pub(crate) fn check_struct(&mut self, spec: &Spec, text: &str, beside: &[(Said, String)], task: bool) {
        let Ok(file) = syn::parse_file(text) else { return };
        let attribute = if task { "Task" } else { "Value" };
        let made = file.items.iter().find_map(|item| match item {
            syn::Item::Struct(item) if item.ident == spec.name.pascal => {
                Some(DeriveInput::from(item.clone()))
            }
            _ => None,
        });
        let Some(made) = made else { return };
        debug_assert!(text.contains(&format!("derive({attribute})")) || text.contains(attribute));
        let diagnostics =
            if task { fourfold_model::task(&made).errors } else { fourfold_model::value(&made).errors };
        for diagnostic in diagnostics {
            let message = diagnostic.message();
            let (message, help) = message.split_once("\nhelp: ").unwrap_or((&message, ""));
            let wrong = diagnostic.span().source_text();
            let other = beside.iter().find(|(_, written)| wrong.as_ref() == Some(written));
            let report = if let Some((said, _)) = other {
                said.at(&(0..said.text.len()), message)
            } else {
                let place = resource::origin(text, diagnostic.span().start().line, spec);
                spec.said.at(&place, message)
            };
            self.reports.push(if help.is_empty() { report } else { report.help(help) });
        }
    }

    /// Tells what is wrong, where something is.
    pub(crate) fn done(self, screen: &mut Screen) -> Result<Vec<Spec>, Failure> {
        if self.reports.is_empty() {
            return Ok(self.specs);
        }
        screen.reports(&self.reports);
        let count = self.reports.len();
        let mistakes = if count == 1 { "is a mistake" } else { "are mistakes" };
        Err(Failure::Mistakes(format!(
            "there {mistakes} in what was said ({count}); nothing has been written"
        )))
    }
}

/// `products` beside `product` is meant to be the same.
fn plural_of_another(spec: &Spec, known: &[Known]) -> Option<Report> {
    let own = spec.name.snake.replace('_', "-");
    let plural = |one: &Known| fourfold_model::kebab_plural(&fourfold_model::pascal(&one.snake));
    let other = known.iter().find(|one| one.snake != spec.name.snake && plural(one) == own)?;
    let message =
        format!("`{}` is the plural of `{}`, which is a resource already", spec.name.snake, other.snake);
    let help = "write another name: a resource is named in the singular";
    Some(spec.said.at(&spec.name_span, &message).help(help))
}

/// Resources that need each other: of none could there be a first one. It is said where the first of them was said.
fn circle(first: &Spec, specs: &[Spec]) -> Option<Report> {
    let needs = |spec: &Spec| -> Vec<(String, Range<usize>)> {
        let required = spec.fields.iter().filter(|field| !field.optional && field.many == Many::One);
        let targets = required.filter_map(|field| match &field.element {
            Element::Reference(target, span) => {
                Some((fourfold_model::snake(target.rsplit('.').next().unwrap_or(target)), span.clone()))
            }
            _ => None,
        });
        targets.filter(|(target, _)| *target != spec.name.snake).collect()
    };
    let named = |name: &str| specs.iter().find(|spec| spec.name.snake == name);
    for (target, span) in needs(first) {
        let mut way = vec![target];
        let mut next = 0;
        while let Some(spec) = way.get(next).and_then(|name| named(name)) {
            next += 1;
            // Whoever was said first speaks for all of them.
            if position(specs, &spec.name.snake) < position(specs, &first.name.snake) {
                continue;
            }
            let targets = needs(spec);
            if targets.iter().any(|(name, _)| *name == first.name.snake) {
                let message = format!(
                    "`{}` needs a `{}`, and that in the end needs a `{0}`: there could be no first one",
                    first.name.snake, way[0]
                );
                return Some(first.said.at(&span, &message).help("write ? after one of these references"));
            }
            for (name, _) in targets {
                if !way.contains(&name) {
                    way.push(name);
                }
            }
        }
    }
    None
}

fn position(specs: &[Spec], name: &str) -> Option<usize> {
    specs.iter().position(|spec| spec.name.snake == name)
}

/// What a person should know about names.
pub(crate) fn note_plurals(specs: &[Spec], notes: &mut Vec<String>) {
    for spec in specs.iter().filter(|spec| spec.name.looks_plural()) {
        notes.push(format!(
            "`{}` looks like a plural, and its path is /{}: a resource is named in the singular",
            spec.name.snake,
            spec.name.plural()
        ));
    }
}
