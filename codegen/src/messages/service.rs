//! Services: tonic's client and server of each, by tonic-build.

use proc_macro2::{Group, Spacing, TokenStream, TokenTree};
use quote::quote;

/// Writes a service as prost-build comes by it.
pub(super) struct Generator {
    runtime: String,
}

impl Generator {
    pub(super) fn new(runtime: &str) -> Self {
        Self { runtime: runtime.to_owned() }
    }
}

impl prost_build::ServiceGenerator for Generator {
    fn generate(&mut self, service: prost_build::Service, buffer: &mut String) {
        let codec = format!("{}::tonic_prost::ProstCodec", self.runtime);
        let methods =
            service.methods.iter().map(|method| Method { method: method.clone(), codec: codec.clone() });
        let service = Service { methods: methods.collect(), service };
        let mut builder = tonic_build::CodeGenBuilder::new();
        builder.emit_package(true).build_transport(true).generate_default_stubs(true);
        let client = builder.generate_client(&service, "super");
        let server = builder.generate_server(&service, "super");
        let runtime: TokenStream = self.runtime.parse().unwrap_or_default();
        let tokens = through(quote!(#client #server), &runtime);
        // What tonic writes is Rust; where it were not, rustc says so of the tokens.
        match syn::parse2(tokens.clone()) {
            Ok(file) => buffer.push_str(&prettyplease::unparse(&file)),
            Err(_) => buffer.push_str(&tokens.to_string()),
        }
    }
}

/// The tokens with `tonic` found in the runtime: tonic-build takes it for a dependency of the crate.
fn through(tokens: TokenStream, runtime: &TokenStream) -> TokenStream {
    let mut out = TokenStream::new();
    let mut rest = tokens.into_iter().peekable();
    // How many colons are before the token: after two of them it is within a path.
    let mut colons = 0;
    while let Some(token) = rest.next() {
        let before = std::mem::take(&mut colons);
        match token {
            TokenTree::Ident(ident)
                if ident == "tonic" && before < 2 && rest.peek().is_some_and(begins_path) =>
            {
                out.extend(quote!(#runtime::#ident));
            }
            TokenTree::Group(group) => {
                let mut outer = Group::new(group.delimiter(), through(group.stream(), runtime));
                outer.set_span(group.span());
                out.extend([TokenTree::Group(outer)]);
            }
            other => {
                colons = if is_colon(&other) { before + 1 } else { 0 };
                out.extend([other]);
            }
        }
    }
    out
}

/// Whether it is the first half of `::`.
fn begins_path(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == ':' && punct.spacing() == Spacing::Joint)
}

fn is_colon(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == ':')
}

struct Service {
    service: prost_build::Service,
    methods: Vec<Method>,
}

impl tonic_build::Service for Service {
    type Comment = String;
    type Method = Method;

    fn name(&self) -> &str {
        &self.service.name
    }

    fn package(&self) -> &str {
        &self.service.package
    }

    fn identifier(&self) -> &str {
        &self.service.proto_name
    }

    fn methods(&self) -> &[Method] {
        &self.methods
    }

    fn comment(&self) -> &[String] {
        &self.service.comments.leading
    }
}

struct Method {
    method: prost_build::Method,
    codec: String,
}

impl tonic_build::Method for Method {
    type Comment = String;

    fn name(&self) -> &str {
        &self.method.name
    }

    fn identifier(&self) -> &str {
        &self.method.proto_name
    }

    fn codec_path(&self) -> &str {
        &self.codec
    }

    fn client_streaming(&self) -> bool {
        self.method.client_streaming
    }

    fn server_streaming(&self) -> bool {
        self.method.server_streaming
    }

    fn comment(&self) -> &[String] {
        &self.method.comments.leading
    }

    fn request_response_name(&self, proto_path: &str, _well_known: bool) -> (TokenStream, TokenStream) {
        (path(proto_path, &self.method.input_type), path(proto_path, &self.method.output_type))
    }
}

/// A type as prost-build says it, seen from the service's module: its own path, where it is not of this package.
fn path(proto_path: &str, name: &str) -> TokenStream {
    let own = name.starts_with("::") || name.starts_with("()");
    let text = if own { name.to_owned() } else { format!("{proto_path}::{name}") };
    text.parse().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tonic_is_found_in_the_runtime() {
        let tokens = quote!(
            use tonic::a;
            fn f(tonic: super::tonic::B) -> C<tonic::D> {
                vec![tonic::e(tonic)]
            }
        );
        let expected = quote!(
            use ::r::tonic::a;
            fn f(tonic: super::tonic::B) -> C<::r::tonic::D> {
                vec![::r::tonic::e(tonic)]
            }
        );
        assert_eq!(through(tokens, &quote!(::r)).to_string(), expected.to_string());
    }
}
