//! Column types of others as field types, by the one type table, and what becomes of what is stored.

use fourfold_codegen::migrations::Engine;
use fourfold_model::ddl::quote;
use fourfold_model::types::Scalar;

/// The type of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mapped {
    pub(super) scalar: Scalar,
    pub(super) list: bool,
    /// The most characters.
    pub(super) most: Option<u64>,
    /// The digits behind the point.
    pub(super) scale: Option<u32>,
    /// The least and the greatest number that the column takes, where that is less than its field type does.
    pub(super) bounds: Option<(String, String)>,
    /// What is to be known of it.
    pub(super) note: Option<&'static str>,
}

impl Mapped {
    pub(super) const fn of(scalar: Scalar) -> Self {
        Self { scalar, list: false, most: None, scale: None, bounds: None, note: None }
    }

    fn with_note(scalar: Scalar, note: &'static str) -> Self {
        Self { note: Some(note), ..Self::of(scalar) }
    }

    /// As Rust writes it.
    pub(super) fn rust(&self) -> String {
        let name = self.scalar.info().rust;
        if self.list { format!("Vec<{name}>") } else { name.to_owned() }
    }
}

/// `varchar(20)` is `varchar` and 20; `numeric(10,2) unsigned` is `numeric unsigned`, 10 and 2.
fn parts(declared: &str) -> (String, Vec<u64>) {
    let lower = declared.to_ascii_lowercase();
    let (name, numbers) = match (lower.find('('), lower.rfind(')')) {
        (Some(open), Some(close)) if open < close => {
            (format!("{}{}", &lower[..open], &lower[close + 1..]), &lower[open + 1..close])
        }
        _ => (lower.clone(), ""),
    };
    let numbers = numbers.split(',').filter_map(|number| number.trim().parse().ok()).collect();
    (name.split_whitespace().collect::<Vec<_>>().join(" "), numbers)
}

const NO_TIME: &str = "a time of day has no field type: it is text";

/// The type of a column; `None` where no field type holds what is in it.
pub(super) fn of(engine: Engine, declared: &str) -> Option<Mapped> {
    let (name, numbers) = parts(declared);
    match engine {
        Engine::Sqlite => sqlite(&name, &numbers),
        Engine::Postgres => postgres(&name, &numbers),
    }
}

fn text(numbers: &[u64]) -> Mapped {
    Mapped { most: numbers.first().copied().filter(|most| *most > 0), ..Mapped::of(Scalar::String) }
}

fn decimal(numbers: &[u64]) -> Mapped {
    let scale = numbers.get(1).copied().or_else(|| numbers.first().map(|_| 0));
    Mapped { scale: scale.and_then(|scale| u32::try_from(scale).ok()), ..Mapped::of(Scalar::Decimal) }
}

/// Words of SQLite's integers, all of which have 64 bits. Its own rule is wider: a `point` has an `int` in it.
const INTEGERS: [&str; 11] = [
    "int",
    "integer",
    "bigint",
    "mediumint",
    "smallint",
    "tinyint",
    "int2",
    "int4",
    "int8",
    "int64",
    "serial",
];

/// What `numeric(10,2)` ends at: `99999999.99`.
fn bounds(numbers: &[u64]) -> Option<(String, String)> {
    let (digits, scale) = (*numbers.first()?, numbers.get(1).copied().unwrap_or(0));
    // Longer ones than a decimal of ours say nothing.
    if digits > 28 || scale > digits {
        return None;
    }
    let nines = |count: u64| "9".repeat(usize::try_from(count).unwrap_or_default());
    let whole = if digits == scale { "0".to_owned() } else { nines(digits - scale) };
    let most = if scale == 0 { whole } else { format!("{whole}.{}", nines(scale)) };
    Some((format!("-{most}"), most))
}

fn sqlite(name: &str, numbers: &[u64]) -> Option<Mapped> {
    Some(match name {
        "bool" | "boolean" => Mapped::of(Scalar::Bool),
        "tinyint" if numbers == [1] => Mapped::of(Scalar::Bool),
        "uuid" | "guid" => Mapped::of(Scalar::Uuid),
        "datetime"
        | "timestamp"
        | "timestamptz"
        | "timestamp with time zone"
        | "timestamp without time zone" => Mapped::of(Scalar::Timestamp),
        "date" => Mapped::of(Scalar::Date),
        "time" => Mapped::with_note(Scalar::String, NO_TIME),
        "json" | "jsonb" => Mapped::of(Scalar::Json),
        "decimal" | "numeric" | "number" | "money" => decimal(numbers),
        "string" => text(numbers),
        _ if name.split(' ').any(|word| INTEGERS.contains(&word)) => Mapped::of(Scalar::I64),
        _ if ["char", "clob", "text"].iter().any(|part| name.contains(part)) => text(numbers),
        _ if name.contains("blob") || name.contains("binary") || name == "bytea" => Mapped::of(Scalar::Bytes),
        _ if ["real", "floa", "doub"].iter().any(|part| name.contains(part)) => Mapped::of(Scalar::F64),
        _ => return None,
    })
}

fn postgres(name: &str, numbers: &[u64]) -> Option<Mapped> {
    if let Some(element) = name.strip_suffix("[]") {
        let element = postgres(element, numbers)?;
        let listed =
            !matches!(element.scalar, Scalar::Bytes | Scalar::Json | Scalar::Duration) && !element.list;
        return listed.then_some(Mapped { list: true, most: None, ..element });
    }
    Some(match name {
        "boolean" => Mapped::of(Scalar::Bool),
        "smallint" => {
            Mapped { bounds: Some(("-32768".to_owned(), "32767".to_owned())), ..Mapped::of(Scalar::I32) }
        }
        "integer" => Mapped::of(Scalar::I32),
        "bigint" => Mapped::of(Scalar::I64),
        "real" => Mapped::of(Scalar::F32),
        "double precision" => Mapped::of(Scalar::F64),
        "numeric" if numbers == [20, 0] => Mapped::of(Scalar::U64),
        "numeric" => Mapped { bounds: bounds(numbers), ..decimal(numbers) },
        "money" => Mapped::with_note(Scalar::Decimal, "money is a decimal number, without its currency"),
        "uuid" => Mapped::of(Scalar::Uuid),
        "text" | "character varying" | "citext" | "name" | "\"char\"" => {
            let note = (name == "citext")
                .then_some("citext takes no notice of case, and text does: `A` and `a` are two");
            Mapped { note, ..text(numbers) }
        }
        "character" => text(numbers),
        "timestamp with time zone" => Mapped::of(Scalar::Timestamp),
        "timestamp without time zone" => {
            Mapped::with_note(Scalar::Timestamp, "a time without a zone is taken for UTC")
        }
        "date" => Mapped::of(Scalar::Date),
        "interval" => {
            Mapped::with_note(Scalar::Duration, "a month is 30 days, and what is negative is refused")
        }
        "time without time zone" | "time with time zone" => Mapped::with_note(Scalar::String, NO_TIME),
        "bytea" => Mapped::of(Scalar::Bytes),
        "json" | "jsonb" | "hstore" => Mapped::of(Scalar::Json),
        "inet" | "cidr" | "macaddr" | "macaddr8" | "xml" | "ltree" => Mapped::with_note(
            Scalar::String,
            "it has no field type of its own: it is text, and what is no such text is taken too",
        ),
        _ => return None,
    })
}

/// Whether a text of that length and name holds UUIDs.
pub(super) fn looks_like_uuid(mapped: &Mapped, name: &str, is_key: bool) -> bool {
    let name = name.to_ascii_lowercase();
    let named = ["uuid", "guid"].iter().any(|end| name == *end || name.ends_with(&format!("_{end}")));
    mapped.scalar == Scalar::String && matches!(mapped.most, Some(32 | 36)) && (named || is_key)
}

/// What has as many characters as a UUID, always, in an engine without a type for these.
pub(super) fn may_be_uuid(engine: Engine, mapped: &Mapped, declared: &str) -> bool {
    let (name, _) = parts(declared);
    let fixed = matches!(name.as_str(), "char" | "character");
    engine == Engine::Sqlite
        && mapped.scalar == Scalar::String
        && fixed
        && matches!(mapped.most, Some(32 | 36))
}

pub(super) const MAYBE_UUID: &str =
    "it is text as long as a UUID is written: where it is one, import it with --type 'table.column=Uuid'";

/// What the column holds from now on, over itself; `None` where SQLite keeps it as it is.
pub(super) fn sqlite_conversion(mapped: &Mapped, column: &str) -> (Option<String>, Option<String>) {
    let x = quote(column);
    match mapped.scalar {
        Scalar::Bool => {
            let known = format!("lower({x}) IN ('1', 't', 'true', 'y', 'yes')");
            let all =
                format!("lower({x}) NOT IN ('1', 't', 'true', 'y', 'yes', '0', 'f', 'false', 'n', 'no', '')");
            (Some(format!("CASE WHEN {x} IS NULL THEN NULL WHEN {known} THEN 1 ELSE 0 END")), Some(all))
        }
        Scalar::Timestamp => {
            let micros = format!(
                "CASE WHEN {x} GLOB '????-??-??[ T]??:??:??.[0-9][0-9][0-9][0-9][0-9][0-9]*' THEN substr({x}, 21, 6) ELSE substr(strftime('%f', {x}), 4) || '000' END"
            );
            let text = format!("strftime('%Y-%m-%dT%H:%M:%S', {x}) || '.' || {micros} || 'Z'");
            // A number is seconds since 1970, or milliseconds where seconds would be in a far future.
            let seconds = format!("CASE WHEN abs({x}) > 100000000000 THEN {x} / 1000.0 ELSE {x} END");
            let number = format!("strftime('%Y-%m-%dT%H:%M:%f', {seconds}, 'unixepoch') || '000Z'");
            let conversion =
                format!("CASE WHEN typeof({x}) IN ('integer', 'real') THEN {number} ELSE {text} END");
            (Some(conversion.clone()), Some(format!("{x} IS NOT NULL AND {conversion} IS NULL")))
        }
        Scalar::Date => {
            let number = format!("date({x}, 'unixepoch')");
            let conversion =
                format!("CASE WHEN typeof({x}) IN ('integer', 'real') THEN {number} ELSE date({x}) END");
            (Some(conversion.clone()), Some(format!("{x} IS NOT NULL AND {conversion} IS NULL")))
        }
        Scalar::Decimal => {
            let number = mapped
                .scale
                .map_or_else(|| format!("CAST({x} AS TEXT)"), |scale| format!("printf('%.{scale}f', {x})"));
            (
                Some(format!(
                    "CASE typeof({x}) WHEN 'null' THEN NULL WHEN 'text' THEN {x} ELSE {number} END"
                )),
                None,
            )
        }
        Scalar::Uuid => {
            let part = |from: u32, length: u32| format!("substr(hexed, {from}, {length})");
            let parts = [part(1, 8), part(9, 4), part(13, 4), part(17, 4), part(21, 12)].join(" || '-' || ");
            let hexed =
                format!("lower(CASE typeof({x}) WHEN 'blob' THEN hex({x}) ELSE replace({x}, '-', '') END)");
            let bad = format!("{x} IS NOT NULL AND (length({hexed}) <> 32 OR {hexed} GLOB '*[^0-9a-f]*')");
            let whole = parts.replace("hexed", &hexed);
            (Some(format!("CASE WHEN {x} IS NULL THEN NULL ELSE {whole} END")), Some(bad))
        }
        Scalar::Json => (None, Some(format!("{x} IS NOT NULL AND NOT json_valid({x})"))),
        Scalar::U64 => (
            Some(format!("CASE WHEN {x} IS NULL THEN NULL ELSE printf('%020d', {x}) END")),
            Some(format!("{x} < 0")),
        ),
        Scalar::String => (Some(format!("CAST({x} AS TEXT)")), None),
        _ => (None, None),
    }
}

/// The same on PostgreSQL, of a column of the type `declared`.
pub(super) fn postgres_conversion(mapped: &Mapped, declared: &str, column: &str) -> String {
    let x = quote(column);
    let (name, _) = parts(declared);
    if mapped.list {
        return match mapped.scalar {
            Scalar::Timestamp => format!("to_json({x}::timestamptz[])"),
            Scalar::String if name == "inet[]" => format!("to_json({x})"),
            Scalar::Decimal | Scalar::Uuid | Scalar::String | Scalar::Date => format!("to_json({x}::text[])"),
            _ => format!("to_json({x})"),
        };
    }
    match mapped.scalar {
        Scalar::Timestamp if name == "timestamp without time zone" => format!("{x} AT TIME ZONE 'UTC'"),
        Scalar::Duration if name == "interval" => format!("(extract(epoch FROM {x}) * 1000000)::bigint"),
        Scalar::Json if name == "hstore" => format!("hstore_to_json({x})"),
        // Its cast to text writes `/32` behind the address of one machine, which nobody else does.
        Scalar::String if name == "inet" => format!("abbrev({x})"),
        Scalar::Decimal if name == "money" => format!("{x}::numeric"),
        // A text of a fixed length is filled up with spaces, which its cast takes away.
        scalar => {
            let ty = scalar.info().postgres;
            format!("{x}::{}", ty.split(" COLLATE").next().unwrap_or(ty))
        }
    }
}

/// What is true on PostgreSQL of a value that no field holds.
pub(super) fn postgres_unfit(mapped: &Mapped, declared: &str, column: &str) -> Option<String> {
    let x = quote(column);
    let (name, _) = parts(declared);
    if mapped.list {
        let null = format!("EXISTS (SELECT FROM unnest({x}) AS one WHERE one IS NULL)");
        return Some(format!("array_ndims({x}) > 1 OR {null}"));
    }
    match (mapped.scalar, name.as_str()) {
        (_, "timestamp with time zone" | "timestamp without time zone" | "date") => {
            Some(format!("NOT isfinite({x})"))
        }
        (Scalar::Duration, "interval") => Some(format!("{x} < interval '0'")),
        (Scalar::Decimal | Scalar::U64, "numeric") => Some(format!("{x} = 'NaN'")),
        (Scalar::F32 | Scalar::F64, "real" | "double precision") => {
            Some(format!("{x} IN ('NaN', 'Infinity', '-Infinity')"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_found_in_every_dialect() {
        for (engine, declared, rust, most) in [
            (Engine::Sqlite, "VARCHAR(20)", "String", Some(20)),
            (Engine::Sqlite, "integer unsigned", "i64", None),
            (Engine::Sqlite, "tinyint(1)", "bool", None),
            (Engine::Sqlite, "datetime(6)", "Timestamp", None),
            (Engine::Sqlite, "DECIMAL(10, 2)", "Decimal", None),
            (Engine::Postgres, "character varying(80)", "String", Some(80)),
            (Engine::Postgres, "character varying(80)[]", "Vec<String>", None),
            (Engine::Postgres, "timestamp(3) without time zone", "Timestamp", None),
            (Engine::Postgres, "numeric(20,0)", "u64", None),
            (Engine::Postgres, "integer[]", "Vec<i32>", None),
        ] {
            let mapped = of(engine, declared).unwrap_or_else(|| panic!("{declared}"));
            assert_eq!((mapped.rust().as_str(), mapped.most), (rust, most), "{declared}");
        }
        assert_eq!(bounds(&[10, 2]), Some(("-99999999.99".to_owned(), "99999999.99".to_owned())));
        assert_eq!(bounds(&[3, 3]).map(|(_, most)| most).as_deref(), Some("0.999"));
        assert_eq!(bounds(&[38, 2]), None);
        for none in ["", "geometry", "point"] {
            assert!(
                of(Engine::Postgres, none).is_none() && of(Engine::Sqlite, "geometry").is_none(),
                "{none}"
            );
        }
    }
}
