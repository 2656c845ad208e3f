//! What a service says of itself: its OpenAPI and its AsyncAPI document, and a page to read them and try it out.

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode, header};

use super::merge::{self, Node};
use super::negotiate::{self, Format};
use super::{answer, conditional, guard, routes};
use crate::descriptor::Descriptor;
use crate::error::Error;
use crate::text;

const PAGE: &str = include_str!("docs.html");

/// What a service says of itself, written once.
#[derive(Debug)]
pub(crate) struct Description {
    /// `None` where no resource has a contract.
    documents: Option<Documents>,
}

/// A service's documents.
#[derive(Debug)]
struct Documents {
    openapi: Document,
    asyncapi: Document,
}

/// A document, and its entity tag.
#[derive(Debug)]
struct Document {
    text: Bytes,
    tag: String,
}

/// What is asked for.
#[derive(Clone, Copy)]
enum Asked {
    Openapi,
    Asyncapi,
    Page,
}

impl Description {
    pub(crate) fn of(resources: &[&'static Descriptor]) -> Self {
        let contracts = resources.iter().filter_map(|descriptor| descriptor.contract);
        Self::of_documents(
            &contracts.map(|contract| (contract.openapi, contract.asyncapi)).collect::<Vec<_>>(),
        )
    }

    fn of_documents(documents: &[(&str, &str)]) -> Self {
        let documents = (!documents.is_empty()).then(|| {
            let mut openapi = merge::merge(documents.iter().map(|(openapi, _)| *openapi));
            leave_out(&mut openapi, &|name| is_spoken(name));
            let asyncapi = merge::merge(documents.iter().map(|(_, asyncapi)| *asyncapi));
            Documents { openapi: Document::of(&openapi), asyncapi: Document::of(&asyncapi) }
        });
        Self { documents }
    }

    /// The answer, where the path is one of the three.
    pub(super) fn answer(&self, parts: &Parts, format: Format) -> Option<Response> {
        let asked = match parts.uri.path() {
            "/openapi.json" => Asked::Openapi,
            "/asyncapi.json" => Asked::Asyncapi,
            "/docs" => Asked::Page,
            _ => return None,
        };
        if !matches!(parts.method, Method::GET | Method::HEAD) {
            return Some(routes::only_read(parts, format));
        }
        Some(match (&self.documents, asked) {
            (None, _) => {
                let sentence = "no resource of this service has a contract: its package has no build script that calls \
                                fourfold_codegen::build";
                answer::problem(&Error::not_found(sentence), format, guard::id_of(parts))
            }
            (Some(_), Asked::Page) => page(),
            (Some(documents), Asked::Openapi) => documents.openapi.answer(parts),
            (Some(documents), Asked::Asyncapi) => documents.asyncapi.answer(parts),
        })
    }
}

impl Document {
    fn of(document: &Node) -> Self {
        let text = Bytes::from(serde_json::to_vec(document).unwrap_or_default());
        let tag = format!("\"{:016x}\"", text::fnv1a(&text));
        Self { text, tag }
    }

    fn answer(&self, parts: &Parts) -> Response {
        // A condition that can't be read is none: the answer is right all the same.
        let fresh =
            matches!(conditional::check_read(&parts.headers, &self.tag), Ok(conditional::Read::Fresh));
        let mut response = Response::new(if fresh { Body::empty() } else { Body::from(self.text.clone()) });
        if fresh {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        }
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        if let Ok(tag) = HeaderValue::try_from(&self.tag) {
            headers.insert(header::ETAG, tag);
        }
        response
    }
}

/// The page. It runs its own script and style and asks this service alone; nobody may show it in a frame.
fn page() -> Response {
    let nonce = uuid::Uuid::new_v4().simple().to_string();
    let mut response = Response::new(Body::from(PAGE.replace("{{nonce}}", &nonce)));
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; \
         img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if let Ok(policy) = HeaderValue::try_from(policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// Whether bodies come in this format: which do depends on the crate's features, and the document knows of all.
fn is_spoken(media_type: &str) -> bool {
    let subtype = media_type.rsplit(['/', '+']).next().unwrap_or_default();
    match subtype {
        "xml" | "protobuf" => negotiate::body_types(false, true).contains(&format!("application/{subtype}")),
        _ => true,
    }
}

/// Takes formats that are not spoken out of the document, and the parameter that only protobuf has.
fn leave_out(node: &mut Node, spoken: &dyn Fn(&str) -> bool) {
    match node {
        Node::Object(members) => {
            for (name, member) in members.iter_mut() {
                if let ("content", Node::Object(types)) = (name.as_str(), &mut *member) {
                    types.retain(|(media_type, _)| spoken(media_type));
                }
                leave_out(member, spoken);
            }
        }
        Node::List(elements) => {
            let mask = |element: &Node| {
                element.member("name") == Some(&Node::Text("update_mask".to_owned()))
                    && element.member("in") == Some(&Node::Text("query".to_owned()))
            };
            elements.retain(|element| spoken("application/protobuf") || !mask(element));
            for element in elements {
                leave_out(element, spoken);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = r#"{"openapi":"3.1.0","info":{"title":"a.v1","version":"v1"},"tags":[{"name":"a"}],
        "paths":{"/v1/b":{"get":{}}},"components":{"schemas":{"a.B":{"maximum":18446744073709551615}}}}"#;
    const OTHER: &str = r#"{"openapi":"3.1.0","info":{"title":"b.v1","version":"v1"},"tags":[{"name":"b"}],
        "paths":{"/v1/a":{"get":{}}},"components":{"schemas":{"a.B":{},"a.A":{"minimum":1.5}}}}"#;

    const EVENTS: &str = r#"{"asyncapi":"3.0.0","info":{"title":"a.v1","version":"v1"},
        "channels":{"b":{"messages":{}}},"operations":{"send.b":{}},"components":{"schemas":{"a.B":{}}}}"#;
    const OTHER_EVENTS: &str = r#"{"asyncapi":"3.0.0","info":{"title":"b.v1","version":"v1"},
        "channels":{"b":{"messages":{}},"a":{"messages":{}}},"operations":{"send.b":{},"send.a":{}},
        "components":{"schemas":{"a.A":{}}}}"#;

    fn one() -> Description {
        Description::of_documents(&[(ONE, EVENTS)])
    }

    fn both() -> Description {
        Description::of_documents(&[(ONE, EVENTS), (OTHER, OTHER_EVENTS)])
    }

    fn ask(description: &Description, method: Method, path: &str, tag: Option<&str>) -> Option<Response> {
        let mut request = http::Request::builder().method(method).uri(path);
        if let Some(tag) = tag {
            request = request.header(header::IF_NONE_MATCH, tag);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        description.answer(&parts, Format::Json)
    }

    async fn text(response: Response) -> String {
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[tokio::test]
    async fn the_document_is_the_union_of_all_in_whichever_order() {
        let expected = r#"{"openapi":"3.1.0","info":{"title":"a.v1, b.v1","version":"v1"},"#.to_owned()
            + r#""tags":[{"name":"a"},{"name":"b"}],"paths":{"/v1/a":{"get":{}},"/v1/b":{"get":{}}},"#
            + r#""components":{"schemas":{"a.A":{"minimum":1.5},"a.B":{"maximum":18446744073709551615}}}}"#;
        let response = ask(&both(), Method::GET, "/openapi.json", None).unwrap();
        assert_eq!(text(response).await, expected);
        let expected = r#"{"asyncapi":"3.0.0","info":{"title":"a.v1, b.v1","version":"v1"},"#.to_owned()
            + r#""channels":{"a":{"messages":{}},"b":{"messages":{}}},"operations":{"send.a":{},"send.b":{}},"#
            + r#""components":{"schemas":{"a.A":{},"a.B":{}}}}"#;
        let response = ask(&both(), Method::GET, "/asyncapi.json", None).unwrap();
        assert_eq!(text(response).await, expected);
    }

    #[test]
    fn who_has_the_document_is_told_so() {
        for path in ["/openapi.json", "/asyncapi.json"] {
            let first = ask(&one(), Method::GET, path, None).unwrap();
            let tag = first.headers()[header::ETAG].to_str().unwrap().to_owned();
            let again = ask(&one(), Method::GET, path, Some(&tag)).unwrap();
            assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
            assert_eq!(ask(&both(), Method::GET, path, Some(&tag)).unwrap().status(), StatusCode::OK);
        }
    }

    #[test]
    fn the_paths_are_there_to_be_read_and_no_other_path_is_taken() {
        let description = one();
        for path in ["/openapi.json", "/asyncapi.json", "/docs"] {
            assert_eq!(ask(&description, Method::HEAD, path, None).unwrap().status(), StatusCode::OK);
            let refused = ask(&description, Method::POST, path, None).unwrap();
            assert_eq!(refused.status(), StatusCode::METHOD_NOT_ALLOWED);
            assert_eq!(refused.headers()[header::ALLOW], "GET, HEAD");
        }
        for path in ["/docs/", "/docs/x", "/v1/openapi.json", "/"] {
            assert!(ask(&description, Method::GET, path, None).is_none(), "{path}");
        }
    }

    #[test]
    fn without_contracts_there_is_nothing_to_read() {
        for path in ["/openapi.json", "/asyncapi.json", "/docs"] {
            let response = ask(&Description::of_documents(&[]), Method::GET, path, None).unwrap();
            assert_eq!(response.status(), StatusCode::NOT_FOUND);
        }
    }

    #[tokio::test]
    async fn the_page_runs_its_own_script_and_nothing_else() {
        let description = one();
        let page = ask(&description, Method::GET, "/docs", None).unwrap();
        let policy = page.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
        let other = ask(&description, Method::GET, "/docs", None).unwrap();
        assert_ne!(other.headers()[header::CONTENT_SECURITY_POLICY], policy.as_str(), "a nonce is used once");
        assert!(policy.starts_with("default-src 'none'; script-src 'nonce-"), "{policy}");
        let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).unwrap();
        let text = text(page).await;
        assert_eq!(text.matches(&format!("nonce=\"{nonce}\"")).count(), 2);
        for outside in ["http://", "https://", "src=", "@import", "style=\"", "onclick=\"", "innerHTML"] {
            assert!(!text.contains(outside), "{outside}");
        }
        assert!(text.len() < 35_000, "{} bytes", text.len());
    }

    #[test]
    fn what_is_not_spoken_is_left_out() {
        let mut document: Node = serde_json::from_str(
            r#"{"parameters":[{"name":"update_mask","in":"query"},{"name":"a","in":"query"}],
                "content":{"application/json":1,"application/xml":2,"application/protobuf":3}}"#,
        )
        .unwrap();
        leave_out(&mut document, &|name| name.ends_with("json"));
        let left = r#"{"parameters":[{"name":"a","in":"query"}],"content":{"application/json":1}}"#;
        assert_eq!(serde_json::to_string(&document).unwrap(), left);
    }
}
