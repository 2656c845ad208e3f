//! Items with one or two tokens changed: the front end never panics, says something helpful about every error, and
//! gives a model that fits the declaration.

use std::path::Path;
use std::{env, fs};

use fourfold_model::model::{Field, Rule};
use fourfold_model::{FieldDecl, Parsed, fingerprint, sql};
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::DeriveInput;

/// What is put in.
const TOKENS: &str = r#"
    , = .. ..= - + ! # :: < > 'a _ self Self super crate r#type match true fn dyn impl id sort filter default validate
    length range pattern custom references operation input event name package
    task queue retries backoff backoff_max timeout create cron time_zone "500ms" "7d" "order.confirm" "0 3 * * *" 0 1 -1 0x1F 1e400 1.5 3.0f32 7u8
    340282366920938463463374607431768211456 "" "a" "\0" "1.5" "[a-" "shop.user.v1.User" "v1" "Ü" b"x" b'x' 'x' c"x"
    String Option Vec BTreeMap Uuid usize () (1) [1] {1} (..) (1..=2) (2..1) ("a"..) (a = 1) (a, b) (()) <T>
"#;

/// A small generator of numbers: the same ones every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % end.max(1)
    }
}

fn count(tokens: &TokenStream) -> usize {
    tokens
        .clone()
        .into_iter()
        .map(|token| match token {
            TokenTree::Group(group) => 1 + count(&group.stream()),
            _ => 1,
        })
        .sum()
}

/// The tokens with the one at `at` (counted through all groups) taken away, repeated, replaced or wrapped.
fn mutate(tokens: TokenStream, at: &mut usize, dice: &mut Dice, pool: &[TokenTree]) -> TokenStream {
    let mut out = Vec::new();
    for token in tokens {
        let here = *at == 0;
        *at = at.wrapping_sub(1);
        if here {
            let other = pool[dice.below(pool.len())].clone();
            match dice.below(6) {
                0 => {}
                1 => out.extend([token.clone(), token]),
                2 => out.push(other),
                3 => out.extend([token, other]),
                4 => out.extend([other, token]),
                _ => out.push(Group::new(Delimiter::None, token.into()).into()),
            }
            continue;
        }
        out.push(match token {
            TokenTree::Group(group) => {
                Group::new(group.delimiter(), mutate(group.stream(), at, dice, pool)).into()
            }
            other => other,
        });
    }
    out.into_iter().collect()
}

fn seeds() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mistakes");
    let mut paths: Vec<_> =
        fs::read_dir(folder).expect("the mistakes").map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    paths.sort();
    paths.iter().map(|path| fs::read_to_string(path).expect("a case")).collect()
}

fn check<T>(parsed: &Parsed<T>, code: &TokenStream) {
    for error in &parsed.errors {
        assert!(error.message().contains("\nhelp: "), "{}: {code}", error.message());
        assert!(!error.to_compile_error().is_empty());
    }
    assert!(parsed.model.is_some() || !parsed.errors.is_empty(), "neither a model nor an error: {code}");
}

fn check_fields(fields: &[Field], decls: &[FieldDecl], code: &TokenStream) {
    assert_eq!(fields.len(), decls.len(), "{code}");
    for (field, decl) in fields.iter().zip(decls) {
        assert_eq!(field.name, decl.ident.to_string().trim_start_matches("r#"), "{code}");
        assert_eq!(field.default.is_some(), decl.default.is_some(), "{code}");
        let customs = field.rules.iter().filter(|rule| matches!(rule, Rule::Custom(_))).count();
        assert_eq!(customs, decl.customs.len(), "{code}");
    }
}

fn check_all(input: &DeriveInput, code: &TokenStream) {
    let resource = fourfold_model::resource(input);
    check(&resource, code);
    if let Some(model) = &resource.model {
        check_fields(&model.fields, &resource.declaration.fields, code);
        assert_eq!(model.operations.len(), resource.declaration.operations.len(), "{code}");
        assert!(model.id < model.fields.len(), "{code}");
        let _ = (sql::sqlite(model), sql::postgres(model), fingerprint(model));
    }
    let value = fourfold_model::value(input);
    check(&value, code);
    if let Some(model) = &value.model {
        check_fields(&model.fields, &value.declaration.fields, code);
    }
    let task = fourfold_model::task(input);
    check(&task, code);
    if let Some(model) = &task.model {
        check_fields(&model.fields, &task.declaration.fields, code);
        assert!(!task.errors.is_empty() || model.task.contains('.'), "{code}");
    }
    let choice = fourfold_model::choice(input);
    check(&choice, code);
    if let Some(model) = &choice.model {
        assert_eq!(model.variants.len(), choice.declaration.variants.len(), "{code}");
    }
}

#[test]
fn no_change_of_tokens_makes_the_front_end_panic() {
    let pool: Vec<TokenTree> = TOKENS.parse::<TokenStream>().expect("tokens").into_iter().collect();
    let mut dice = Dice(4);
    let mut read = 0;
    for seed in seeds() {
        let tokens: TokenStream = seed.parse().expect("tokens");
        for _ in 0..200 {
            let mut code = tokens.clone();
            for _ in 0..=dice.below(2) {
                let mut at = dice.below(count(&code));
                code = mutate(code, &mut at, &mut dice, &pool);
            }
            if let Ok(input) = syn::parse2(code.clone()) {
                read += 1;
                check_all(&input, &code);
            }
        }
    }
    assert!(read > 5_000, "only {read} of the changed items were items still");
}
