//! SQL expressions of others, as far as a struct can say them: checks as rules and choices, defaults as literals.

use super::tokens::{Token, tokens};

/// What a check says of one column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// It is one of these.
    OneOf(Vec<String>),
    /// It is a number within these bounds, each with whether it is one that the number may have.
    Range { min: Option<(String, bool)>, max: Option<(String, bool)> },
    /// It has so many characters.
    Length { min: Option<u64>, max: Option<u64> },
}

/// What rows get that say nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Default {
    Null,
    Text(String),
    Number(String),
    Bool(bool),
    /// The moment.
    Now,
    /// A new UUID, or the next number.
    Made,
    Other,
}

/// An expression as a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Tree {
    Column(String),
    /// How many characters a column has.
    LengthOf(String),
    Text(String),
    Number(String),
    IsNull(String),
    Is(String, Rule),
    And(Vec<Tree>),
    Or(Vec<Tree>),
}

struct Reader {
    tokens: std::iter::Peekable<std::vec::IntoIter<Token>>,
}

impl Reader {
    fn word(&mut self, word: &str) -> bool {
        self.tokens.next_if(|token| token.is_word(word)).is_some()
    }

    fn sign(&mut self, sign: &'static str) -> bool {
        self.tokens.next_if_eq(&Token::Sign(sign)).is_some()
    }

    fn any(&mut self) -> Option<Tree> {
        let mut all = vec![self.every()?];
        while self.word("OR") {
            all.push(self.every()?);
        }
        if all.len() == 1 { all.pop() } else { Some(Tree::Or(all)) }
    }

    fn every(&mut self) -> Option<Tree> {
        let mut all = vec![self.one()?];
        while self.word("AND") {
            all.push(self.one()?);
        }
        if all.len() == 1 { all.pop() } else { Some(Tree::And(all)) }
    }

    fn one(&mut self) -> Option<Tree> {
        let left = self.operand()?;
        if matches!(left, Tree::And(_) | Tree::Or(_) | Tree::Is(..) | Tree::IsNull(_)) {
            return Some(left);
        }
        if self.word("IS") {
            let Tree::Column(column) = left else { return None };
            return self.word("NULL").then_some(Tree::IsNull(column));
        }
        if self.word("IN") {
            let Tree::Column(column) = left else { return None };
            return Some(Tree::Is(column, Rule::OneOf(self.list("(", ")")?)));
        }
        if self.word("BETWEEN") {
            let min = self.operand()?;
            let max = self.word("AND").then(|| self.operand())??;
            let bounds = [compared(left.clone(), ">=", min)?, compared(left, "<=", max)?];
            return Some(Tree::And(bounds.to_vec()));
        }
        let Some(Token::Sign(sign)) =
            self.tokens.next_if(|token| matches!(token, Token::Sign("=" | "==" | "<" | ">" | "<=" | ">=")))
        else {
            return Some(left);
        };
        if self.word("ANY") {
            let Tree::Column(column) = left else { return None };
            let mut depth = 0;
            while self.sign("(") {
                depth += 1;
            }
            let list = self.word("ARRAY").then(|| self.list("[", "]"))??;
            (0..depth).all(|_| self.sign(")")).then_some(())?;
            return (sign == "=").then_some(Tree::Is(column, Rule::OneOf(list)));
        }
        let right = self.operand()?;
        compared(left, sign, right)
    }

    fn operand(&mut self) -> Option<Tree> {
        if self.sign("(") {
            let inner = self.any()?;
            return self.sign(")").then_some(inner);
        }
        if self.sign("-") {
            let Some(Token::Number(number)) = self.tokens.next() else { return None };
            return Some(Tree::Number(format!("-{number}")));
        }
        match self.tokens.next()? {
            Token::Text(text) => Some(Tree::Text(text)),
            Token::Number(number) => Some(Tree::Number(number)),
            Token::Name { text, quoted } => {
                if !quoted && self.sign("(") {
                    let is_length = ["length", "char_length", "character_length"]
                        .iter()
                        .any(|it| text.eq_ignore_ascii_case(it));
                    let Tree::Column(column) = self.any()? else { return None };
                    return (self.sign(")") && is_length).then_some(Tree::LengthOf(column));
                }
                Some(Tree::Column(text))
            }
            Token::Sign(_) => None,
        }
    }

    fn list(&mut self, open: &'static str, close: &'static str) -> Option<Vec<String>> {
        self.sign(open).then_some(())?;
        let mut values = Vec::new();
        loop {
            let Tree::Text(text) = self.operand()? else { return None };
            values.push(text);
            if self.sign(close) {
                return Some(values);
            }
            self.sign(",").then_some(())?;
        }
    }
}

fn compared(left: Tree, sign: &str, right: Tree) -> Option<Tree> {
    match (left, right) {
        (Tree::Column(column), Tree::Text(text)) if sign == "=" || sign == "==" => {
            Some(Tree::Is(column, Rule::OneOf(vec![text])))
        }
        // PostgreSQL writes numbers of numeric columns as texts with a cast.
        (Tree::Column(column), Tree::Number(number) | Tree::Text(number)) => {
            let is_number = number.trim_start_matches('-').parse::<f64>().is_ok();
            let rule = match sign {
                ">" => Rule::Range { min: Some((number, false)), max: None },
                ">=" => Rule::Range { min: Some((number, true)), max: None },
                "<" => Rule::Range { min: None, max: Some((number, false)) },
                "<=" => Rule::Range { min: None, max: Some((number, true)) },
                _ => return None,
            };
            is_number.then_some(Tree::Is(column, rule))
        }
        (Tree::LengthOf(column), Tree::Number(number)) => {
            let number: u64 = number.parse().ok()?;
            let (min, max) = match sign {
                ">" => (Some(number.checked_add(1)?), None),
                ">=" => (Some(number), None),
                "<" => (None, Some(number.checked_sub(1)?)),
                "<=" => (None, Some(number)),
                _ => (Some(number), Some(number)),
            };
            Some(Tree::Is(column, Rule::Length { min, max }))
        }
        _ => None,
    }
}

/// What a check says, column by column; `None` where a struct can't say it.
pub(super) fn rules(check: &str) -> Option<Vec<(String, Rule)>> {
    let mut reader = Reader { tokens: tokens(check)?.into_iter().peekable() };
    let tree = reader.any()?;
    if reader.tokens.next().is_some() {
        return None;
    }
    let mut out = Vec::new();
    gather(tree, &mut out).then_some(out)
}

fn gather(tree: Tree, out: &mut Vec<(String, Rule)>) -> bool {
    match tree {
        Tree::Is(column, rule) => {
            out.push((column, rule));
            true
        }
        Tree::And(all) => all.into_iter().all(|one| gather(one, out)),
        Tree::Or(all) => {
            // A value or null is what a nullable field says; and several values are several equalities.
            let mut values = Vec::new();
            let mut about: Option<String> = None;
            let mut single = None;
            for one in all {
                let (column, rule) = match one {
                    Tree::IsNull(column) => (column, None),
                    Tree::Is(column, rule) => (column, Some(rule)),
                    _ => return false,
                };
                if about.get_or_insert_with(|| column.clone()) != &column {
                    return false;
                }
                match rule {
                    None => {}
                    Some(Rule::OneOf(more)) => values.extend(more),
                    Some(rule) if single.is_none() => single = Some(rule),
                    Some(_) => return false,
                }
            }
            let rule = match (values.is_empty(), single) {
                (true, Some(rule)) => rule,
                (false, None) => Rule::OneOf(values),
                _ => return false,
            };
            about.map(|column| out.push((column, rule))).is_some()
        }
        _ => false,
    }
}

/// A default as it is in the catalog.
pub(super) fn default(text: &str) -> Default {
    let Some(mut all) = tokens(text) else { return Default::Other };
    while all.len() > 2 && all.first() == Some(&Token::Sign("(")) && all.last() == Some(&Token::Sign(")")) {
        all.remove(0);
        all.pop();
    }
    let word = |token: &Token, words: &[&str]| words.iter().any(|word| token.is_word(word));
    match all.as_slice() {
        // SQLite takes a name in double quotes for a text.
        [Token::Text(text) | Token::Name { text, quoted: true }] => Default::Text(text.clone()),
        [Token::Number(number)] | [Token::Sign("+"), Token::Number(number)] => {
            Default::Number(number.clone())
        }
        [Token::Sign("-"), Token::Number(number)] => Default::Number(format!("-{number}")),
        [one] if word(one, &["null"]) => Default::Null,
        [one] if word(one, &["true"]) => Default::Bool(true),
        [one] if word(one, &["false"]) => Default::Bool(false),
        [first, ..]
            if word(first, &["nextval", "gen_random_uuid", "uuid_generate_v4", "uuid_generate_v1"]) =>
        {
            Default::Made
        }
        [first, ..]
            if word(
                first,
                &[
                    "now",
                    "current_timestamp",
                    "localtimestamp",
                    "clock_timestamp",
                    "datetime",
                    "strftime",
                    "current_date",
                ],
            ) =>
        {
            Default::Now
        }
        _ => Default::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one_of(values: &[&str]) -> Rule {
        Rule::OneOf(values.iter().map(|value| (*value).to_owned()).collect())
    }

    #[test]
    fn lists_of_values_are_found_however_they_are_written() {
        for check in [
            "status IN ('a', 'b''c')",
            "\"status\" in ('a','b''c')",
            "((status)::text = ANY ((ARRAY['a'::character varying, 'b''c'::character varying])::text[]))",
            "(status = ANY (ARRAY['a'::text, 'b''c'::text]))",
            "status = 'a' OR (status = 'b''c')",
            "status IS NULL OR status IN ('a', 'b''c')",
        ] {
            assert_eq!(rules(check), Some(vec![("status".to_owned(), one_of(&["a", "b'c"]))]), "{check}");
        }
    }

    #[test]
    fn bounds_are_found_and_what_is_more_than_that_is_not_guessed() {
        let range = |min: Option<(&str, bool)>, max: Option<(&str, bool)>| {
            let own = |bound: Option<(&str, bool)>| bound.map(|(number, is)| (number.to_owned(), is));
            ("n".to_owned(), Rule::Range { min: own(min), max: own(max) })
        };
        assert_eq!(rules("n >= 0"), Some(vec![range(Some(("0", true)), None)]));
        assert_eq!(rules("(n > (0)::numeric)"), Some(vec![range(Some(("0", false)), None)]));
        let both = vec![range(Some(("1", true)), None), range(None, Some(("5", true)))];
        assert_eq!(rules("n BETWEEN 1 AND 5"), Some(both.clone()));
        assert_eq!(rules("((n >= 1) AND (n <= 5))"), Some(both));
        let length = Rule::Length { min: None, max: Some(9) };
        assert_eq!(rules("length((n)::text) < 10"), Some(vec![("n".to_owned(), length)]));
        for other in [
            "a < b",
            "n % 2 = 0",
            "n LIKE 'a%'",
            "lower(n) = n",
            "n IN (1, 2)",
            "a = 'x' OR b = 'y'",
            "",
            "n >",
        ] {
            assert_eq!(rules(other), None, "{other}");
        }
    }

    #[test]
    fn defaults_are_read() {
        for (text, value) in [
            ("'a b'::character varying", Default::Text("a b".to_owned())),
            ("\"a\"", Default::Text("a".to_owned())),
            ("('x')", Default::Text("x".to_owned())),
            ("-1.5", Default::Number("-1.5".to_owned())),
            ("'5'::bigint", Default::Text("5".to_owned())),
            ("now()", Default::Now),
            ("CURRENT_TIMESTAMP", Default::Now),
            ("nextval('a_id_seq'::regclass)", Default::Made),
            ("NULL::character varying", Default::Null),
            ("TRUE", Default::Bool(true)),
            ("lower('x')", Default::Other),
        ] {
            assert_eq!(default(text), value, "{text}");
        }
    }
}
