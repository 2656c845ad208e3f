//! Whether a text has the form that a rule wants: what a service asks of requests, and the check of a `default`.

/// An address as one types it: no display name, no address literal, a domain with a dot or a host name.
pub(crate) fn is_email(text: &str) -> bool {
    let options = email_address::Options::default().without_display_text().without_domain_literal();
    email_address::EmailAddress::parse_with_options(text, options).is_ok()
}

/// An absolute URI with an authority.
pub(crate) fn is_url(text: &str) -> bool {
    iri_string::types::UriStr::new(text).is_ok_and(|uri| uri.authority_str().is_some())
}
