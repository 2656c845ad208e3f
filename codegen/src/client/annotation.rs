//! What `google.api` says of methods and fields. The descriptors of prost leave extensions out, so they are read here.

/// The files of a set, down to what is wanted.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Files {
    #[prost(message, repeated, tag = "1")]
    file: Vec<File>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct File {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, repeated, tag = "4")]
    message: Vec<Message>,
    #[prost(message, repeated, tag = "6")]
    service: Vec<Service>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Message {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, repeated, tag = "2")]
    field: Vec<Field>,
    #[prost(message, repeated, tag = "3")]
    nested: Vec<Message>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Field {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, optional, tag = "8")]
    options: Option<FieldOptions>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct FieldOptions {
    #[prost(int32, repeated, tag = "1052")]
    behavior: Vec<i32>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Service {
    #[prost(message, repeated, tag = "2")]
    method: Vec<Method>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Method {
    #[prost(message, optional, tag = "4")]
    options: Option<Options>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Options {
    #[prost(message, optional, tag = "72295728")]
    http: Option<Rule>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Rule {
    #[prost(string, tag = "2")]
    get: String,
    #[prost(string, tag = "3")]
    put: String,
    #[prost(string, tag = "4")]
    post: String,
    #[prost(string, tag = "5")]
    delete: String,
    #[prost(string, tag = "6")]
    patch: String,
    #[prost(string, tag = "7")]
    body: String,
}

/// What a method is in REST.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Http {
    /// `GET`
    pub(super) verb: &'static str,
    /// `/v1/users/{id}`
    pub(super) path: String,
    /// The field of the request that is the body; empty where there is none.
    pub(super) body: String,
}

impl Files {
    /// What a method is in REST, by its file and the places of its service and itself.
    pub(super) fn http(&self, file: &str, service: usize, method: usize) -> Option<Http> {
        let file = self.file.iter().find(|candidate| candidate.name == file)?;
        let rule = file.service.get(service)?.method.get(method)?.options.as_ref()?.http.as_ref()?;
        let verbs = [
            ("GET", &rule.get),
            ("PUT", &rule.put),
            ("POST", &rule.post),
            ("DELETE", &rule.delete),
            ("PATCH", &rule.patch),
        ];
        let (verb, path) = verbs.into_iter().find(|(_, path)| !path.is_empty())?;
        Some(Http { verb, path: path.clone(), body: rule.body.clone() })
    }
}

impl Files {
    /// The fields that are accepted and never shown, of the message by its file and the names that lead to it.
    pub(super) fn hidden(&self, file: &str, message: &[&str]) -> Vec<&str> {
        /// `google.api.INPUT_ONLY`
        const INPUT_ONLY: i32 = 4;
        let Some(file) = self.file.iter().find(|candidate| candidate.name == file) else { return Vec::new() };
        let mut within = &file.message;
        let mut found = None;
        for name in message {
            found = within.iter().find(|candidate| candidate.name == *name);
            let Some(message) = found else { return Vec::new() };
            within = &message.nested;
        }
        let fields = found.map(|message| message.field.as_slice()).unwrap_or_default();
        let hidden = |field: &&Field| {
            field.options.as_ref().is_some_and(|options| options.behavior.contains(&INPUT_ONLY))
        };
        fields.iter().filter(hidden).map(|field| field.name.as_str()).collect()
    }
}
