//! The grammar of AIP-160: what stands side by side must all hold, and `OR` binds tighter than `AND`.

use super::fields::{Wrong, shown};
use super::scan::{Scanner, Syntax};
use super::{Condition, restriction};
use crate::descriptor::Descriptor;
use crate::input::Violations;

const MAX_CHARACTERS: usize = 2000;
const MAX_DEPTH: usize = 32;
/// How many comparisons a list may ask for.
pub(super) const MAX_RESTRICTIONS: usize = 100;

/// The name of the parameter, to which violations point.
const FILTER: &str = "filter";

/// Reads a filter; `None` where there is none, or where something is wrong with it.
pub(super) fn parse(
    descriptor: &'static Descriptor,
    filter: &str,
    violations: &mut Violations,
) -> Option<Condition> {
    if filter.trim_start().is_empty() {
        return None;
    }
    if filter.chars().nth(MAX_CHARACTERS).is_some() {
        violations.push_named(FILTER, "length", format!("must have at most {MAX_CHARACTERS} characters"));
        return None;
    }
    let mut parser = Parser {
        descriptor,
        scanner: Scanner::new(filter),
        violations,
        depth: 0,
        restrictions: 0,
        failed: false,
    };
    match parser.whole() {
        Ok(condition) => (!parser.failed).then_some(condition),
        Err(Syntax { code, message }) => {
            violations.push_named(FILTER, code, message);
            None
        }
    }
}

struct Parser<'a> {
    descriptor: &'static Descriptor,
    scanner: Scanner<'a>,
    violations: &'a mut Violations,
    depth: usize,
    restrictions: usize,
    /// Whether a restriction is wrong in a way that the rest can still be read.
    failed: bool,
}

impl Parser<'_> {
    fn whole(&mut self) -> Result<Condition, Syntax> {
        let condition = self.expression()?;
        match self.scanner.peek() {
            None => Ok(condition),
            Some(_) => Err(self.scanner.wrong("syntax", "this parenthesis closes none")),
        }
    }

    /// Up to the end or a closing parenthesis.
    fn expression(&mut self) -> Result<Condition, Syntax> {
        let mut all = vec![self.factor()?];
        loop {
            self.scanner.skip_space();
            if matches!(self.scanner.peek(), None | Some(')')) {
                return Ok(one_or(all, Condition::And));
            }
            self.scanner.eat_keyword("AND");
            all.push(self.factor()?);
        }
    }

    fn factor(&mut self) -> Result<Condition, Syntax> {
        let mut any = vec![self.term()?];
        loop {
            self.scanner.skip_space();
            if !self.scanner.eat_keyword("OR") {
                return Ok(one_or(any, Condition::Or));
            }
            any.push(self.term()?);
        }
    }

    fn term(&mut self) -> Result<Condition, Syntax> {
        self.scanner.skip_space();
        if self.scanner.eat_keyword("NOT") || self.scanner.eat('-') {
            self.scanner.skip_space();
            return Ok(Condition::Not(Box::new(self.simple()?)));
        }
        self.simple()
    }

    fn simple(&mut self) -> Result<Condition, Syntax> {
        if self.scanner.peek() != Some('(') {
            return self.restriction();
        }
        if self.depth == MAX_DEPTH {
            let message = format!("parentheses may be nested {MAX_DEPTH} deep at most");
            return Err(self.scanner.wrong("depth", message));
        }
        self.scanner.next();
        self.depth += 1;
        let inner = self.expression()?;
        self.depth -= 1;
        if !self.scanner.eat(')') {
            return Err(self.scanner.wrong("syntax", "a closing parenthesis is missing"));
        }
        Ok(inner)
    }

    fn restriction(&mut self) -> Result<Condition, Syntax> {
        self.restrictions += 1;
        if self.restrictions > MAX_RESTRICTIONS {
            let message = format!("a filter may have {MAX_RESTRICTIONS} comparisons at most");
            return Err(self.scanner.wrong("length", message));
        }
        let before = self.scanner.wrong("syntax", "a comparison is expected here, such as id = \"..\"");
        let name = self.scanner.word();
        if name.is_empty() || matches!(name, "AND" | "OR" | "NOT") {
            return Err(before);
        }
        if self.scanner.peek() == Some('(') {
            return Err(self.scanner.wrong("unsupported", "functions are not supported"));
        }
        self.scanner.skip_space();
        let Some(sign) = self.scanner.sign() else {
            return Ok(self.refuse(name, &alone(name)));
        };
        self.scanner.skip_space();
        let literal = self.scanner.literal()?;
        if name.contains('.') {
            let message =
                "reaches into a nested value, which is not supported: filter by the resource's own fields";
            return Ok(self.refuse(name, &Wrong::new("unsupported", message)));
        }
        match restriction::condition(self.descriptor, name, sign, &literal) {
            Ok(condition) => Ok(condition),
            Err(wrong) => Ok(self.refuse(name, &wrong)),
        }
    }

    /// Notes what is wrong and lets the rest be read. What stands in for the condition is never used.
    fn refuse(&mut self, name: &str, wrong: &Wrong) -> Condition {
        self.failed = true;
        self.violations.push_named(FILTER, wrong.code, format!("{} {}", shown(name), wrong.message));
        Condition::And(Vec::new())
    }
}

fn alone(name: &str) -> Wrong {
    let message = match name {
        "and" | "or" | "not" | "And" | "Or" | "Not" => {
            "is not a word of filters: write AND, OR and NOT in capitals"
        }
        _ => "stands alone: write field = value, and put text with spaces in double quotes",
    };
    Wrong::new("syntax", message)
}

fn one_or(mut conditions: Vec<Condition>, many: fn(Vec<Condition>) -> Condition) -> Condition {
    match (conditions.len(), conditions.pop()) {
        (1, Some(one)) => one,
        (_, last) => {
            conditions.extend(last);
            many(conditions)
        }
    }
}
