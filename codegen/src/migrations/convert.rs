//! From one type to another: what loses nothing, and how it is said on each engine.

use fourfold_model::types::Scalar;

use super::schema::{Column, ColumnType};

/// How the content of a column becomes that of another type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Conversion {
    /// It is stored in the same way.
    Nothing,
    /// By an expression over the column, which is called `{}`; `None` where the engine stores both in the same way.
    By { sqlite: Option<&'static str>, postgres: Option<&'static str> },
    /// Not every value of the one is a value of the other.
    Loses,
}

/// A number without the zeros that SQLite sorts it by.
const UNPADDED: &str = "CASE WHEN ltrim({}, '0') = '' THEN '0' ELSE ltrim({}, '0') END";

/// What becomes of what is stored.
pub(super) fn convert(from: &Column, to: &Column) -> Conversion {
    match (from.ty, to.ty) {
        _ if from.rust == to.rust && from.ty == to.ty => Conversion::Nothing,
        (ColumnType::Scalar(from), ColumnType::Scalar(to)) => scalar(from, to),
        // The name alone is another; which values there are is compared by itself.
        (ColumnType::Choice, ColumnType::Choice | ColumnType::Scalar(Scalar::String)) => Conversion::Nothing,
        (ColumnType::Composite, ColumnType::Composite) => composite(&from.rust, &to.rust),
        _ => Conversion::Loses,
    }
}

fn scalar(from: Scalar, to: Scalar) -> Conversion {
    use Scalar::{Bool, Date, Decimal, F32, F64, I32, I64, String, Timestamp, U32, U64, Uuid};
    let by = |sqlite, postgres| Conversion::By { sqlite, postgres };
    match (from, to) {
        (U32, I64) => Conversion::Nothing,
        (I32, I64) => by(None, Some("{}::bigint")),
        (I32 | U32, F64) => by(Some("CAST({} AS REAL)"), Some("{}::double precision")),
        (F32, F64) => by(None, Some("{}::double precision")),
        (I32 | I64 | U32, Decimal) => by(Some("CAST({} AS TEXT)"), Some("{}::numeric")),
        (U64, Decimal) => by(Some(UNPADDED), Some("{}::numeric")),
        (U32, U64) => by(Some("printf('%020d', {})"), Some("{}::numeric(20,0)")),
        (I32 | I64 | U32, String) => by(Some("CAST({} AS TEXT)"), Some("{}::text")),
        (U64, String) => by(Some(UNPADDED), Some("{}::text")),
        (Bool, String) => by(Some("CASE {} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END"), Some("{}::text")),
        (Bool, I32) => by(None, Some("{}::integer")),
        (Bool, I64 | U32) => by(None, Some("{}::integer::bigint")),
        (Uuid | Decimal, String) => by(None, Some("{}::text")),
        (Date, String) => by(None, Some("to_char({}, 'YYYY-MM-DD')")),
        (Timestamp, String) => {
            by(None, Some("to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"))
        }
        _ => Conversion::Loses,
    }
}

/// Lists and maps of whole numbers may grow; a value of another name is read by what its fields are called.
fn composite(from: &str, to: &str) -> Conversion {
    let split = |rust: &str| {
        let (many, rest) =
            rust.split_once('<').map_or(("", rust), |(many, rest)| (many, rest.trim_end_matches('>')));
        (many.to_owned(), rest.rsplit(',').next().unwrap_or(rest).to_owned())
    };
    let ((from_many, from), (to_many, to)) = (split(from), split(to));
    let scalars = (Scalar::from_rust(&from), Scalar::from_rust(&to));
    let fits = match scalars {
        (None, None) => true,
        (Some(from), Some(to)) => matches!((from, to), (Scalar::I32 | Scalar::U32, Scalar::I64)),
        _ => false,
    };
    if from_many == to_many && fits { Conversion::Nothing } else { Conversion::Loses }
}
