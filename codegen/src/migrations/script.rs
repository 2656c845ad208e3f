//! A migration as a file: a head for people, and steps for the runner.

/// What a migration does on one engine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Script {
    pub(super) steps: Vec<Step>,
    /// What can hurt, each with a way out.
    pub(super) hazards: Vec<String>,
}

/// Statements that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// Whether they run outside of a transaction, one by one; all of them again where one fails.
    pub(super) alone: bool,
    pub(super) statements: Vec<String>,
}

/// What begins a step that is one transaction.
const TOGETHER: &str = "-- step: in a transaction";
/// What begins a step whose statements run by themselves.
const ALONE: &str = "-- step: outside of a transaction";

impl Script {
    /// A statement in the transaction that is being written.
    pub(super) fn together(&mut self, statement: impl Into<String>) {
        match self.steps.last_mut() {
            Some(step) if !step.alone => step.statements.push(statement.into()),
            _ => self.steps.push(Step { alone: false, statements: vec![statement.into()] }),
        }
    }

    /// Begins a new transaction, where there is one.
    pub(super) fn commit(&mut self) {
        if self.steps.last().is_some_and(|step| !step.statements.is_empty()) {
            self.steps.push(Step { alone: false, statements: Vec::new() });
        }
    }

    /// Statements outside of a transaction.
    pub(super) fn alone(&mut self, statements: Vec<String>) {
        self.steps.push(Step { alone: true, statements });
    }

    pub(super) fn hazard(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !self.hazards.contains(&text) {
            self.hazards.push(text);
        }
    }

    /// The text of the file.
    pub(super) fn render(&self, title: &str, engine: &str, by: &str, sentences: &[String]) -> String {
        let mut text = format!(
            "-- {title}, on {engine}. Written by `cargo fourfold {by}`; change it as you like until it has been applied.\n--\n"
        );
        text.push_str("-- What it does:\n");
        for sentence in sentences {
            wrapped(&mut text, sentence);
        }
        if !self.hazards.is_empty() {
            text.push_str("--\n-- Know before you run it:\n");
            for hazard in &self.hazards {
                wrapped(&mut text, hazard);
            }
        }
        for step in self.steps.iter().filter(|step| !step.statements.is_empty()) {
            text.push('\n');
            text.push_str(if step.alone { ALONE } else { TOGETHER });
            text.push('\n');
            for statement in &step.statements {
                text.push_str(statement);
                text.push_str(";\n");
            }
        }
        text
    }

    /// The statements alone.
    pub(super) fn statements(&self) -> String {
        let statements = self.steps.iter().flat_map(|step| &step.statements);
        statements.fold(String::new(), |text, statement| text + statement + ";\n")
    }
}

/// An item of a list in a comment, in lines of bearable length.
fn wrapped(text: &mut String, item: &str) {
    let mut line = String::from("--   *");
    for word in item.split_whitespace() {
        if line.chars().count() + word.chars().count() >= 118 {
            text.push_str(&line);
            text.push('\n');
            line = String::from("--    ");
        }
        line.push(' ');
        line.push_str(word);
    }
    text.push_str(&line);
    text.push('\n');
}
