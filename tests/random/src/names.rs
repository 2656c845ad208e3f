//! Names of every shape: words of Rust, SQL, protobuf and of what is generated, short and long, with digits and
//! underscores; and what people write about them.

use std::fmt::Write as _;

use fourfold_random::Random;

/// Names of fields and operations, in lower snake case: words of Rust, of SQL, of protobuf, gRPC and JSON, of what is generated,
/// and shapes.
const LOWER: &str = "
    type match ref async move yield try dyn in where impl loop static unsafe become macro raw union auto vec some
    none ok err clone drop len hash default clear encode decode merge encoded_len eq default_value std core alloc fmt result option_of main test user order select
    group table from to left desc asc limit offset index check primary null_value values column constraint grant
    window returning collate analyze current_user session year timestamp interval end do any all natural exists
    message package option oneof map repeated reserved rpc returns service syntax extend stream string bytes double
    float import optional required enumeration class function descriptor parent unknown_fields cached_size to_string
    has_value get_name data meta page items filter order_by page_size page_token total_size row cell ctx context
    input output error state task event queue subject source time kind path created changed before after item
    principal request response body headers query id_of etags version_of name value key note title status link
    self_link operation id_2 a b x1 x_1 a_b_c line_2 n0
    very_long_name_of_a_field_that_nobody_writes_in_one_piece with_2_numbers_3 is_it http2_id i18n utf8
    u8x e2e head options get list
";

/// Names of structs, enums and variants, in upper camel case. Not those of field types.
const UPPER: &str = "
    Order User Group Select Table Index Type Match Match2 Box Context Error Service Server Request Response Status
    Any Empty Struct Message Enum Package Result Config Resource Value Choice Event Task Handler Behavior Patch
    Descriptor Principal Row Cell Field Item Category Address Person Child News Series Bus Quiz Key Day Fish
    Analysis Datum A B X1 Http2Stream Utf8 OrderItem OrderLine2 URL IOPort ABTest Iterator Clone Copy Debug
    PartialEq Send Sync Into From Default Self2 Fn Future Arc Rc Cow HashMap
    VeryLongNameOfAStructThatNobodyWouldWriteInOnePiece VeryLongNameOfAStructThatNobodyWouldEverWriteInOnePiece Page Link Path Query Json5 Body State Problem Violation
    TaskFailure Operation Timestamps Money Color Stream Client Channel
";

/// What people write in comments.
const SAID: &[&str] = &[
    "What it is.",
    "One with `code`, *stress*, <b>HTML</b> & an entity: &amp;.",
    "\"Quoted\", 'so', and with a backslash: \\n is no line break.",
    "Ends a comment */ and begins one /* and // another.",
    "Umlauts, 漢字, a sign 🦀 and a tab\tin it.",
    "# A heading\n\n* a list\n* of two\n\nand a last line.",
    "{{ braces }} and {% more %} of ${them} and {0}.",
    "See [this](https://example.com/a?b=c&d) | and | a | table.",
    "A very long sentence that goes on and on, so that whoever writes it into a line of eighty or of a hundred characters has to break it \
     somewhere, or must not break it at all.",
];

/// How Rust writes a name.
pub(crate) fn written(name: &str) -> String {
    const WORDS: &str =
        "type match ref async move yield try dyn in where impl loop static unsafe become macro do extern gen";
    if WORDS.split(' ').any(|word| word == name) { format!("r#{name}") } else { name.to_owned() }
}

/// Another name than those that are taken; `None` where it fell on one of these.
pub(crate) fn lower(random: &mut Random, taken: &mut Vec<String>) -> Option<String> {
    new(random, LOWER, taken)
}

/// A name that a method would have which others make of a field that is there.
pub(crate) fn of_a_method(random: &mut Random, taken: &mut Vec<String>) -> Option<String> {
    let prefix = random.one(&["get", "set", "push", "insert"]);
    let name = format!("{prefix}_{}", random.one(taken));
    let is_new = !taken.contains(&name);
    is_new.then(|| {
        taken.push(name.clone());
        name
    })
}

/// Another name for a struct, an enum or a variant.
pub(crate) fn upper(random: &mut Random, taken: &mut Vec<String>) -> Option<String> {
    new(random, UPPER, taken)
}

fn new(random: &mut Random, words: &str, taken: &mut Vec<String>) -> Option<String> {
    let words: Vec<&str> = words.split_whitespace().collect();
    let name = words[random.below(words.len())];
    let is_new = !taken.iter().any(|other| other == name);
    is_new.then(|| {
        taken.push(name.to_owned());
        name.to_owned()
    })
}

/// A documentation comment, indented.
pub(crate) fn comment(random: &mut Random, indent: &str) -> String {
    let mut comment = String::new();
    for line in random.one(SAID).lines() {
        let space = if line.is_empty() { "" } else { " " };
        let _ = writeln!(comment, "{indent}///{space}{line}");
    }
    comment
}
