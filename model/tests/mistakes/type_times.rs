#[derive(Value)]
struct Thing {
    a: SystemTime,
    b: std::time::Instant,
    c: NaiveDateTime,
    d: DateTime<Local>,
    e: DateTime,
    f: TimeDelta,
}
