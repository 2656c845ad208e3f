//! Names: their cases, plurals and the forms that are allowed.

use heck::{ToKebabCase as _, ToPascalCase as _, ToSnakeCase as _};

/// What PostgreSQL keeps of an identifier; it cuts the rest off without a word.
pub(crate) const LONGEST: usize = 63;

/// `PaidLate` is `paid_late`.
#[must_use]
pub fn snake(name: &str) -> String {
    name.to_snake_case()
}

/// `paid_late` is `PaidLate`.
#[must_use]
pub fn pascal(name: &str) -> String {
    name.to_pascal_case()
}

/// `OrderItem` is `order-items`.
#[must_use]
pub fn kebab_plural(name: &str) -> String {
    plural(&name.to_kebab_case())
}

/// Words whose plural is no rule's.
const PLURALS: [(&str, &str); 12] = [
    ("analysis", "analyses"),
    ("child", "children"),
    ("criterion", "criteria"),
    ("diagnosis", "diagnoses"),
    ("half", "halves"),
    ("leaf", "leaves"),
    ("life", "lives"),
    ("man", "men"),
    ("person", "people"),
    ("quiz", "quizzes"),
    ("shelf", "shelves"),
    ("woman", "women"),
];

/// Words that are their own plural.
const SAME: [&str; 12] = [
    "data",
    "equipment",
    "feedback",
    "hardware",
    "information",
    "media",
    "metadata",
    "news",
    "series",
    "software",
    "species",
    "staff",
];

/// The English plural of the last word.
fn plural(name: &str) -> String {
    let before =
        |word: &str| name.strip_suffix(word).filter(|before| before.is_empty() || before.ends_with('-'));
    if SAME.iter().any(|word| before(word).is_some()) {
        return name.to_owned();
    }
    if let Some((before, many)) = PLURALS.iter().find_map(|(one, many)| Some((before(one)?, many))) {
        return format!("{before}{many}");
    }
    if let Some(stem) = name.strip_suffix('y')
        && stem.ends_with(|last: char| last.is_ascii_alphabetic() && !"aeiou".contains(last))
    {
        return format!("{stem}ies");
    }
    let hisses = ["s", "x", "z", "ch", "sh"].iter().any(|end| name.ends_with(end));
    format!("{name}{}", if hisses { "es" } else { "s" })
}

/// Singulars in `ie` or `che`, which look as if they ended in `y` or `ch`, and in `use`, which look like `status`.
const SINGULARS: [&str; 19] = [
    "abuse",
    "cache",
    "calorie",
    "cause",
    "clause",
    "cookie",
    "excuse",
    "headache",
    "house",
    "lie",
    "movie",
    "mouse",
    "pause",
    "pie",
    "spouse",
    "tie",
    "use",
    "warehouse",
    "zombie",
];

/// The English singular of the last word of a name in lower snake case: `order_items` is `order_item`. What is no plural
/// stays as it is.
#[must_use]
pub fn singular(name: &str) -> String {
    let (before, word) = name.rfind('_').map_or(("", name), |at| name.split_at(at + 1));
    if SAME.contains(&word) || PLURALS.iter().any(|(one, _)| *one == word) {
        return name.to_owned();
    }
    if let Some((one, _)) = PLURALS.iter().find(|(_, many)| *many == word) {
        return format!("{before}{one}");
    }
    let ends = |ends: &[&str]| ends.iter().any(|end| word.ends_with(end));
    let one = word.strip_suffix('s').filter(|one| SINGULARS.contains(one));
    let one = one.map(str::to_owned).or_else(|| {
        if let Some(stem) = word.strip_suffix("ies").filter(|stem| stem.len() > 1) {
            return Some(format!("{stem}y"));
        }
        if ends(&["sses", "xes", "ches", "shes", "uses"]) {
            return word.strip_suffix("es").map(str::to_owned);
        }
        if ends(&["ss", "us", "is", "as"]) {
            return None;
        }
        word.strip_suffix('s').filter(|stem| stem.len() > 1).map(str::to_owned)
    });
    format!("{before}{}", one.as_deref().unwrap_or(word))
}

/// The JSON name that protobuf gives a field: `a_b` is `aB`, `a_1` is `a1`.
#[must_use]
pub fn json_name(name: &str) -> String {
    let mut upper = false;
    let mut out = String::new();
    for char in name.chars() {
        if char == '_' {
            upper = true;
        } else {
            out.push(if upper { char.to_ascii_uppercase() } else { char });
            upper = false;
        }
    }
    out
}

/// `user_id`, `line_2`: words of lower-case letters and digits with single underscores between them.
#[must_use]
pub fn is_lower_snake(name: &str) -> bool {
    is_lower_words(name, '_')
}

/// How Rust writes a name in lower snake case: a word of the language is written raw. `None` where it can't be one.
#[must_use]
pub fn written(name: &str) -> Option<String> {
    if !is_lower_snake(name) {
        return None;
    }
    let raw = format!("r#{name}");
    [name, &raw].into_iter().find(|text| syn::parse_str::<syn::Ident>(text).is_ok()).map(str::to_owned)
}

/// `order-items`.
pub(crate) fn is_lower_kebab(name: &str) -> bool {
    is_lower_words(name, '-')
}

fn is_lower_words(name: &str, between: char) -> bool {
    let word = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    name.starts_with(|first: char| first.is_ascii_lowercase()) && name.split(between).all(word)
}

/// `Order`, `OrderItem2`.
pub(crate) fn is_upper_camel(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// `v1`, `v2beta1`.
fn is_version(segment: &str) -> bool {
    let number = |text: &str| {
        !text.is_empty() && !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let Some(rest) = segment.strip_prefix('v') else { return false };
    match rest.split_once("alpha").or_else(|| rest.split_once("beta")) {
        Some((major, minor)) => number(major) && (minor.is_empty() || number(minor)),
        None => number(rest),
    }
}

/// The version of a package such as `shop.order.v1`; `None` where it is not a package.
#[must_use]
pub fn package_version(package: &str) -> Option<&str> {
    let (names, version) = package.rsplit_once('.')?;
    (names.split('.').all(is_lower_snake) && is_version(version)).then_some(version)
}

/// `shop.user.v1.User`.
#[must_use]
pub fn is_full_name(name: &str) -> bool {
    name.rsplit_once('.')
        .is_some_and(|(package, name)| package_version(package).is_some() && is_upper_camel(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plurals_are_english() {
        for (name, path) in [
            ("Order", "orders"),
            ("OrderItem", "order-items"),
            ("Address", "addresses"),
            ("Box", "boxes"),
            ("Branch", "branches"),
            ("Category", "categories"),
            ("Key", "keys"),
            ("News", "news"),
            ("TvSeries", "tv-series"),
            ("Status", "statuses"),
            ("Woman", "women"),
            ("Human", "humans"),
            ("BookShelf", "book-shelves"),
            ("Person", "people"),
            ("StatusCode", "status-codes"),
        ] {
            assert_eq!(kebab_plural(name), path);
        }
    }

    #[test]
    fn singulars_are_english() {
        for (many, one) in [
            ("order_items", "order_item"),
            ("addresses", "address"),
            ("statuses", "status"),
            ("status", "status"),
            ("boxes", "box"),
            ("branches", "branch"),
            ("categories", "category"),
            ("movies", "movie"),
            ("warehouses", "warehouse"),
            ("courses", "course"),
            ("sizes", "size"),
            ("people", "person"),
            ("children", "child"),
            ("news", "news"),
            ("tv_series", "tv_series"),
            ("user", "user"),
            ("canvas", "canvas"),
            ("s", "s"),
            ("", ""),
        ] {
            assert_eq!(singular(many), one, "{many}");
        }
    }

    #[test]
    fn a_package_ends_in_a_version() {
        assert_eq!(package_version("shop.order_item.v1"), Some("v1"));
        assert_eq!(package_version("shop.v2beta1"), Some("v2beta1"));
        for wrong in
            ["", "v1", "shop", "shop.order", "shop.v0", "Shop.v1", "shop..v1", "shop.v1.", "shop.v1beta01"]
        {
            assert_eq!(package_version(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_word_of_the_language_is_written_raw() {
        assert_eq!(written("from").as_deref(), Some("from"));
        assert_eq!(written("where").as_deref(), Some("r#where"));
        assert_eq!(written("self"), None);
    }

    #[test]
    fn a_json_name_is_what_protoc_makes_of_it() {
        assert_eq!(json_name("user_id"), "userId");
        assert_eq!(json_name("a_1"), json_name("a1"));
    }
}
