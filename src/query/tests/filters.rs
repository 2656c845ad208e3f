//! The grammar of filters.

use super::{meaning, planned, refusal, refused, request};

#[test]
fn an_empty_filter_is_no_filter() {
    assert_eq!(planned(&request("", "")).condition, None);
    assert_eq!(planned(&request("  \n\t", "")).condition, None);
}

#[test]
fn every_comparison_is_understood() {
    for (filter, means) in [
        ("count = 5", "count = 5"),
        ("count=5", "count = 5"),
        ("count != 5", "count <> 5"),
        ("count < 5", "count < 5"),
        ("count <= 5", "count <= 5"),
        ("count > 5", "count > 5"),
        ("count>=-5", "count >= -5"),
        ("count : 5", "count = 5"),
        ("(count = 5)", "count = 5"),
        ("((count = 5))", "count = 5"),
        ("NOT count = 5", "!count = 5"),
        ("NOT(count = 5)", "!count = 5"),
        ("-count = 5", "!count = 5"),
        ("-(count = 5)", "!count = 5"),
    ] {
        assert_eq!(meaning(filter), means, "{filter}");
    }
}

#[test]
fn or_binds_tighter_than_and_and_side_by_side_is_and() {
    for (filter, means) in [
        ("count=1 AND count=2 OR count=3", "(count = 1 & (count = 2 | count = 3))"),
        ("count=1 OR count=2 AND count=3", "((count = 1 | count = 2) & count = 3)"),
        ("count=1 count=2", "(count = 1 & count = 2)"),
        ("count=1 count=2 OR count=3", "(count = 1 & (count = 2 | count = 3))"),
        ("(count=1 AND count=2) OR count=3", "((count = 1 & count = 2) | count = 3)"),
        ("(count=1)OR(count=2)", "(count = 1 | count = 2)"),
        ("count=1 AND count=2 AND count=3", "(count = 1 & count = 2 & count = 3)"),
        ("NOT count=1 OR count=2", "(!count = 1 | count = 2)"),
        ("NOT (count=1 OR count=2)", "!(count = 1 | count = 2)"),
        ("count=1 -count=2", "(count = 1 & !count = 2)"),
        ("count=1\nAND\tcount=2", "(count = 1 & count = 2)"),
    ] {
        assert_eq!(meaning(filter), means, "{filter}");
    }
}

#[test]
fn null_is_asked_for_by_name_and_presence_by_a_star() {
    assert_eq!(meaning("note = null"), "!note?");
    assert_eq!(meaning("note != null"), "note?");
    assert_eq!(meaning("note:*"), "note?");
    assert_eq!(meaning("small:*"), "small?");
    assert_eq!(meaning("-small:*"), "!small?");
    assert_eq!(meaning("note = \"null\""), "note = null", "in quotes it is text");
    assert_eq!(refusal("small < null"), "type: small can be compared with null by = and != alone");
}

#[test]
fn a_star_in_text_is_any_text_unless_it_is_escaped() {
    for (filter, means) in [
        (r#"name = "a*""#, r#"name ~ [Some("a"), None]"#),
        (r#"name = "*a*""#, r#"name ~ [None, Some("a"), None]"#),
        (r#"name = "a*b""#, r#"name ~ [Some("a"), None, Some("b")]"#),
        ("name = a***b", r#"name ~ [Some("a"), None, Some("b")]"#),
        (r#"name != "a*""#, r#"!name ~ [Some("a"), None]"#),
        (r#"name = "a\*""#, "name = a*"),
        (r#"name = "\*a*""#, r#"name ~ [Some("*a"), None]"#),
        (r#"name = "*""#, "name?"),
        (r#"name < "a*""#, "name < a*"),
        (r#"name:"x""#, r#"name ~ [None, Some("x"), None]"#),
        ("name:x", r#"name ~ [None, Some("x"), None]"#),
        (r#"name:"x*y""#, r#"name ~ [None, Some("x"), None, Some("y"), None]"#),
        (r#"name:"""#, "name?"),
        (r#"name = """#, "name = "),
        ("name = 100%_", "name = 100%_"),
    ] {
        assert_eq!(meaning(filter), means, "{filter}");
    }
    let many = format!("name = \"{}\"", "*a".repeat(11));
    assert_eq!(refusal(&many), "length: name may be compared with text of at most 10 stars");
}

#[test]
fn text_is_quoted_either_way_or_bare() {
    for (filter, value) in [
        (r#"name = "it's""#, "it's"),
        (r#"name = 'say "hi"'"#, "say \"hi\""),
        (r#"name = "say \"hi\"""#, "say \"hi\""),
        (r"name = 'it\'s'", "it's"),
        (r#"name = "a\\b""#, "a\\b"),
        (r#"name = "a\nb\tc""#, "a\nb\tc"),
        (r#"name = "(AND) OR""#, "(AND) OR"),
        ("name = a-b.c@d/e:f?", "a-b.c@d/e:f?"),
        ("name = Zoë", "Zoë"),
        ("name = \"AND\"", "AND"),
        ("name = true", "true"),
    ] {
        assert_eq!(meaning(filter), format!("name = {value}"), "{filter}");
    }
}

#[test]
fn what_cannot_be_read_is_refused_with_the_place() {
    for (filter, says) in [
        (
            "count",
            "syntax: count stands alone: write field = value, and put text with spaces in double quotes",
        ),
        ("count =", "syntax: at character 8: a value is missing"),
        ("count = )", "syntax: at character 9: a value is missing"),
        (
            "count = AND",
            "syntax: at character 9: a value is missing; put AND, OR and NOT in quotes to mean text",
        ),
        ("= 5", "syntax: at character 1: a comparison is expected here, such as id = \"..\""),
        ("AND count = 5", "syntax: at character 1: a comparison is expected here, such as id = \"..\""),
        ("count = 5 AND", "syntax: at character 14: a comparison is expected here, such as id = \"..\""),
        ("count = 5 OR", "syntax: at character 13: a comparison is expected here, such as id = \"..\""),
        (
            "count = 5 OR OR count = 6",
            "syntax: at character 14: a comparison is expected here, such as id = \"..\"",
        ),
        ("NOT NOT count = 5", "syntax: at character 5: a comparison is expected here, such as id = \"..\""),
        ("()", "syntax: at character 2: a comparison is expected here, such as id = \"..\""),
        ("(count = 5", "syntax: at character 11: a closing parenthesis is missing"),
        ("count = 5)", "syntax: at character 10: this parenthesis closes none"),
        ("name = \"abc", "syntax: at character 8: the text that begins here is not closed by a \""),
        ("name = \"a\"b", "syntax: at character 11: a space is missing after the closing quote"),
        ("name = 'a\\x'", "syntax: at character 12: after a backslash only \\ \" ' * n r t may stand"),
        ("name = a,b", "syntax: at character 9: put a value that contains , in double quotes"),
        ("count == 5", "syntax: at character 8: put a value that contains = in double quotes"),
        ("\"count\" = 5", "syntax: at character 1: a comparison is expected here, such as id = \"..\""),
    ] {
        assert_eq!(refusal(filter).split(" stands").next(), says.split(" stands").next(), "{filter}");
    }
}

#[test]
fn words_in_small_letters_are_met_with_a_hint() {
    let says = "syntax: and is not a word of filters: write AND, OR and NOT in capitals";
    assert_eq!(refusal("count = 1 and count = 2"), says);
}

#[test]
fn what_is_not_supported_says_so() {
    assert_eq!(
        refusal("address.city = \"x\""),
        "unsupported: address.city reaches into a nested value, which is not supported: filter by the resource's own \
         fields"
    );
    assert_eq!(refusal("lower(name) = x"), "unsupported: at character 6: functions are not supported");
    assert_eq!(
        refusal("count = (1 OR 2)"),
        "unsupported: at character 9: a list of values is not supported; write a = 1 OR a = 2"
    );
}

#[test]
fn everything_wrong_is_named_at_once() {
    let violations = refused(&request("nmae = a OR internal = b AND count = many AND (", ""));
    let says: Vec<_> =
        violations.iter().map(|violation| (violation.code, violation.message.as_ref())).collect();
    assert_eq!(says.len(), 4, "{says:?}");
    assert!(
        says[0].1.starts_with("nmae is not a field; did you mean name? these can be filtered by: id, name, ")
    );
    assert!(says[1].1.starts_with("internal can't be filtered by; these can: id, name, "), "{says:?}");
    assert!(says[2].1.starts_with("count must be a whole number from "), "{says:?}");
    assert_eq!(says[3].0, "syntax");
}

#[test]
fn limits_are_violations() {
    let deep = |depth: usize| format!("{}count=1{}", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(meaning(&deep(32)), "count = 1");
    assert_eq!(refusal(&deep(33)), "depth: at character 33: parentheses may be nested 32 deep at most");
    assert_eq!(refusal(&"(".repeat(100_000)), "length: must have at most 2000 characters");
    assert_eq!(
        refusal(&"-(".repeat(900)),
        "depth: at character 66: parentheses may be nested 32 deep at most"
    );
    let many = |count: usize| vec!["count=1"; count].join(" ");
    assert!(planned(&request(&many(100), "")).condition.is_some());
    assert_eq!(refusal(&many(101)), "length: at character 801: a filter may have 100 comparisons at most");
}

#[test]
fn what_a_message_shows_of_a_request_is_short_and_harmless() {
    let message = refusal(&format!("{}\u{1b}[31m = 5", "x".repeat(10)));
    assert!(message.starts_with("unknown: xxxxxxxxxx\u{fffd}[31m is not a field"), "{message}");
    let message = refusal(&format!("{} = 5", "x".repeat(1000)));
    assert!(message.starts_with(&format!("unknown: {}.. is not", "x".repeat(64))), "{message}");
}
