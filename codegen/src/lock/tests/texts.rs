use super::{lock, says};
use crate::lock::Lock;

fn errors(text: &str) -> Vec<String> {
    Lock::parse(text).expect_err("a wrong lock")
}

#[test]
fn what_is_written_is_read_again() {
    let lines = [
        "Order.by_key = 4 map<string, Item>",
        "Order.id = 1 string",
        "Order.items = 3 repeated Item reserved",
        "Order.old = 1 string renamed",
        "Status.STATUS_OPEN = 19000",
        "Status.STATUS_SHUT = 2 reserved",
    ];
    let lock = lock(&lines);
    assert_eq!(super::lines(&lock), lines);
    assert_eq!(Lock::parse(&lock.render()), Ok(lock));
}

#[test]
fn the_file_says_what_it_is_and_is_sorted_as_text() {
    let text = lock(&["OrderItem.a = 1 string", "Order.a_b = 2 string", "Order.a = 1 string"]).render();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("# ") && lines[0].contains("cargo fourfold generate"));
    let mut sorted = lines.clone();
    sorted.sort_unstable();
    assert_eq!(lines, sorted);
    assert!(text.ends_with('\n'));
}

#[test]
fn spaces_comments_and_the_line_ends_of_windows_change_nothing() {
    let text = "\u{feff}# mine\r\n\r\n  shop.v1.A.b=7   map<string,  Item>  \r\n";
    assert_eq!(Lock::parse(text).expect("a lock").number("shop.v1.A", "b"), Some(7));
    assert_eq!(Lock::parse("").expect("a lock"), Lock::default());
}

#[test]
fn every_line_that_cannot_be_read_is_named_with_what_is_allowed() {
    let text = "shop.v1.A.b\nshop.v1.A.b = x int32\nA.b = 1 int32\nshop.v1.A.c = 19000 int32\nshop.v1.A.d = 1\n\
                shop.v1.A.e = 1 string reservd\nshop.v1.S.S_A = 0\nshop.v1.S.S_B = 1 int32\nshop.v1.A.f =\n\
                shop.v1.A.g = 536870912 string\nshop.v1.ä.b = 1 string\nshop.v1.A.h = 2 string\n";
    let errors = errors(text);
    assert_eq!(errors.len(), 11, "{errors:#?}");
    for (index, error) in errors.iter().enumerate() {
        says(error, &[&format!("line {}: ", index + 1), "created_at = 7 google.protobuf.Timestamp"]);
    }
    says(&errors[0], &["it has no `=`"]);
    says(&errors[3], &["1 to 536870911 without 19000 to 19999"]);
    says(&errors[4], &["the type is missing"]);
    says(&errors[5], &["`string reservd` is not a proto type"]);
    says(&errors[7], &["has no type"]);
}

#[test]
fn the_marks_of_a_conflict_are_recognised_and_the_lines_between_them_are_still_read() {
    let text = "# x\nshop.v1.A.id = 1 string\n<<<<<<< HEAD\nshop.v1.A.b = 2 string\n||||||| base\n=======\n\
                shop.v1.A.c = 2 string\n>>>>>>> other\n";
    let errors = errors(text);
    assert_eq!(errors.len(), 2, "{errors:#?}");
    says(
        &errors[0],
        &["lines 3, 5, 6 and 8: git has left the marks", "keep all", "`fourfold.lock merge=union`"],
    );
    says(&errors[1], &["lines 4 and 7: `b` and `c` of `shop.v1.A` have the number 2"]);
}

#[test]
fn two_names_with_one_number_are_named_with_the_way_out() {
    let errors = errors("shop.v1.A.c = 2 string\nshop.v1.A.b = 2 string reserved\nshop.v1.A.a = 2 string\n");
    assert_eq!(errors.len(), 1, "{errors:#?}");
    says(
        &errors[0],
        &["lines 1, 2 and 3", "`a` and `b` and `c`", "delete the other", "cargo fourfold generate"],
    );
}

#[test]
fn one_name_with_two_numbers_or_types_is_named_with_the_way_out() {
    let errors = errors(
        "shop.v1.A.c = 2 string\nshop.v1.A.c = 3 string\nshop.v1.A.d = 4 string\nshop.v1.A.d = 4 bytes\n",
    );
    assert_eq!(errors.len(), 2, "{errors:#?}");
    says(&errors[0], &["lines 1 and 2", "`2 string` and `3 string`", "delete the line that is not released"]);
    says(&errors[1], &["lines 3 and 4", "`4 string` and `4 bytes`"]);
}

#[test]
fn of_two_states_of_a_line_the_later_one_is_kept() {
    let one = "shop.v1.A.c = 2 string\nshop.v1.A.d = 3 string renamed\n";
    let other = "shop.v1.A.c = 2 string reserved\nshop.v1.A.d = 3 string\nshop.v1.A.e = 3 string\n";
    for text in [format!("{one}{other}"), format!("{other}{one}")] {
        let lock = Lock::parse(&text).map_err(|errors| errors.join("\n"));
        let lock = lock.unwrap_or_else(|errors| panic!("{errors}"));
        assert_eq!(lock.reserved("shop.v1.A"), [(2, "c")]);
        assert_eq!(lock.renamed("shop.v1.A"), ["d"]);
    }
}

#[test]
fn git_is_told_to_merge_by_lines() {
    assert_eq!(Lock::gitattributes(), "fourfold.lock merge=union\n");
}
