//! Problem documents (RFC 9457, appendix B).

use super::encode::{close, element, open};
use crate::rest::{Problem, place};

/// Writes a problem document. What is wrong with the request is an array in that appendix's way: elements called `i`.
pub(crate) fn encode_problem(problem: &Problem<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(512);
    out.extend_from_slice(br#"<?xml version="1.0" encoding="UTF-8"?><problem xmlns="urn:ietf:rfc:7807">"#);
    element(&mut out, "type", &problem.type_uri());
    element(&mut out, "title", problem.title);
    element(&mut out, "status", &problem.status.to_string());
    element(&mut out, "detail", &problem.detail());
    element(&mut out, "code", problem.code);
    element(&mut out, "request_id", problem.request_id);
    if !problem.error.violations().is_empty() {
        open(&mut out, "errors");
        for violation in problem.error.violations() {
            open(&mut out, "i");
            element(&mut out, place(violation), &violation.pointer);
            element(&mut out, "code", violation.code);
            element(&mut out, "detail", &violation.message);
            close(&mut out, "i");
        }
        close(&mut out, "errors");
    }
    close(&mut out, "problem");
    out
}
