//! The typed client of one service: a trait, and what implements it over the network.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Literal, TokenStream};
use prost_types::field_descriptor_proto::Type;
use quote::{format_ident, quote};

use super::annotation::Http;
use super::names;
use super::service::{Field, Method, Service, Shape};

/// The text of its file.
pub(super) fn file(service: &Service) -> String {
    let (imports, api, client) = (imports(service), api(service), client(service));
    let implementation = implementation(service);
    let tokens = quote! {
        #imports
        #api
        #client
        #implementation
    };
    // What `quote!` makes of names that are valid always parses; were it not so, the compiler would show the place.
    let Ok(file) = syn::parse2(tokens.clone()) else { return tokens.to_string() };
    spaced(&prettyplease::unparse(&file))
}

/// With an empty line between items, as people write them.
fn spaced(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 256);
    let mut before = "";
    for line in text.lines() {
        let inner = line.strip_prefix("    ").unwrap_or(line);
        let begins = ["///", "#[", "fn ", "pub ", "impl "].iter().any(|word| inner.starts_with(word));
        let ended = before.strip_prefix("    ").unwrap_or(before);
        let ended = !ended.starts_with([' ', '/', '#']) && ended.ends_with(['}', ';']);
        if begins && ended {
            out.push('\n');
        }
        out.push_str(line);
        out.push('\n');
        before = line;
    }
    out
}

fn imports(service: &Service) -> TokenStream {
    let mut messages = BTreeSet::new();
    let mut add = |full: &str| messages.extend(names::local(&service.package, full).map(str::to_owned));
    for method in &service.methods {
        add(&method.input);
        add(&method.output);
        match &method.shape {
            Shape::List { items: field }
            | Shape::Create { resource: field }
            | Shape::Update { resource: field, .. }
            | Shape::Custom { input: Some(field) } => add(&field.type_name),
            Shape::Get | Shape::Delete | Shape::Watch | Shape::Custom { input: None } | Shape::Other => {}
        }
    }
    for watch in &service.watches {
        add(&watch.input);
        add(&watch.output);
    }
    let messages = messages.iter().map(|name| names::camel(name)).filter(|name| !names::is_said(name));
    let places = service.methods.iter().any(|method| method.http.is_some()).then(|| quote!(Method,));
    let masks = service.methods.iter().any(|method| matches!(method.shape, Shape::Update { .. }));
    let masks = masks.then(|| quote!(field_mask,));
    let watches = (!service.watches.is_empty()).then(|| quote!(Watch,));
    quote! {
        use ::fourfold::Context;
        use ::fourfold::client::{Call, CallOptions, Client, #places RemoteError, #watches #masks};
        use super::{#(#messages),*};
    }
}

fn docs(text: &str) -> TokenStream {
    let lines = text.lines().map(|line| if line.is_empty() { String::new() } else { format!(" {line}") });
    quote!(#(#[doc = #lines])*)
}

fn api(service: &Service) -> TokenStream {
    let (api, client) = (service.api(), service.client());
    let mut text = format!("What `{}.{}` can do.", service.package, service.proto);
    if !service.doc.is_empty() {
        text = format!("{text}\n\n{}", service.doc);
    }
    text = format!(
        "{text}\n\n[`{client}`] does it over the network; a test may put in its place whatever else implements this."
    );
    if !service.streams.is_empty() {
        text = format!("{text}\n\nStreams are left out: {}.", service.streams.join(", "));
    }
    let docs = docs(&text);
    let methods = service.methods.iter().map(|method| {
        let text = if method.doc.is_empty() { format!("Calls `{}`.", method.proto) } else { method.doc.clone() };
        let mut text = text;
        if let Shape::Update { .. } = method.shape {
            text.push_str(
                "\n\nAn `etag` in the message, as a read leaves it there, makes it fail where the row has changed since; \
                 clear it to write all the same.",
            );
        }
        let (docs, signature) = (self::docs(&text), signature(service, method));
        let deprecated = super::deprecated(method.deprecated, &method.doc);
        quote!(#docs #deprecated #signature;)
    });
    let alls = service.methods.iter().filter_map(|method| list_all(service, method));
    quote! {
        #docs
        pub trait #api: Send + Sync {
            #(#methods)*
            #(#alls)*
        }
    }
}

/// `fn get(&self, id: ..) -> impl Future<..> + Send`
fn signature(service: &Service, method: &Method) -> TokenStream {
    let name = &method.name;
    let output = names::path(&service.package, &method.output);
    let arguments = arguments(service, method);
    quote! {
        fn #name(&self, #(#arguments),*) -> impl Future<Output = Result<#output, RemoteError>> + Send
    }
}

fn arguments(service: &Service, method: &Method) -> Vec<TokenStream> {
    let ty = |full: &str| names::path(&service.package, full);
    let id = || if is_numbered(method) { quote!(id: i64) } else { quote!(id: impl Into<String> + Send) };
    let of = |field: &Field| {
        let (name, ty) = (names::snake(&field.name), ty(&field.type_name));
        quote!(#name: #ty)
    };
    match &method.shape {
        Shape::Get | Shape::Delete | Shape::Custom { input: None } => vec![id()],
        Shape::Custom { input: Some(input) } => vec![id(), of(input)],
        Shape::Create { resource } => vec![of(resource)],
        Shape::Update { resource, .. } => vec![of(resource), quote!(mask: &[&str])],
        Shape::List { .. } | Shape::Watch | Shape::Other => {
            let ty = ty(&method.input);
            vec![quote!(request: #ty)]
        }
    }
}

/// All pages of a list, up to a number that the caller names.
fn list_all(service: &Service, method: &Method) -> Option<TokenStream> {
    let Shape::List { items } = &method.shape else { return None };
    let (name, mut all) =
        (&method.name, format_ident!("{}_all", method.name.to_string().trim_start_matches("r#")));
    // An operation may be called so.
    while service.methods.iter().any(|other| other.name == all) {
        all = format_ident!("{all}_pages");
    }
    let request = names::path(&service.package, &method.input);
    let item = names::path(&service.package, &items.type_name);
    let field = names::snake(&items.name);
    let deprecated = super::deprecated(method.deprecated, &method.doc);
    let docs = docs(&format!(
        "Calls `{}` page by page, up to so many {}.",
        method.proto,
        items.name.replace('_', " ")
    ));
    Some(quote! {
        #docs
        #deprecated
        fn #all(
            &self,
            mut request: #request,
            most: usize,
        ) -> impl Future<Output = Result<Vec<#item>, RemoteError>> + Send {
            async move {
                let mut all = Vec::new();
                loop {
                    let page = self.#name(request.clone()).await?;
                    all.extend(page.#field);
                    if page.next_page_token.is_empty() || all.len() >= most {
                        all.truncate(most);
                        return Ok(all);
                    }
                    request.page_token = page.next_page_token;
                }
            }
        }
    })
}

fn client(service: &Service) -> TokenStream {
    let (api, client) = (service.api(), service.client());
    let about = docs(&format!("[`{api}`] over the network. Cheap to clone."));
    let watches = service.watches.iter().map(|method| watch(service, method));
    quote! {
        #about
        #[derive(Clone, Debug)]
        pub struct #client {
            client: Client,
        }

        impl #client {
            /// For `grpc://host:port` or `http://host:port`, with the usual settings. It connects when it is first used.
            pub fn connect(url: &str) -> ::fourfold::Result<Self> {
                Client::connect(url).map(Self::new)
            }

            /// With settings of your own: see `fourfold::client::Client::builder`.
            #[must_use]
            pub fn new(client: Client) -> Self {
                Self { client }
            }

            /// The same client, with options for the calls made through it.
            #[must_use]
            pub fn with(&self, options: CallOptions) -> Self {
                Self::new(self.client.with(options))
            }

            /// The same client, for calls on behalf of a running operation: with its trace and within its deadline.
            #[must_use]
            pub fn within(&self, ctx: &Context) -> Self {
                Self::new(self.client.within(ctx))
            }

            #(#watches)*
        }
    }
}

/// `pub fn watch(&self, request: ..) -> Watch<..>`
fn watch(service: &Service, method: &Method) -> TokenStream {
    let name = &method.name;
    let request = names::path(&service.package, &method.input);
    let answer = names::path(&service.package, &method.output);
    let rpc = format!("/{}.{}/{}", service.package, service.proto, method.proto);
    let deprecated = super::deprecated(method.deprecated, &method.doc);
    let docs = docs(&format!(
        "{}\n\nIt begins when it is first asked for a change, over gRPC alone, and begins again by itself.",
        method.doc
    ));
    quote! {
        #docs
        #deprecated
        #[must_use]
        pub fn #name(&self, request: #request) -> Watch<#answer> {
            Watch::new(self.client.clone(), Call::read(#rpc, &request))
        }
    }
}

fn implementation(service: &Service) -> TokenStream {
    let (api, client) = (service.api(), service.client());
    let methods = service.methods.iter().map(|method| {
        let (signature, body) = (signature(service, method), body(service, method));
        // An `etag` of the client's goes into the message.
        let signature = match &method.shape {
            Shape::Update { resource, .. } => mutable(&signature, &names::snake(&resource.name)),
            Shape::Other if has_request_id(method) => mutable(&signature, &format_ident!("request")),
            _ => signature,
        };
        quote!(#signature { #body })
    });
    quote! {
        impl #api for #client {
            #(#methods)*
        }
    }
}

/// The signature with one argument `mut`.
fn mutable(signature: &TokenStream, argument: &Ident) -> TokenStream {
    let Ok(mut signature) = syn::parse2::<syn::Signature>(signature.clone()) else {
        return signature.clone();
    };
    for input in &mut signature.inputs {
        if let syn::FnArg::Typed(typed) = input
            && let syn::Pat::Ident(pattern) = &mut *typed.pat
            && pattern.ident == *argument
        {
            pattern.mutability = Some(syn::token::Mut::default());
        }
    }
    quote!(#signature)
}

fn body(service: &Service, method: &Method) -> TokenStream {
    let rpc = format!("/{}.{}/{}", service.package, service.proto, method.proto);
    let request = names::path(&service.package, &method.input);
    let id = if is_numbered(method) { quote!(id) } else { quote!(id: id.into()) };
    let read = quote!(Call::read(#rpc, &request));
    let write = quote!(Call::write(#rpc, &request, &request.request_id));
    match &method.shape {
        Shape::Get => {
            let call = place(read, method.http.as_ref(), &[quote!(&request.id)]);
            quote! {
                let request = #request { #id };
                let call = #call;
                self.client.call(call)
            }
        }
        Shape::List { .. } => {
            let call = place(read, method.http.as_ref(), &[]);
            let parameters = method.fields.iter().filter(|_| method.http.is_some()).map(|field| {
                let (name, ident) = (&field.name, names::snake(&field.name));
                quote!(.query(#name, &request.#ident))
            });
            quote! {
                let call = #call #(#parameters)*;
                self.client.call(call)
            }
        }
        Shape::Create { resource } => {
            let name = names::snake(&resource.name);
            let call = sent(place(write, method.http.as_ref(), &[]), method, Some(resource));
            quote! {
                let request = #request { #name: Some(#name), request_id: self.client.request_id() };
                let call = #call;
                self.client.call(call)
            }
        }
        Shape::Update { resource, id } => {
            let name = names::snake(&resource.name);
            let field = names::snake(&id.name);
            let value = if id.optional { quote!(.unwrap_or_default()) } else { quote!() };
            let call = place(write, method.http.as_ref(), &[quote!(&id)]);
            let mask = method.http.is_some().then(|| quote!(.query("update_mask", mask.join(","))));
            let call = sent(quote!(#call #mask), method, Some(resource));
            quote! {
                #name.etag = self.client.etag(#name.etag);
                let (id, etag) = (#name.#field.clone() #value, #name.etag.clone());
                let request = #request {
                    #name: Some(#name),
                    update_mask: field_mask(mask),
                    request_id: self.client.request_id(),
                };
                let call = #call.etag(&etag);
                self.client.call(call)
            }
        }
        Shape::Delete | Shape::Custom { .. } => {
            let input = match &method.shape {
                Shape::Custom { input } => input.as_ref(),
                _ => None,
            };
            let given = input.map(|_| quote!(input: Some(input),));
            let call = sent(place(write, method.http.as_ref(), &[quote!(&request.id)]), method, input);
            quote! {
                let request = #request {
                    #id,
                    etag: self.client.etag(String::new()),
                    request_id: self.client.request_id(),
                    #given
                };
                let call = #call.etag(&request.etag);
                self.client.call(call)
            }
        }
        Shape::Other if has_request_id(method) => quote! {
            if request.request_id.is_empty() {
                request.request_id = self.client.request_id();
            }
            let call = #write;
            self.client.call(call)
        },
        // Nobody knows whether it can be repeated; what streams has another place.
        Shape::Watch | Shape::Other => quote! {
            let call = Call::write(#rpc, &request, "");
            self.client.call(call)
        },
    }
}

/// Whether the id is a number.
fn is_numbered(method: &Method) -> bool {
    method.field("id").is_some_and(|id| id.kind == Type::Int64)
}

/// Whether there is a place for a request id.
fn has_request_id(method: &Method) -> bool {
    method.field("request_id").is_some_and(Field::is_text)
}

/// With its place in REST.
fn place(call: TokenStream, http: Option<&Http>, values: &[TokenStream]) -> TokenStream {
    let Some(http) = http else { return call };
    let (verb, path) = (format_ident!("{}", http.verb), &http.path);
    quote!(#call.http(Method::#verb, #path, &[#(#values),*]))
}

/// With what REST has for a body.
fn sent(call: TokenStream, method: &Method, body: Option<&Field>) -> TokenStream {
    let named = method.http.as_ref().map(|http| http.body.as_str());
    match body {
        Some(field) if named == Some(field.name.as_str()) || named == Some("*") => {
            let number = Literal::u32_unsuffixed(field.number);
            quote!(#call.body(#number))
        }
        _ => call,
    }
}
