//! What the end of a task that came from Celery needs, as it is kept with the task.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use uuid::Uuid;

/// The namespace (RFC 9562, section 5.5) of ids that are no UUIDs.
const IDS: Uuid = Uuid::from_u128(0x51c2_9b0e_6d0f_4a39_8a44_3c1d_70f5_e2b6);

/// What is said of a task at its end, and to whom.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Origin {
    /// As the producer wrote it.
    pub(crate) id: String,
    /// The queue for its results, where there is one.
    pub(crate) reply_to: String,
    pub(crate) correlation_id: Option<String>,
    /// Nobody wants to know.
    pub(crate) ignore_result: bool,
    pub(crate) root_id: Option<String>,
    pub(crate) parent_id: Option<String>,
    pub(crate) group: Option<String>,
    /// Not begun after this. Not where the ledger sees it, for what it marks as expired nobody is told.
    pub(crate) expires: Option<DateTime<Utc>>,
    pub(crate) priority: u8,
    /// What runs after it, the last first.
    pub(crate) chain: Vec<Value>,
    /// What runs besides, after it succeeded, and after it failed.
    pub(crate) callbacks: Vec<Value>,
    pub(crate) errbacks: Vec<Value>,
}

impl Origin {
    /// The task's id here.
    pub(crate) fn uuid(&self) -> Uuid {
        self.id.parse().unwrap_or_else(|_| Uuid::new_v5(&IDS, self.id.as_bytes()))
    }

    pub(super) fn root(&self) -> &str {
        self.root_id.as_deref().unwrap_or(&self.id)
    }

    pub(crate) fn to_json(&self) -> String {
        let mut map = Map::new();
        map.insert("id".to_owned(), self.id.clone().into());
        let texts = [
            ("correlation_id", &self.correlation_id),
            ("root_id", &self.root_id),
            ("parent_id", &self.parent_id),
            ("group", &self.group),
        ];
        for (name, text) in texts {
            if let Some(text) = text {
                map.insert(name.to_owned(), text.clone().into());
            }
        }
        if !self.reply_to.is_empty() {
            map.insert("reply_to".to_owned(), self.reply_to.clone().into());
        }
        if self.ignore_result {
            map.insert("ignore_result".to_owned(), true.into());
        }
        if let Some(expires) = &self.expires {
            map.insert("expires".to_owned(), crate::text::format_timestamp(expires).into());
        }
        if self.priority > 0 {
            map.insert("priority".to_owned(), self.priority.into());
        }
        let lists = [("chain", &self.chain), ("callbacks", &self.callbacks), ("errbacks", &self.errbacks)];
        for (name, list) in lists {
            if !list.is_empty() {
                map.insert(name.to_owned(), list.clone().into());
            }
        }
        Value::Object(map).to_string()
    }

    /// `None` for what is not of this protocol.
    pub(crate) fn from_json(text: &str) -> Option<Self> {
        let mut value: Value = serde_json::from_str(text).ok()?;
        let mut list = |name: &str| match value.get_mut(name).map(Value::take) {
            Some(Value::Array(list)) => list,
            _ => Vec::new(),
        };
        let (chain, callbacks, errbacks) = (list("chain"), list("callbacks"), list("errbacks"));
        let text = |name: &str| value[name].as_str().map(str::to_owned);
        let expires = value["expires"].as_str().and_then(|text| DateTime::parse_from_rfc3339(text).ok());
        Some(Self {
            id: text("id")?,
            reply_to: text("reply_to").unwrap_or_default(),
            correlation_id: text("correlation_id"),
            ignore_result: value["ignore_result"].as_bool().unwrap_or_default(),
            root_id: text("root_id"),
            parent_id: text("parent_id"),
            group: text("group"),
            expires: expires.map(|moment| moment.to_utc()),
            priority: value["priority"].as_u64().and_then(|it| u8::try_from(it).ok()).unwrap_or_default(),
            chain,
            callbacks,
            errbacks,
        })
    }
}
