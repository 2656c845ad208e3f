//! SQLite.
use super::*;
#[derive(Clone, Debug)]
pub(crate) struct Sqlite {}
#[allow(unused_variables, clippy::unused_async)]
impl Sqlite {
    pub(crate) fn open(options: &StoreOptions) -> crate::Result<Self> { todo!() }
    pub(crate) async fn prepare(&self, resources: &[&'static Descriptor], migrate: bool) -> crate::Result<Vec<String>> { todo!() }
    pub(crate) async fn get(&self, descriptor: &'static Descriptor, id: &Cell) -> Result<Option<Row>, StoreError> { todo!() }
    pub(crate) async fn list(&self, select: &Select) -> Result<Vec<Row>, StoreError> { todo!() }
    pub(crate) async fn commit(&self, unit: Unit) -> Result<(), StoreError> { todo!() }
    pub(crate) async fn next_id(&self, descriptor: &'static Descriptor) -> Result<i64, StoreError> { todo!() }
    pub(crate) async fn record(&self, key: &str) -> Result<Option<Record>, StoreError> { todo!() }
    pub(crate) async fn prune(&self, records_before: DateTime<Utc>, events_before: DateTime<Utc>) -> Result<u64, StoreError> { todo!() }
    pub(crate) async fn ready(&self) -> Result<(), StoreError> { todo!() }
    pub(crate) async fn close(&self) { todo!() }
}
