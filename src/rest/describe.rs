//! What a service says of itself: its OpenAPI document, and a page to read it and try it out.

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

/// The document of all resources, written once.
#[derive(Debug)]
pub(crate) struct Description {
    /// `None` where no resource has a contract.
    openapi: Option<Bytes>,
    /// Its entity tag.
    tag: String,
}

impl Description {
    pub(crate) fn of(resources: &[&'static Descriptor]) -> Self {
        let contracts: Vec<_> = resources.iter().filter_map(|descriptor| descriptor.contract).collect();
        Self::of_documents(&contracts.iter().map(|contract| contract.openapi).collect::<Vec<_>>())
    }

    fn of_documents(documents: &[&str]) -> Self {
        let openapi = (!documents.is_empty()).then(|| {
            let mut document = merge::merge(documents.iter().copied());
            leave_out(&mut document, &|name| is_spoken(name));
            Bytes::from(serde_json::to_vec(&document).unwrap_or_default())
        });
        let tag = format!("\"{:016x}\"", text::fnv1a(openapi.as_deref().unwrap_or_default()));
        Self { openapi, tag }
    }

    /// The answer, where the path is one of the two.
    pub(super) fn answer(&self, parts: &Parts, format: Format) -> Option<Response> {
        let page = match parts.uri.path() {
            "/openapi.json" => false,
            "/docs" => true,
            _ => return None,
        };
        if !matches!(parts.method, Method::GET | Method::HEAD) {
            return Some(routes::only_read(parts, format));
        }
        Some(match &self.openapi {
            None => {
                let sentence = "no resource of this service has a contract: its package has no build script that calls \
                                fourfold_codegen::build";
                answer::problem(&Error::not_found(sentence), format, guard::id_of(parts))
            }
            Some(_) if page => self::page(),
            Some(openapi) => self.document(parts, openapi),
        })
    }

    fn document(&self, parts: &Parts, openapi: &Bytes) -> Response {
        // A condition that can't be read is none: the answer is right all the same.
        let fresh =
            matches!(conditional::check_read(&parts.headers, &self.tag), Ok(conditional::Read::Fresh));
        let mut response = Response::new(if fresh { Body::empty() } else { Body::from(openapi.clone()) });
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
        let description = Description::of_documents(&[ONE, OTHER]);
        let response = ask(&description, Method::GET, "/openapi.json", None).unwrap();
        assert_eq!(text(response).await, expected);
    }

    #[test]
    fn who_has_the_document_is_told_so() {
        let description = Description::of_documents(&[ONE]);
        let first = ask(&description, Method::GET, "/openapi.json", None).unwrap();
        let tag = first.headers()[header::ETAG].to_str().unwrap().to_owned();
        let again = ask(&description, Method::GET, "/openapi.json", Some(&tag)).unwrap();
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        let other = Description::of_documents(&[ONE, OTHER]);
        assert_eq!(ask(&other, Method::GET, "/openapi.json", Some(&tag)).unwrap().status(), StatusCode::OK);
    }

    #[test]
    fn both_paths_are_there_to_be_read_and_no_other_path_is_taken() {
        let description = Description::of_documents(&[ONE]);
        for path in ["/openapi.json", "/docs"] {
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
        for path in ["/openapi.json", "/docs"] {
            let response = ask(&Description::of_documents(&[]), Method::GET, path, None).unwrap();
            assert_eq!(response.status(), StatusCode::NOT_FOUND);
        }
    }

    #[tokio::test]
    async fn the_page_runs_its_own_script_and_nothing_else() {
        let description = Description::of_documents(&[ONE]);
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
