//! What rows hold that are older than a column, as SQL.

use fourfold_model::model::{DefaultValue, Element, Field, Many, Role};
use fourfold_model::types::Scalar;
use syn::{Expr, Lit, UnOp};

use super::schema::ColumnRole;
use crate::catalog::{Named, Package};

/// An expression on both engines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sql {
    /// On SQLite.
    pub sqlite: String,
    /// On PostgreSQL.
    pub postgres: String,
    /// Whether SQLite takes it as the default of a column that is added.
    pub constant: bool,
}

impl Sql {
    /// The same constant on both.
    pub(super) fn same(text: &str) -> Self {
        Self { sqlite: text.to_owned(), postgres: text.to_owned(), constant: true }
    }

    fn text(text: &str) -> Self {
        Self { sqlite: quote(text), postgres: postgres_text(text), constant: true }
    }
}

/// A literal of text.
pub(super) fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A literal of text on PostgreSQL, whatever `standard_conforming_strings` says.
pub(super) fn postgres_text(text: &str) -> String {
    if text.contains('\\') { format!("E{}", quote(&text.replace('\\', "\\\\"))) } else { quote(text) }
}

/// What rows hold in a field that they have never been told, where the struct says it in a way that can be read without
/// running it: a literal, a variant, a constant that everybody knows.
pub(super) fn of(package: &Package, field: &Field, role: ColumnRole) -> Option<Sql> {
    match role {
        ColumnRole::Version { .. } => return Some(Sql::same("1")),
        ColumnRole::CreatedAt | ColumnRole::UpdatedAt => {
            return Some(Sql {
                sqlite: "(strftime('%Y-%m-%dT%H:%M:%f', 'now') || '000Z')".to_owned(),
                postgres: "now()".to_owned(),
                constant: false,
            });
        }
        ColumnRole::Plain | ColumnRole::Key | ColumnRole::DeletedAt => {}
    }
    match (&field.default, field.shape.many) {
        (Some(DefaultValue::Text(text)), Many::One) => match field.shape.element {
            Element::Scalar(Scalar::Decimal) => Some(Sql { sqlite: quote(text), ..Sql::same(text) }),
            _ => Some(Sql::text(text)),
        },
        (Some(DefaultValue::Expression(text)), Many::One) => {
            expression(package, &field.shape.element, &syn::parse_str(text).ok()?)
        }
        (Some(DefaultValue::Expression(text)), many) => {
            let text: String = text.split_whitespace().collect();
            let is_empty =
                ["vec![]", "Vec::new()", "BTreeMap::new()", "Default::default()"].contains(&text.as_str());
            is_empty.then(|| empty(many))
        }
        (None, Many::List | Many::Map) if !field.shape.optional => Some(empty(field.shape.many)),
        // What only the service may set begins as its first variant.
        (None, Many::One) if field.output_only && field.role == Role::Plain && !field.shape.optional => {
            match &field.shape.element {
                Element::Named(path) => match package.resolve(path)? {
                    Named::Choice(choice) => Some(Sql::text(&choice.variants.first()?.wire)),
                    Named::Value(_) => None,
                },
                Element::Scalar(_) => None,
            }
        }
        _ => None,
    }
}

fn empty(many: Many) -> Sql {
    Sql::same(if many == Many::Map { "'{}'" } else { "'[]'" })
}

fn expression(package: &Package, element: &Element, value: &Expr) -> Option<Sql> {
    match (element, value) {
        (_, Expr::Paren(inner)) => expression(package, element, &inner.expr),
        (_, Expr::Group(inner)) => expression(package, element, &inner.expr),
        (Element::Named(path), Expr::Path(variant)) => {
            let Named::Choice(choice) = package.resolve(path)? else { return None };
            let name = variant.path.segments.last()?.ident.to_string();
            let variant = choice.variants.iter().find(|variant| variant.name == name)?;
            Some(Sql::text(&variant.wire))
        }
        (Element::Scalar(Scalar::Bool), Expr::Lit(literal)) => {
            let Lit::Bool(value) = &literal.lit else { return None };
            let sqlite = if value.value { "1" } else { "0" };
            Some(Sql { sqlite: sqlite.to_owned(), ..Sql::same(if value.value { "TRUE" } else { "FALSE" }) })
        }
        (Element::Scalar(Scalar::Decimal), Expr::Path(path)) => {
            match path.path.segments.last()?.ident.to_string().as_str() {
                "ZERO" => Some(Sql { sqlite: "'0'".to_owned(), ..Sql::same("0") }),
                "ONE" => Some(Sql { sqlite: "'1'".to_owned(), ..Sql::same("1") }),
                _ => None,
            }
        }
        (Element::Scalar(Scalar::String), Expr::Call(call)) => {
            let text = quote::ToTokens::to_token_stream(call).to_string().replace(' ', "");
            (text == "String::new()").then(|| Sql::text(""))
        }
        (Element::Scalar(Scalar::Duration), Expr::Call(call)) => duration(call),
        (Element::Scalar(scalar), value) => number(*scalar, value),
        _ => None,
    }
}

/// `Duration::from_secs(60)`, in microseconds.
fn duration(call: &syn::ExprCall) -> Option<Sql> {
    let Expr::Path(path) = &*call.func else { return None };
    let factor: u64 = match path.path.segments.last()?.ident.to_string().as_str() {
        "from_secs" => 1_000_000,
        "from_millis" => 1_000,
        "from_micros" => 1,
        "from_mins" => 60_000_000,
        "from_hours" => 3_600_000_000,
        _ => return None,
    };
    let Expr::Lit(literal) = call.args.first()? else { return None };
    let Lit::Int(number) = &literal.lit else { return None };
    let micros = number.base10_parse::<u64>().ok()?.checked_mul(factor)?;
    Some(Sql::same(&i64::try_from(micros).ok()?.to_string()))
}

fn number(scalar: Scalar, value: &Expr) -> Option<Sql> {
    let (sign, value) = match value {
        Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) => ("-", &*unary.expr),
        other => ("", other),
    };
    let Expr::Lit(literal) = value else { return None };
    let digits = match &literal.lit {
        Lit::Int(number) => number.base10_digits(),
        Lit::Float(number) => number.base10_digits(),
        _ => return None,
    };
    match scalar {
        // All of its range is kept, as text that sorts like the numbers.
        Scalar::U64 => Some(Sql { sqlite: quote(&format!("{digits:0>20}")), ..Sql::same(digits) }),
        _ if scalar.is_number() && scalar != Scalar::Decimal => Some(Sql::same(&format!("{sign}{digits}"))),
        _ => None,
    }
}
