//! The text of a migration as steps.

use crate::fnv1a;

/// Statements that are done together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// Whether they run outside of a transaction, one by one.
    pub(crate) alone: bool,
    /// What is to be run.
    pub(crate) text: String,
}

const MARK: &str = "-- step:";

/// The steps of a text; what is wrong with it.
pub(crate) fn steps(text: &str) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    let mut step = Step { alone: false, text: String::new() };
    for (index, line) in text.lines().enumerate() {
        if let Some(said) = line.trim().strip_prefix(MARK) {
            let alone = match said.trim() {
                "in a transaction" => false,
                "outside of a transaction" => true,
                other => {
                    return Err(format!(
                        "line {}: `{MARK} {other}` is no step: write `{MARK} in a transaction` or `{MARK} outside of a \
                         transaction`",
                        index + 1
                    ));
                }
            };
            steps.push(std::mem::replace(&mut step, Step { alone, text: String::new() }));
            continue;
        }
        // A comment outside of a statement is for people: it may change after the file has been applied.
        if step.text.is_empty() && (line.trim().is_empty() || line.trim_start().starts_with("--")) {
            continue;
        }
        step.text.push_str(line.trim_end());
        step.text.push('\n');
    }
    steps.push(step);
    for step in &mut steps {
        step.text.truncate(step.text.trim_end().len());
    }
    steps.retain(|step| !step.text.is_empty());
    Ok(steps)
}

impl Step {
    /// The statements of a step that runs outside of a transaction: each ends with a semicolon at the end of a line.
    #[cfg(feature = "postgres")]
    pub(crate) fn statements(&self) -> Vec<String> {
        let mut statements = Vec::new();
        let mut statement = String::new();
        for line in self.text.lines() {
            statement.push_str(line);
            statement.push('\n');
            if line.ends_with(';') {
                statements.push(std::mem::take(&mut statement));
            }
        }
        statements.push(statement);
        statements.retain(|statement| !statement.trim().is_empty());
        statements
    }
}

/// A sum of what has been done: two lists of steps with the same sum are the same.
pub(crate) fn checksum(steps: &[Step]) -> String {
    let mut bytes = Vec::new();
    for step in steps {
        bytes.push(u8::from(step.alone));
        bytes.extend_from_slice(step.text.as_bytes());
        bytes.push(0);
    }
    format!("{:016x}", fnv1a(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_without_a_mark_is_one_transaction() {
        let steps =
            steps("-- about\n\nCREATE TABLE a (id INT);\n-- inside\nDROP TABLE b;\n\n").expect("steps");
        let text = "CREATE TABLE a (id INT);\n-- inside\nDROP TABLE b;".to_owned();
        assert_eq!(steps, [Step { alone: false, text }]);
    }

    #[test]
    fn marks_make_steps_and_what_is_empty_is_none() {
        let text = "-- head\r\n-- step: in a transaction\r\nA;\r\n\r\n-- step: outside of a transaction\r\nB;\r\nC\r\nD;\r\n-- step: in a transaction\r\n";
        let steps = steps(text).expect("steps");
        assert_eq!(steps.iter().map(|step| step.alone).collect::<Vec<_>>(), [false, true]);
        #[cfg(feature = "postgres")]
        assert_eq!(steps[1].statements(), ["B;\n", "C\nD;\n"]);
        assert!(
            super::steps("-- step: sometime\nA;").expect_err("a mistake").contains("`-- step: sometime`")
        );
    }

    #[test]
    fn the_sum_is_of_what_is_run_and_of_nothing_else() {
        let of = |text: &str| checksum(&steps(text).expect("steps"));
        assert_eq!(of("-- one head\n-- step: in a transaction\nA;"), of("-- another\r\n\r\nA;\r\n"));
        assert_ne!(of("A;"), of("B;"));
        assert_ne!(of("-- step: outside of a transaction\nA;"), of("A;"));
    }
}
