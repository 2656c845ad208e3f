//! Calls of the chain that makes the server: `.mount::<Order>()`.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::{Edited, behind, bytes, indent, inserted, line_end, readable};

/// A call to add.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// `mount`
    pub(crate) method: &'static str,
    /// `::<resources::order::Order>()`
    pub(crate) rest: String,
    /// What tells it from others of the same method: the last name in it, or a text.
    pub(crate) key: String,
}

/// The calls that say what a server serves, in their order.
const METHODS: [&str; 4] = ["mount", "task", "subscribe", "subscription"];

/// Adds calls of one method to the chain that makes the server; `None` where the file has none. The file is read once,
/// however many they are.
pub(crate) fn add_calls(text: &str, calls: &[Call]) -> Option<Edited> {
    if let Err(why) = readable(text) {
        return Some(Edited::Refused(why));
    }
    let tokens: TokenStream = text.parse().ok()?;
    let mut found = Found::default();
    found.look(tokens, false);
    let there: BTreeSet<(&str, &str)> =
        found.calls.iter().map(|(method, key, _)| (method.as_str(), key.as_str())).collect();
    let missing: Vec<&Call> =
        calls.iter().filter(|call| !there.contains(&(call.method, call.key.as_str()))).collect();
    let Some(first) = missing.first() else { return Some(Edited::Unchanged) };
    // What is added to a call under an `if` or in a loop would not always be served.
    if found.server.is_none() && found.calls.iter().all(|(.., place)| place.sometimes) {
        return (!found.calls.is_empty()).then(|| {
            Edited::Refused("all of its calls are inside of a condition, a loop or a closure".to_owned())
        });
    }
    found.calls.retain(|(.., place)| !place.sometimes);
    let rank = |method: &str| METHODS.iter().position(|other| *other == method);
    let before = found.calls.iter().filter(|(method, ..)| rank(method) <= rank(first.method));
    let place = before.map(|(.., place)| *place).next_back();
    let place = place.or(found.server.map(|end| Place { start: end, end, own: false, sometimes: false }))?;
    let own_line = begins_line(text, place.start) && place.own;
    let between =
        if own_line { format!("{}{}", line_end(text), indent(text, place.start)) } else { String::new() };
    let written: Vec<String> =
        missing.iter().map(|call| format!("{between}.{}{}", call.method, call.rest)).collect();
    let written = written.concat();
    let at = if own_line { behind(text, place.end) } else { place.end };
    Some(Edited::To(inserted(text, at, &written)))
}

/// Whether only spaces are before it on its line.
fn begins_line(text: &str, at: usize) -> bool {
    let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    text[start..at].trim().is_empty()
}

/// Where a call is: its dot, and the end of its parentheses.
#[derive(Clone, Copy, Debug)]
struct Place {
    start: usize,
    end: usize,
    /// Whether it is a call of the chain, and not what the chain begins with.
    own: bool,
    /// Whether it is inside of a condition, a loop or a closure, so that it is not always run, or not once.
    sometimes: bool,
}

#[derive(Debug, Default)]
struct Found {
    /// The method, its key and its place.
    calls: Vec<(String, String, Place)>,
    /// The end of `Server::new(..)` or `Server::from_env()?`.
    server: Option<usize>,
}

impl Found {
    fn look(&mut self, tokens: TokenStream, sometimes: bool) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut conditional = false;
        for (index, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Group(group) => {
                    let block = group.delimiter() == Delimiter::Brace;
                    self.look(group.stream(), sometimes || (block && conditional));
                    // `else` and `else if` go on with the same.
                    conditional &= !block || is_else(tokens.get(index + 1));
                }
                TokenTree::Ident(word) if CONDITIONS.iter().any(|other| word == other) => {
                    // `impl Made for Service { .. }` is no loop.
                    conditional |= word != "for" || is_loop(&tokens[index + 1..]);
                }
                TokenTree::Punct(end) if end.as_char() == ';' => conditional = false,
                TokenTree::Punct(dot) if dot.as_char() == '.' => {
                    self.call(bytes(dot.span()).start, &tokens[index + 1..], sometimes);
                }
                TokenTree::Ident(server) if server == "Server" && self.server.is_none() => {
                    self.server = end_of_server(&tokens[index + 1..]);
                }
                _ => {}
            }
        }
    }

    fn call(&mut self, start: usize, after: &[TokenTree], sometimes: bool) {
        let [TokenTree::Ident(method), rest @ ..] = after else { return };
        let method = method.to_string();
        if !METHODS.contains(&method.as_str()) {
            return;
        }
        let arguments = rest.iter().position(is_parenthesis);
        let Some(at) = arguments else { return };
        let generic = &rest[..at];
        let plain = |token: &TokenTree| match token {
            TokenTree::Ident(_) => true,
            TokenTree::Punct(punct) => ":<>".contains(punct.as_char()),
            _ => false,
        };
        // `.mount` without types is another's method.
        let typed = !generic.is_empty();
        if !generic.iter().all(plain) || (matches!(method.as_str(), "mount" | "task") && !typed) {
            return;
        }
        let TokenTree::Group(group) = &rest[at] else { return };
        let key = if typed {
            last_name(generic)
        } else {
            group.stream().into_iter().next().map(|first| first.to_string().trim_matches('"').to_owned())
        };
        let place = Place { start, end: bytes(group.span_close()).end, own: true, sometimes };
        self.calls.push((method, key.unwrap_or_default(), place));
    }
}

/// What comes before a block that is not always run, or not once.
const CONDITIONS: [&str; 6] = ["if", "else", "match", "for", "while", "loop"];

fn is_loop(after: &[TokenTree]) -> bool {
    let head = after.iter().take_while(
        |token| !matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace),
    );
    head.into_iter().any(|token| matches!(token, TokenTree::Ident(word) if word == "in"))
}

fn is_else(token: Option<&TokenTree>) -> bool {
    matches!(token, Some(TokenTree::Ident(word)) if word == "else")
}

fn last_name(tokens: &[TokenTree]) -> Option<String> {
    tokens.iter().rev().find_map(|token| match token {
        TokenTree::Ident(name) => Some(name.to_string()),
        _ => None,
    })
}

fn is_parenthesis(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis)
}

/// After `Server`: `::new(..)`, or `::from_env()?`.
fn end_of_server(after: &[TokenTree]) -> Option<usize> {
    let [TokenTree::Punct(_), TokenTree::Punct(_), TokenTree::Ident(made), arguments, rest @ ..] = after
    else {
        return None;
    };
    if !(made == "new" || made == "from_env") || !is_parenthesis(arguments) {
        return None;
    }
    match rest.first() {
        Some(TokenTree::Punct(question)) if question.as_char() == '?' => Some(bytes(question.span()).end),
        _ => Some(bytes(arguments.span()).end),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mount() -> Call {
        Call { method: "mount", rest: "::<a::B>()".to_owned(), key: "B".to_owned() }
    }

    fn add_call(text: &str, call: &Call) -> Option<Edited> {
        add_calls(text, std::slice::from_ref(call))
    }

    #[test]
    fn many_at_once_are_what_one_after_another_is() {
        let call =
            |name: &str| Call { method: "mount", rest: format!("::<a::{name}>()"), key: name.to_owned() };
        let calls = ["C", "A", "B", "D"].map(call);
        for text in [
            "fn s() {\n    Server::new(c)\n        .mount::<x::A>() // a\n        .task::<T>()\n}\n",
            "fn s() { Server::new(config) }",
            "fn main() { Server::from_env()?.mount::<A>().run().await }",
        ] {
            let one_by_one = calls.iter().fold(text.to_owned(), |text, call| added(&text, call));
            let edited = add_calls(text, &calls).expect("a chain");
            assert_eq!(edited, Edited::To(one_by_one.clone()), "{text}");
            assert_eq!(add_calls(&one_by_one, &calls), Some(Edited::Unchanged));
        }
    }

    fn added(text: &str, call: &Call) -> String {
        add_call(text, call).expect("a chain").or(text).expect("it can be done")
    }

    #[test]
    fn a_call_follows_its_like() {
        let text = "fn s() {\n    Server::new(c)\n        .mount::<x::A>() // a\n        .task::<T>()\n}\n";
        assert_eq!(
            added(text, &mount()),
            "fn s() {\n    Server::new(c)\n        .mount::<x::A>() // a\n        .mount::<a::B>()\n        .task::<T>()\n}\n"
        );
        let line = "fn main() { Server::from_env()?.mount::<A>().run().await }";
        assert_eq!(
            added(line, &mount()),
            "fn main() { Server::from_env()?.mount::<A>().mount::<a::B>().run().await }"
        );
        let subscribe = Call { method: "subscribe", rest: "(\"g\", f)".to_owned(), key: "g".to_owned() };
        assert!(added(text, &subscribe).contains("        .task::<T>()\n        .subscribe(\"g\", f)\n"));
        assert_eq!(add_call(&added(text, &subscribe), &subscribe), Some(Edited::Unchanged));
    }

    #[test]
    fn the_first_call_follows_what_makes_the_server() {
        assert_eq!(
            added("fn s() { fourfold::Server::from_env()?.run() }", &mount()),
            "fn s() { fourfold::Server::from_env()?.mount::<a::B>().run() }"
        );
        assert_eq!(
            added("fn s() { Server::new(config) }", &mount()),
            "fn s() { Server::new(config).mount::<a::B>() }"
        );
    }

    #[test]
    fn what_is_mounted_is_not_mounted_again() {
        assert_eq!(add_call("fn s() { x.mount::<crate::B>() }", &mount()), Some(Edited::Unchanged));
        assert!(add_call("fn s() { disk.mount(b) }", &mount()).is_none(), "another one's method");
        assert!(add_call("fn main() {}", &mount()).is_none());
    }

    #[test]
    fn what_is_not_always_run_gets_no_call() {
        for block in ["if debug {", "for _ in 0..2 {", "match x { _ => {", "if a { } else {"] {
            let end = if block.starts_with("match") { "}}" } else { "}" };
            let text = format!(
                "fn s() {{ let mut s = Server::new(c); {block} s = s.mount::<x::A>(); {end} s.run() }}"
            );
            let wanted = text.replace("new(c)", "new(c).mount::<a::B>()");
            assert_eq!(added(&text, &mount()), wanted);
            let elsewhere = text.replace("Server::new(c)", "made()");
            assert!(matches!(add_call(&elsewhere, &mount()), Some(Edited::Refused(_))), "{block}");
        }
        for always in [
            "fn s() { if x { y(); } let s = Server::new(c); s.mount::<x::A>() }",
            "impl Made for S { fn s() { let s = Server::new(c); s.mount::<x::A>() } }",
        ] {
            assert!(added(always, &mount()).contains("s.mount::<x::A>().mount::<a::B>()"), "{always}");
        }
    }
}
