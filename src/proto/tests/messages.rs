//! Protobuf's own rules, one by one.

use prost::Message as _;
use prost_reflect::Value;

use super::fixture::{self, plan};
use super::{create, field, message, read, sample, told, update};
use crate::cell::{Cell, Change};
use crate::input::{Mode, Violations};
use crate::proto::Plan;

fn number_of(name: &str) -> u32 {
    fixture::message_type("Sample").get_field_by_name(name).expect(name).number()
}

fn key(name: &str, wire_type: u32) -> Vec<u8> {
    let mut out = Vec::new();
    prost::encoding::encode_varint(u64::from(number_of(name) << 3 | wire_type), &mut out);
    out
}

#[allow(clippy::unnecessary_wraps, reason = "inputs hold options")]
fn set(cell: Cell) -> Option<Change> {
    Some(Change::Set(cell))
}

/// What an update that says nothing else says of the field.
fn said(name: &str, bytes: &[u8]) -> Option<Change> {
    let (input, violations) = read(Mode::Update, bytes);
    assert_eq!(told(&violations), Vec::<String>::new());
    field(&input.expect("an input"), name).clone()
}

#[test]
fn a_known_number_with_another_wire_type_is_an_unknown_field() {
    let bytes = [key("one_string", 0), vec![5], key("one_i32", 5), vec![1, 2, 3, 4]].concat();
    assert_eq!(said("one_string", &bytes), None);
    assert_eq!(said("one_i32", &bytes), None);
    let bytes = [key("map_string", 0), vec![5]].concat();
    assert_eq!(said("map_string", &bytes), None);
}

#[test]
fn numbers_of_32_bits_lose_what_is_too_large() {
    let most = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1];
    assert_eq!(said("one_u32", &[key("one_u32", 0), most.to_vec()].concat()), set(Cell::UInt(0xffff_ffff)));
    assert_eq!(said("one_i32", &[key("one_i32", 0), most.to_vec()].concat()), set(Cell::Int(-1)));
    assert_eq!(said("one_bool", &[key("one_bool", 0), most.to_vec()].concat()), set(Cell::Bool(true)));
}

#[test]
fn a_map_entry_without_key_or_value_has_the_zeros_and_the_last_of_a_key_wins() {
    let tag = key("map_i32", 2);
    let entries: [&[u8]; 4] =
        [&[0], &[4, 0x0a, 1, b'a', 0x7a], &[5, 0x0a, 1, b'a', 0x10, 1], &[5, 0x10, 9, 0x0a, 1, b'a']];
    let whole = entries.map(|entry| [tag.as_slice(), entry].concat());
    let bytes = [whole[0].clone(), whole[2].clone(), whole[3].clone()].concat();
    let map = [(String::new(), Cell::Int(0)), ("a".to_owned(), Cell::Int(9))];
    assert_eq!(said("map_i32", &bytes), set(Cell::Map(map.into())));
    // The second ends inside a field of its own.
    assert_eq!(told(&read(Mode::Update, &whole[1]).1), [" syntax"]);
}

#[test]
fn what_is_no_message_is_one_violation_with_the_reason() {
    let long = [&key("one_u64", 0)[..], &[0xff; 10], &[1]].concat();
    let group = |depth: usize| [[0xb3, 0xea, 1].repeat(depth), [0xb4, 0xea, 1].repeat(depth)].concat();
    assert!(read(Mode::Update, &group(100)).1.is_empty());
    for (bytes, reason) in [
        (vec![0x80], "it ends inside a field"),
        ([key("one_string", 2), vec![5, b'a']].concat(), "it ends inside a field"),
        (
            [key("one_string", 2), vec![0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]].concat(),
            "it ends inside a field",
        ),
        ([key("one_f64", 1), vec![1, 2, 3]].concat(), "it ends inside a field"),
        (long, "a number is longer than 64 bits"),
        (vec![0x00], "a field has no valid number or wire type"),
        (vec![0x0f], "a field has no valid number or wire type"),
        (vec![0x0c], "a group ends that did not begin"),
        (vec![0xb3, 0xea, 1, 0x0c], "a group ends that did not begin"),
        (vec![0xb3, 0xea, 1], "it ends inside a field"),
        (group(101), "it is nested too deep"),
    ] {
        let (input, violations) = create(&bytes);
        assert!(input.is_none(), "{bytes:?}");
        assert_eq!(violations.len(), 1);
        assert_eq!(violations[0].message, format!("is not a valid protobuf message: {reason}"), "{bytes:?}");
        assert_eq!(told(&violations), [" syntax"]);
    }
}

#[test]
fn an_answer_has_no_field_that_is_input_only() {
    let mut row = super::random::Random(9).row();
    let fields = plan().descriptor.fields;
    for (cell, field) in row.iter_mut().zip(fields) {
        if field.name == "password" {
            *cell = Cell::Text("secret".to_owned());
        }
    }
    let mut out = Vec::new();
    plan().encode_row(&mut out, &row);
    assert!(!out.windows(6).any(|window| window == b"secret"));
}

#[test]
fn a_message_says_whose_it_is_and_which_version() {
    let id = "0193f6c2-07d1-7b1c-8a66-4d9f8f1f2a00";
    let bytes = sample([
        ("id", Value::String(id.to_owned())),
        ("etag", Value::String("\"7\"".to_owned())),
        ("one_string", Value::String("x".to_owned())),
    ])
    .encode_to_vec();
    assert_eq!(plan().identity(&bytes), (Some(id.to_owned()), "\"7\"".to_owned()));
    assert_eq!(plan().identity(&[]), (None, String::new()));
    assert_eq!(plan().identity(&[0xff]), (None, String::new()));
    // Neither is a change: the id is compared with the row's, the etag with its version.
    let (input, violations) = update(&bytes, &["one_string", "etag"]);
    assert!(violations.is_empty());
    assert_eq!(input.expect("an input").iter().flatten().count(), 1);
}

#[test]
fn an_operation_takes_its_message() {
    let [grow, rest] = plan().descriptor.operations else { panic!("two operations") };
    let mut violations = Violations::default();
    assert_eq!(plan().operation_input(rest, &[], &mut violations), Some(Cell::Null));
    let leaf = message(
        "Leaf",
        [("width", Value::F64(1.0)), ("count", Value::U64(0)), ("shade", Value::EnumNumber(2))],
    );
    let branch = message("Branch", [("name", Value::String("b".to_owned())), ("leaf", Value::Message(leaf))]);
    let cell = plan().operation_input(grow, &branch.encode_to_vec(), &mut violations).expect("an input");
    assert!(violations.is_empty());
    let leaf = vec![
        Cell::Float(1.0),
        Cell::UInt(0),
        Cell::Null,
        Cell::Choice(0),
        Cell::List(vec![]),
        Cell::Null,
        Cell::Int(7),
    ];
    let branch = vec![
        Cell::Text("b".to_owned()),
        Cell::Value(leaf),
        Cell::Null,
        Cell::List(vec![]),
        Cell::Map([].into()),
        Cell::Null,
    ];
    assert!(cell == Cell::Value(branch));
    plan().operation_input(grow, &[], &mut violations);
    assert_eq!(told(&violations.into_list()), ["/leaf required", "/name required"]);
}

#[test]
fn a_contract_that_does_not_fit_is_told() {
    let source = fixture::source(fixture::descriptor(None));
    let link = |from: &str, to: &str| {
        assert!(source.contains(from), "{from}");
        let (proto, _) = fixture::compile(source.replacen(from, to, 1));
        match Plan::link(fixture::descriptor(Some(fixture::contract(proto)))) {
            Err(sentence) => sentence,
            Ok(_) => panic!("{from} -> {to} fits"),
        }
    };
    for (from, to, reason) in [
        (
            "optional string one_string",
            "optional bytes one_string",
            "test.codec.v1.Sample.one_string is bytes and not string",
        ),
        ("optional int32 one_i32", "repeated int32 one_i32", "test.codec.v1.Sample.one_i32 is repeated"),
        (
            "repeated int32 list_i32",
            "optional int32 list_i32",
            "test.codec.v1.Sample.list_i32 is not repeated",
        ),
        ("map<string, int64> map_i64", "repeated int64 map_i64", "test.codec.v1.Sample.map_i64 is not a map"),
        (
            "optional string maybe_string",
            "string maybe_string",
            "test.codec.v1.Sample.maybe_string may be null, but is not optional",
        ),
        (
            "optional string one_string",
            "optional string other",
            "test.codec.v1.Sample has no field one_string",
        ),
        ("string etag =", "string tag =", "test.codec.v1.Sample has no field etag"),
        ("SHADE_LIGHT", "SHADE_BRIGHT", "test.codec.v1.Shade has no value SHADE_LIGHT"),
        ("optional double width", "optional float width", "test.codec.v1.Leaf.width is float and not double"),
        ("rpc CreateSample", "rpc MakeSample", "SampleService has no method CreateSample"),
        ("service SampleService", "service OtherService", "there is no service SampleService"),
        ("Branch input = 4", "Branch other = 5", "test.codec.v1.GrowSampleRequest has no input"),
        ("Leaf leaf =", "Any leaf =", "test.codec.v1.Any has no field width"),
    ] {
        let sentence = link(from, to);
        assert!(sentence.contains(reason), "{sentence}");
        assert!(
            sentence.starts_with("the contract of test.codec.v1.Sample does not fit its struct: "),
            "{sentence}"
        );
    }
    assert!(Plan::link(fixture::descriptor(None)).expect("nothing to link").is_none());
    let broken = fixture::contract(vec![0xff]);
    assert!(Plan::link(fixture::descriptor(Some(broken))).unwrap_err().contains("can't be read"));
}

#[test]
fn the_plan_knows_the_service() {
    assert_eq!(plan().service, "test.codec.v1.SampleService");
    let names: Vec<_> = plan().methods.iter().map(|method| method.name.as_str()).collect();
    let expected = [
        "GetSample",
        "ListSamples",
        "WatchSamples",
        "CreateSample",
        "UpdateSample",
        "DeleteSample",
        "GrowSample",
        "RestSample",
    ];
    assert_eq!(names, expected);
}
