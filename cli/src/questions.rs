//! Asks for resources, where there is a terminal and nothing was said.

use std::io::IsTerminal as _;

use inquire::validator::Validation;
use inquire::{InquireError, Text};

use crate::failure::Failure;
use crate::spec::{Said, Spec};

/// The resources as they were typed.
pub(crate) fn resources() -> Result<Vec<String>, Failure> {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Err(Failure::Trouble(
            "no resource is said: --resource 'product: name:string price:decimal'; `cargo fourfold new --help` has the \
             grammar"
                .to_owned(),
        ));
    }
    let mut texts = Vec::new();
    loop {
        let (prompt, help) = if texts.is_empty() {
            ("A resource and its fields:", "product: sku:string!unique name:string price:decimal stock:i32?")
        } else {
            ("Another one:", "author_id:references(author) points to another; nothing ends it")
        };
        let one_is_there = !texts.is_empty();
        let validator = move |text: &str| {
            if text.trim().is_empty() && one_is_there {
                return Ok(Validation::Valid);
            }
            let (_, mistakes) = Spec::resource(Said::new("", 1, text));
            let told: Vec<String> =
                mistakes.iter().map(|mistake| format!("{}: {}", mistake.message, mistake.help)).collect();
            Ok(if told.is_empty() { Validation::Valid } else { Validation::Invalid(told.join("; ").into()) })
        };
        let said = Text::new(prompt).with_help_message(help).with_validator(validator).prompt();
        match said {
            Ok(text) if text.trim().is_empty() => return Ok(texts),
            Ok(text) => texts.push(text),
            Err(InquireError::OperationCanceled | InquireError::OperationInterrupted) => {
                return Err(Failure::Trouble("cancelled; nothing has been written".to_owned()));
            }
            Err(error) => return Err(Failure::Trouble(format!("the terminal can't be asked: {error}"))),
        }
    }
}
