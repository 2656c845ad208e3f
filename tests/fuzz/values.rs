//! JSON values as text, because the worst of them are not JSON.

use crate::random::Random;

/// What a field takes.
#[derive(Clone, Copy)]
pub enum Kind {
    Text,
    Bool,
    I32,
    I64,
    U32,
    U64,
    Float,
    Uuid,
    Moment,
    Day,
    Span,
    Decimal,
    Bytes,
    Json,
    Color,
    Point,
    List(&'static Kind),
    Map(&'static Kind),
    /// These alone.
    Of(&'static [&'static str]),
    Email,
    CardId,
}

const TEXTS: [&str; 14] = [
    r#""""#,
    r#""a""#,
    r#"" leading and trailing ""#,
    r#""Zo\u00eb \ud83d\ude00""#,
    r#""line\nfeed\ttab\r\n""#,
    r#""\u0001\u001f\u007f\ufffe\uffff""#,
    r#""'; DROP TABLE samples; --""#,
    r#""<a>&amp;]]></a>""#,
    r#""\"quoted\" \\ back\/slash""#,
    r#""%00 %s ${x} {{y}}""#,
    r#""*""#,
    r#""null""#,
    "\"e\u{301}\u{200b}\u{202e}\u{feff}\"",
    r#""$1 ?1 :a @a""#,
];

const WRONG: [&str; 44] = [
    "null",
    "true",
    "false",
    "0",
    "-0",
    "-1",
    "1.5",
    "1e400",
    "-1e400",
    "1e-400",
    "1E+2",
    "1e1000000000",
    "9223372036854775808",
    "-9223372036854775809",
    "18446744073709551616",
    "99999999999999999999999999",
    "NaN",
    "Infinity",
    "01",
    "+1",
    ".5",
    "5.",
    "0x10",
    "\"\"",
    "\"\\u0000\"",
    "\"a\\u0000b\"",
    "\"\\ud800\"",
    "\"\\udfff\\ud800\"",
    "\"\\ud83d\"",
    "\"\\x\"",
    "\"\t\"",
    "\"unclosed",
    "'a'",
    "[]",
    "{}",
    "[null]",
    "{\"a\":1,\"a\":2}",
    "{\"\":{\"\":{\"\":null}}}",
    "[[[[[[[[[[]]]]]]]]]]",
    "{\"a\\u0000\":1}",
    "undefined",
    "",
    "{\"__proto__\":{\"x\":1}}",
    "[1,]",
];

pub fn value(random: &mut Random, kind: Kind) -> String {
    let fixed: &[&str] = match kind {
        Kind::Text if random.once_in(40) => return format!("\"{}\"", "long ".repeat(random.below(3000))),
        Kind::Text => &TEXTS,
        Kind::Bool => &["true", "false"],
        Kind::I32 => &["0", "-0", "1", "-1", "2147483647", "-2147483648", "1e3", "7.0"],
        Kind::I64 => {
            &["0", "1", "-1", "9223372036854775807", "-9223372036854775808", "9007199254740993", "1e15"]
        }
        Kind::U32 => &["0", "1", "4294967295", "1e9"],
        Kind::U64 => &["0", "1", "9223372036854775808", "18446744073709551615"],
        Kind::Float => {
            &["0", "-0.0", "1.5", "-2", "1e-45", "3.4028234e38", "0.1", "16777217", "123456.789", "-1e-30"]
        }
        Kind::Uuid => {
            return format!("\"{:08x}-0000-7000-8000-{:012x}\"", random.next() >> 32, random.next() >> 16);
        }
        Kind::Moment => &[
            "\"2026-11-22T08:30:00Z\"",
            "\"0001-01-01T00:00:00Z\"",
            "\"9999-12-31T23:59:59.999999Z\"",
            "\"2026-11-22T08:30:00.123456789+14:00\"",
            "\"2016-12-31T23:59:60Z\"",
            "\"1969-12-31t23:59:59.5z\"",
            "\"1900-02-28T12:00:00-12:00\"",
        ],
        Kind::Day => &["\"2026-11-22\"", "\"0001-01-01\"", "\"9999-12-31\"", "\"2024-02-29\""],
        Kind::Span => &[
            "\"0s\"",
            "\"3.5s\"",
            "\"315576000000s\"",
            "\"0.000001s\"",
            "\"1.9999999s\"",
            "\"1.123456789s\"",
        ],
        Kind::Decimal => &[
            "\"0\"",
            "\"-0\"",
            "\"19.90\"",
            "\"-0.00\"",
            "\"79228162514264337593543950335\"",
            "\"0.0000000000000000000000000001\"",
            "\"-1.10\"",
            "\"007.50\"",
        ],
        Kind::Bytes => &["\"\"", "\"AP8=\"", "\"AAAA\"", "\"/+8=\""],
        Kind::Json => return json(random, 0),
        Kind::Color => &["\"red\"", "\"deep_blue\""],
        Kind::Email => return format!("\"u{:x}@b.example\"", random.next() >> 24),
        Kind::CardId => return format!("\"c{:x} /%.ü\"", random.next() >> 24),
        Kind::Of(all) => all,
        Kind::Point => return point(random),
        Kind::List(element) => {
            let count = random.below(4);
            let all: Vec<_> = (0..count).map(|_| value(random, *element)).collect();
            return format!("[{}]", all.join(","));
        }
        Kind::Map(element) => {
            let count = random.below(4);
            let all: Vec<_> = (0..count)
                .map(|index| {
                    format!(
                        "\"{}k{index}\":{}",
                        random.one_of(&["", "~/", " ", "ü", "\\n", "<"]),
                        value(random, *element)
                    )
                })
                .collect();
            return format!("{{{}}}", all.join(","));
        }
    };
    random.one_of(fixed).to_owned()
}

fn point(random: &mut Random) -> String {
    let mut parts = vec![format!("\"x\":{}", value(random, Kind::Float))];
    if random.once_in(2) {
        parts.push(format!("\"y\":{}", value(random, Kind::Float)));
    }
    if random.once_in(2) {
        parts.push(format!("\"label\":{}", value(random, Kind::Text)));
    }
    if random.once_in(3) {
        parts.push(format!("\"secret\":{}", wrong(random)));
    }
    format!("{{{}}}", parts.join(","))
}

fn json(random: &mut Random, depth: usize) -> String {
    match random.below(if depth > 4 { 6 } else { 9 }) {
        0 => "null".to_owned(),
        1 => value(random, Kind::Text),
        2 => value(random, Kind::Float),
        3 => value(random, Kind::U64),
        4 => "[\"\\u0000\",1e19,-0.0,12345678901234567890123]".to_owned(),
        5 => {
            let deep = random.one_of(&[&3, &40, &60, &64, &65, &100, &125, &126, &127, &128, &129, &1000]);
            format!("{}1{}", "[".repeat(*deep), "]".repeat(*deep))
        }
        6 => format!("[{},{}]", json(random, depth + 1), json(random, depth + 1)),
        7 => format!("{{\"a\":{},\"\":{}}}", json(random, depth + 1), json(random, depth + 1)),
        _ => format!("{{\"k\\u0000\":{}}}", json(random, depth + 1)),
    }
}

pub fn wrong(random: &mut Random) -> String {
    match random.below(WRONG.len() + 6) {
        0 => "9".repeat(1 + random.below(5000)),
        1 => format!("0.{}", "3".repeat(1 + random.below(5000))),
        2 => format!("\"{}\"", "\u{1F600}".repeat(random.below(2000))),
        3 => "[".repeat(random.below(2000)),
        4 => format!("[{}1]", "\"x\",".repeat(random.below(500))),
        5 => format!("{{\"a\":{}}}", "[".repeat(random.below(300))),
        index => WRONG[index - 6].to_owned(),
    }
}
