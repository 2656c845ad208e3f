//! A resource with every type in every shape, and the `.proto` that a build would write for it.

use std::fmt::Write as _;
use std::sync::OnceLock;

use prost::Message as _;
use prost_reflect::{DescriptorPool, MessageDescriptor};
use protox::file::{ChainFileResolver, File, FileResolver, GoogleFileResolver};

use crate::cell::{Cell, Row};
use crate::context::Context;
use crate::descriptor::{
    BoxFuture, ChoiceDescriptor, Contract, Descriptor, EventMessages, Field, Kind, Operation, Scalar,
    Statements, Type, ValueDescriptor, Variant,
};
use crate::error::Result;
use crate::proto::Plan;
use crate::{rpc, types};

pub(super) static SHADE: ChoiceDescriptor = ChoiceDescriptor {
    name: "Shade",
    doc: "",
    variants: &[
        Variant { name: "light", doc: "" },
        Variant { name: "very_dark", doc: "" },
        Variant { name: "2nd-hand", doc: "" },
    ],
};

/// The numbers of the variants, as a lock might have given them.
const SHADES: [i32; 3] = [2, 1, 100_000];

const fn of(kind: Kind) -> Type {
    Type { optional: false, kind }
}

const fn maybe(kind: Kind) -> Type {
    Type { optional: true, kind }
}

const fn plain(scalar: Scalar) -> Type {
    of(Kind::Scalar(scalar))
}

pub(super) static LEAF: ValueDescriptor = ValueDescriptor {
    name: "Leaf",
    doc: "",
    fields: &[
        Field::new("width", plain(Scalar::F64)),
        Field::new("count", plain(Scalar::U64)),
        Field::new("at", maybe(Kind::Scalar(Scalar::Timestamp))),
        Field::new("shade", of(Kind::Choice(&SHADE))),
        Field::new("tags", of(Kind::List(&Kind::Scalar(Scalar::String)))),
        Field::new("note", maybe(Kind::Scalar(Scalar::String))),
        Field { default: Some(|| Cell::Int(7)), ..Field::new("rank", plain(Scalar::I32)) },
    ],
};

pub(super) static BRANCH: ValueDescriptor = ValueDescriptor {
    name: "Branch",
    doc: "",
    fields: &[
        Field::new("name", plain(Scalar::String)),
        Field::new("leaf", of(Kind::Value(&LEAF))),
        Field::new("maybe_leaf", maybe(Kind::Value(&LEAF))),
        Field::new("leaves", of(Kind::List(&Kind::Value(&LEAF)))),
        Field::new("by_name", of(Kind::Map(&Kind::Value(&LEAF)))),
        Field { input_only: true, ..Field::new("secret", maybe(Kind::Scalar(Scalar::Bytes))) },
    ],
};

fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

fn fields() -> Vec<Field> {
    let mut fields = vec![Field::new("id", plain(Scalar::Uuid))];
    let mut kinds: Vec<(String, Kind)> =
        types::TYPES.iter().map(|info| (info.rust.to_lowercase(), Kind::Scalar(info.scalar))).collect();
    kinds.push(("shade".to_owned(), Kind::Choice(&SHADE)));
    kinds.push(("branch".to_owned(), Kind::Value(&BRANCH)));
    for (name, kind) in kinds {
        let kind = leak(kind);
        for (shape, ty) in [
            ("one", of(*kind)),
            ("maybe", maybe(*kind)),
            ("list", of(Kind::List(kind))),
            ("map", of(Kind::Map(kind))),
        ] {
            fields.push(Field::new(format!("{shape}_{name}").leak(), ty));
        }
    }
    fields.extend([
        Field::new("maybe_numbers", maybe(Kind::List(&Kind::Scalar(Scalar::I32)))),
        Field { default: Some(|| Cell::Int(3)), ..Field::new("level", plain(Scalar::I32)) },
        Field { immutable: true, ..Field::new("code", plain(Scalar::String)) },
        Field { input_only: true, ..Field::new("password", maybe(Kind::Scalar(Scalar::String))) },
        Field { output_only: true, ..Field::new("hits", plain(Scalar::I64)) },
        Field { output_only: true, ..Field::new("state", of(Kind::Choice(&SHADE))) },
        Field { output_only: true, ..Field::new("note_of_server", maybe(Kind::Scalar(Scalar::String))) },
        Field { output_only: true, ..Field::new("created_at", plain(Scalar::Timestamp)) },
        Field { output_only: true, ..Field::new("version", plain(Scalar::I64)) },
    ]);
    fields
}

fn idle(_: &Context, row: Row, _: Cell) -> BoxFuture<'_, Result<Row>> {
    Box::pin(async { Ok(row) })
}

const NO: Statements = Statements { select: "", get: "", insert: "", update: "", delete: "" };

/// The resource without its contract.
pub(crate) fn descriptor(contract: Option<&'static Contract>) -> &'static Descriptor {
    let fields: &'static [Field] = fields().leak();
    let last = fields.len() - 1;
    leak(Descriptor {
        name: "Sample",
        package: "test.codec.v1",
        version: "v1",
        path: "samples",
        singular: "sample",
        plural: "samples",
        table: "samples",
        doc: "",
        fields,
        id: 0,
        version_field: Some(last),
        created_at: Some(last - 1),
        updated_at: None,
        deleted_at: None,
        operations: leak([
            Operation { name: "grow", input: Some(&BRANCH), event: None, run: idle },
            Operation { name: "rest", input: None, event: None, run: idle },
        ]),
        behavior: None,
        tasks: &[],
        sqlite: NO,
        postgres: NO,
        fingerprint: 0,
        contract,
    })
}

fn proto_type(kind: &Kind) -> String {
    match kind {
        Kind::Scalar(scalar) => scalar.info().proto.to_owned(),
        Kind::Choice(choice) => choice.name.to_owned(),
        Kind::Value(value) => value.name.to_owned(),
        Kind::List(element) => format!("repeated {}", proto_type(element)),
        Kind::Map(element) => format!("map<string, {}>", proto_type(element)),
    }
}

/// A message; its numbers are in no order, and some need two bytes or three.
fn message(name: &str, fields: &[Field], implicit: impl Fn(usize) -> bool, more: &str) -> String {
    let mut text = format!("message {name} {{\n{more}");
    for (index, field) in fields.iter().enumerate() {
        let number = (index * 37) % 101 + if index % 10 == 9 { 3000 } else { 1 };
        let singular = matches!(field.ty.kind, Kind::Scalar(_) | Kind::Choice(_));
        let optional = if singular && !implicit(index) { "optional " } else { "" };
        let unpacked = if field.name == "list_u32" { " [packed = false]" } else { "" };
        writeln!(text, "  {optional}{} {} = {number}{unpacked};", proto_type(&field.ty.kind), field.name)
            .unwrap();
    }
    text + "}\n"
}

/// The file that a build would write.
pub(crate) fn source(descriptor: &Descriptor) -> String {
    let mut text = "syntax = \"proto3\"; package test.codec.v1;\n\
        import \"google/protobuf/timestamp.proto\"; import \"google/protobuf/duration.proto\";\n\
        import \"google/protobuf/empty.proto\"; import \"google/protobuf/field_mask.proto\";\n"
        .to_owned();
    writeln!(text, "enum Shade {{ {} = 0;", rpc::unspecified("Shade")).unwrap();
    for (variant, number) in SHADE.variants.iter().zip(SHADES) {
        writeln!(text, "{} = {number};", rpc::enum_value("Shade", variant.name)).unwrap();
    }
    text += "}\n";
    let implicit = |index: usize| {
        let field = &descriptor.fields[index];
        index == descriptor.id || (field.output_only && !field.ty.optional)
    };
    text += &message("Sample", descriptor.fields, implicit, "  string etag = 2500;\n");
    text += &message("Branch", BRANCH.fields, |_| false, "");
    text += &message("Leaf", LEAF.fields, |_| false, "");
    text + "message ListSamplesResponse { repeated Sample samples = 1; string next_page_token = 2; }\n\
        message WatchSamplesResponse { string resume_token = 1; string happened = 2; Sample sample = 3; Sample before = 4; \
        repeated string changed = 5; }\n\
        message Any {}\n\
        message GrowSampleRequest { string id = 1; string etag = 2; string request_id = 3; Branch input = 4; }\n\
        message RestSampleRequest { string id = 1; string etag = 2; string request_id = 3; }\n\
        service SampleService {\n\
        rpc GetSample(Any) returns (Sample); rpc ListSamples(Any) returns (ListSamplesResponse);\n\
        rpc WatchSamples(Any) returns (stream WatchSamplesResponse);\n\
        rpc CreateSample(Any) returns (Sample); rpc UpdateSample(Any) returns (Sample);\n\
        rpc DeleteSample(Any) returns (google.protobuf.Empty);\n\
        rpc GrowSample(GrowSampleRequest) returns (Sample); rpc RestSample(RestSampleRequest) returns (Sample);\n\
        }\n"
}

struct Memory(String);

impl FileResolver for Memory {
    fn open_file(&self, name: &str) -> std::result::Result<File, protox::Error> {
        if name == "test/codec/v1/codec.proto" {
            return File::from_source(name, &self.0);
        }
        Err(protox::Error::file_not_found(name))
    }
}

/// The file's descriptor, encoded, and all that it refers to.
pub(crate) fn compile(source: String) -> (Vec<u8>, DescriptorPool) {
    let mut files = ChainFileResolver::new();
    files.add(Memory(source));
    files.add(GoogleFileResolver::new());
    let mut compiler = protox::Compiler::with_file_resolver(files);
    compiler.include_imports(true).open_file("test/codec/v1/codec.proto").expect("a valid proto");
    let pool = compiler.descriptor_pool();
    let file = pool.get_file_by_name("test/codec/v1/codec.proto").expect("the file");
    (file.file_descriptor_proto().encode_to_vec(), pool)
}

static NO_EVENTS: EventMessages = EventMessages { proto: &[], types: &[], texts: &[], values: &[] };

pub(super) fn contract(proto: Vec<u8>) -> &'static Contract {
    leak(Contract { fingerprint: 0, proto: proto.leak(), openapi: "{}", asyncapi: "{}", events: &NO_EVENTS })
}

fn built() -> &'static (Plan, DescriptorPool) {
    static BUILT: OnceLock<(Plan, DescriptorPool)> = OnceLock::new();
    BUILT.get_or_init(|| {
        let (proto, pool) = compile(source(descriptor(None)));
        let plan = Plan::link(descriptor(Some(contract(proto)))).expect("a link").expect("a contract");
        (plan, pool)
    })
}

pub(crate) fn plan() -> &'static Plan {
    &built().0
}

pub(crate) fn message_type(name: &str) -> MessageDescriptor {
    built().1.get_message_by_name(&format!("test.codec.v1.{name}")).expect(name)
}

/// A message of protobuf's own.
pub(super) fn google(name: &str) -> MessageDescriptor {
    built().1.get_message_by_name(&format!("google.protobuf.{name}")).expect(name)
}

pub(super) fn shade_number(variant: u16) -> i32 {
    SHADES[usize::from(variant)]
}
