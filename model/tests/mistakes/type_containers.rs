#[derive(Value)]
struct Thing {
    a: HashMap<String, i32>,
    b: Vec<u8>,
    c: Vec<Option<i32>>,
    d: Vec<Vec<i32>>,
    e: Option<Option<i32>>,
    f: BTreeMap<i32, String>,
    g: HashSet<String>,
    h: BTreeMap<String, Vec<i32>>,
    i: BTreeMap<String>,
    j: Vec,
    k: Option<HashMap<String, String>>,
}
