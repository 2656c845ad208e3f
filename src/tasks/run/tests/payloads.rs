//! What comes from a broker can be anything.

use super::{House, message, parcel};
use crate::tasks::broker::Outcome;

const NAMES: [&str; 9] = [
    "parcel.create",
    "parcel.update",
    "parcel.replace",
    "parcel.delete",
    "parcel.send",
    "parcel.count",
    "test.count",
    "test.quiet",
    "unknown",
];

/// Xorshift.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("31 bits") % bound
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.below(256)).expect("a byte")
    }
}

#[tokio::test]
async fn bytes_at_random_are_given_up_with_a_reason() {
    let house = House::new().await;
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for round in 0..1000 {
        let length = random.below(80);
        let bytes: Vec<u8> = (0..length).map(|_| random.byte()).collect();
        let payload = String::from_utf8_lossy(&bytes).into_owned();
        let name = NAMES[round % NAMES.len()];
        match house.outcome(&message(name, &payload)).await {
            Outcome::Failed(failure) => {
                let code = if name == "unknown" { "unknown_task" } else { "unreadable" };
                assert_eq!(failure.code, code, "{name} {payload:?}");
                assert!(!failure.message.is_empty());
            }
            other => panic!("{name} {payload:?}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_payload_that_was_mangled_is_done_or_given_up() {
    let house = House::new().await;
    let mut random = Random(0x1234_5678_9abc_def1);
    let id = uuid::Uuid::now_v7();
    for round in 0..1000 {
        let mut bytes = match round % 3 {
            0 => parcel(&format!("p{round}")).to_string(),
            1 => format!(r#"{{"id":"{id}","data":{{"by":"ship","labels":{{"a":null}}}},"etag":"\"1\"","replace":["/labels"]}}"#),
            _ => r#"{"by":7,"how":"well","hit":true}"#.to_owned(),
        }
        .into_bytes();
        for _ in 0..=random.below(3) {
            if bytes.is_empty() {
                break;
            }
            let at = random.below(bytes.len());
            match random.below(4) {
                0 => bytes[at] = random.byte(),
                1 => drop(bytes.remove(at)),
                2 => bytes.insert(at, b"{}[]\",:0n"[random.below(9)]),
                _ => bytes.truncate(at + 1),
            }
        }
        let payload = String::from_utf8_lossy(&bytes).into_owned();
        let name = NAMES[random.below(NAMES.len())];
        match house.outcome(&message(name, &payload)).await {
            Outcome::Failed(failure) => assert!(!failure.message.is_empty(), "{name} {payload}"),
            Outcome::Succeeded(_) => {}
            other => panic!("{name} {payload}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn what_can_not_be_read_says_so() {
    let house = House::new().await;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for name in NAMES.into_iter().filter(|name| *name != "unknown") {
        for payload in ["", "null", "7", "[]", "\"x\"", "{", "{}}", r#"{"id":"#, deep.as_str()] {
            let Outcome::Failed(failure) = house.outcome(&message(name, payload)).await else {
                panic!("{name} {payload:.20}");
            };
            assert_eq!(failure.code, "unreadable", "{name} {payload:.20}");
        }
    }
}
