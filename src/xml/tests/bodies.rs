//! What a body may be.

use super::{CREATE, REPLACE, UPDATE, order, read, read_json, refusal};
use crate::Violation;

#[test]
fn a_body_means_what_its_json_means() {
    let full = concat!(
        "<name> a &amp; b&#10;</name><note><![CDATA[<c>]]></note><paid>true</paid><small>-5</small>",
        "<size>18446744073709551615</size><ratio>0.1</ratio><score>1e300</score>",
        "<placed_at>2026-11-22T08:30:00Z</placed_at><day>2026-11-22</day><span>1.5s</span><price>19.90</price>",
        "<key>AQI=</key><extra>{\"a\":[1,null]}</extra><data>null</data><status>in_transit</status>",
        "<first><sku>x</sku></first><items><item><sku>a</sku><count> 1 </count></item><item><sku/></item></items>",
        "<tags><item>t</item><item></item></tags><labels><entry key=\"a/b\">x</entry><entry key=\"\"/></labels>",
        "<parts><entry key=\"p\"><sku>q</sku></entry></parts><password>p</password>"
    );
    let full_json = r#"{"name":" a & b\n","note":"<c>","paid":true,"small":-5,"size":18446744073709551615,
        "ratio":0.1,"score":1e300,"placed_at":"2026-11-22T08:30:00Z","day":"2026-11-22","span":"1.5s","price":"19.90",
        "key":"AQI=","extra":{"a":[1,null]},"data":null,"status":"in_transit","first":{"sku":"x"},
        "items":[{"sku":"a","count":1},{"sku":""}],"tags":["t",""],"labels":{"a/b":"x","":""},
        "parts":{"p":{"sku":"q"}},"password":"p"}"#;
    for mode in [CREATE, UPDATE, REPLACE] {
        let input = read(mode, order(full)).expect("a body that is right");
        assert!(input == read_json(mode, full_json).expect("the same in JSON"), "{mode:?}");
    }
    for (xml, json) in [
        ("", "{}"),
        ("<note xsi:nil='true'/>", r#"{"note":null}"#),
        ("<note xsi:nil='1'> </note>", r#"{"note":null}"#),
        ("<note xsi:nil='false'/>", r#"{"note":""}"#),
        ("<note/>", r#"{"note":""}"#),
        ("<extra xsi:nil='true'/>", r#"{"extra":null}"#),
        ("<extra>null</extra>", r#"{"extra":null}"#),
        ("<data xsi:nil='true'/>", r#"{"data":null}"#),
        ("<data>{\"a\":null}</data>", r#"{"data":{"a":null}}"#),
        ("<first><count>3</count></first>", r#"{"first":{"count":3}}"#),
        ("<first xsi:nil='true'/>", r#"{"first":null}"#),
        ("<items/>", r#"{"items":[]}"#),
        ("<labels/>", r#"{"labels":{}}"#),
        (
            "<labels><entry key='a' xsi:nil='true'/><entry key='b'>x</entry></labels>",
            r#"{"labels":{"a":null,"b":"x"}}"#,
        ),
        ("<parts><entry key='a'><count>3</count></entry></parts>", r#"{"parts":{"a":{"count":3}}}"#),
        ("<tree><children><item/></children></tree>", r#"{"tree":{"children":[{}]}}"#),
    ] {
        let input = read(UPDATE, order(xml)).expect("a body that is right");
        assert!(input == read_json(UPDATE, json).expect("the same in JSON"), "{xml}");
    }
}

#[test]
fn what_is_wrong_is_wrong_as_in_json() {
    for (mode, xml, json) in [
        (CREATE, "", "{}"),
        (
            CREATE,
            "<name>x</name><items/><data>1</data><id>x</id>",
            r#"{"name":"x","items":[],"data":1,"id":"x"}"#,
        ),
        (CREATE, "<nmae>x</nmae><items/><data>1</data>", r#"{"nmae":"x","items":[],"data":1}"#),
        (UPDATE, "<name xsi:nil='true'/>", r#"{"name":null}"#),
        (UPDATE, "<small>x</small><size>-1</size>", r#"{"small":"x","size":-1}"#),
        (UPDATE, "<note>a</note><note>b</note>", r#"{"note":"a","note":"b"}"#),
        (UPDATE, "<status>lost</status>", r#"{"status":"lost"}"#),
        (
            UPDATE,
            "<items><item/><item><sku>a</sku><count>x</count></item></items>",
            r#"{"items":[{},{"sku":"a","count":"x"}]}"#,
        ),
        (UPDATE, "<tags><item xsi:nil='true'/></tags>", r#"{"tags":[null]}"#),
        (
            UPDATE,
            "<labels><entry key='a'>x</entry><entry key='a'>y</entry></labels>",
            r#"{"labels":{"a":"x","a":"y"}}"#,
        ),
        (
            REPLACE,
            "<name>x</name><parts><entry key='~/'/></parts><items/><data>1</data>",
            r#"{"name":"x","parts":{"~/":{}},"items":[],"data":1}"#,
        ),
        (UPDATE, "<data>{\"a\":1,\"a\":2}</data>", r#"{"data":{"a":1,"a":2}}"#),
    ] {
        let told = |violations: Vec<Violation>| -> Vec<_> {
            violations.into_iter().map(|it| (it.pointer, it.code, it.message)).collect()
        };
        let (xml_says, json_says) = (read(mode, order(xml)), read_json(mode, json));
        assert_eq!(told(xml_says.expect_err(xml)), told(json_says.expect_err(json)), "{xml}");
    }
}

#[test]
fn space_comments_and_instructions_between_elements_mean_nothing() {
    let body = "\u{feff}<?xml version='1.0' encoding='utf-8' standalone='yes'?>\n<!-- a --><?pi x?>\n\
                <order>\r\n\t<!-- <name>b</name> --><note>a<!-- b -->c<?d e?></note><?x?>\n</order>\n<!-- c -->\n";
    let input = read(UPDATE, body).expect("a body that is right");
    assert!(input == read_json(UPDATE, r#"{"note":"ac"}"#).expect("the same in JSON"));
}

#[test]
fn line_ends_are_line_feeds_unless_they_are_references() {
    let input = read(UPDATE, "<order><note>a\r\nb\rc&#13;\n</note></order>").expect("a body that is right");
    assert!(input == read_json(UPDATE, r#"{"note":"a\nb\nc\r\n"}"#).expect("the same in JSON"));
}

#[test]
fn what_is_not_a_body_is_refused() {
    let attributes: Vec<_> = (0..40).map(|number| format!("a{number}='' ")).collect();
    let many = format!("<order {}/>", attributes.concat());
    let deep = format!("<order><note>{}", "<a>".repeat(100_000));
    let tree = format!("<order><tree>{}", "<children><item>".repeat(50_000));
    for (body, says) in [
        ("", " syntax: is not valid XML: a document must begin with its root element at line 1, column 1"),
        ("{}", " syntax: is not valid XML: a document must begin with its root element at line 1, column 3"),
        ("<order>", " syntax: is not valid XML: the document ends inside an element at line 1, column 8"),
        (
            "<order></ordre>",
            " syntax: is not valid XML: an end tag does not match its start tag at line 1, column 8",
        ),
        (
            "<order/><order/>",
            " syntax: is not valid XML: nothing may follow the root element at line 1, column 17",
        ),
        ("<order/>x", " syntax: is not valid XML: nothing may follow the root element at line 1, column 10"),
        ("<user/>", " type: must be an element called order"),
        (
            "<order><note>&nbsp;</note></order>",
            " syntax: is not valid XML: only the entities amp, lt, gt, quot and apos and numbers may be referred to at line 1, column 20",
        ),
        (
            "<order>\n<note>&#0;</note></order>",
            " syntax: is not valid XML: a reference is to a character that is not allowed in XML at line 2, column 11",
        ),
        (
            "<order><note>&#x1f;</note></order>",
            " syntax: is not valid XML: a reference is to a character that is not allowed in XML at line 1, column 20",
        ),
        (
            "<order><note>\u{1}</note></order>",
            " syntax: is not valid XML: a character is not allowed in XML at line 1, column 14",
        ),
        (
            "<order><note>a & b</note></order>",
            " syntax: is not valid XML: a reference has no end; write & as &amp; at line 1, column 16",
        ),
        (
            "<order><note>]]></note></order>",
            " syntax: is not valid XML: write ]]> as ]]&gt; in text at line 1, column 17",
        ),
        (
            "<order><note a='<'/></order>",
            " syntax: is not valid XML: write < as &lt; in an attribute at line 1, column 21",
        ),
        (
            "<order><note a='' a=''/></order>",
            " syntax: is not valid XML: an attribute is malformed, or there twice at line 1, column 25",
        ),
        (
            "<order> <?xml version='1.0'?></order>",
            " syntax: is not valid XML: a declaration must be the very beginning of a document at line 1, column 30",
        ),
        (
            "<!DOCTYPE order><order/>",
            " doctype: a document type declaration is not allowed (line 1, column 17)",
        ),
        (
            "<order><!DOCTYPE order></order>",
            " doctype: a document type declaration is not allowed (line 1, column 24)",
        ),
        (
            "<order xmlns='urn:x'/>",
            " namespace: elements belong to no namespace here: leave xmlns out (line 1, column 23)",
        ),
        (
            "<x:order xmlns:x='urn:x'/>",
            " namespace: elements belong to no namespace here: leave xmlns out (line 1, column 27)",
        ),
        ("<order><x:note/></order>", " namespace: a prefix is not declared (line 1, column 17)"),
        ("<order><note xsi:nil='true'/></order>", " namespace: a prefix is not declared (line 1, column 30)"),
        (
            "<?xml version='1.0' encoding='latin1'?><order/>",
            " encoding: must be XML in UTF-8 (line 1, column 40)",
        ),
        ("<?xml version='1.1'?><order/>", " version: must be XML 1.0 (line 1, column 22)"),
        (&many, " length: an element may have 32 attributes at most (line 1, column 280)"),
        (&deep, " depth: elements may be nested 64 deep at most (line 1, column 203)"),
        (&tree, " depth: elements may be nested 64 deep at most (line 1, column 520)"),
    ] {
        assert_eq!(refusal(body), says, "{}", body.chars().take(80).collect::<String>());
    }
    assert_eq!(refusal(b"<order><note>\xff</note></order>"), " encoding: must be XML in UTF-8");
    assert_eq!(refusal(b"\xff\xfe<\0o\0"), " encoding: must be XML in UTF-8");
}

#[test]
fn entities_are_never_expanded() {
    let laughs = "<!DOCTYPE lolz [<!ENTITY lol \"lol\"><!ENTITY lol1 \"&lol;&lol;&lol;\">]><order><note>&lol1;</note></order>";
    assert!(refusal(laughs).starts_with(" doctype: a document type declaration is not allowed"));
    let file = "<!DOCTYPE x [<!ENTITY f SYSTEM \"file:///etc/passwd\">]><order><note>&f;</note></order>";
    assert!(refusal(file).starts_with(" doctype: "));
}

#[test]
fn what_stands_in_the_wrong_place_is_refused() {
    for (inner, says) in [
        ("text<note/>", " type: must hold elements, and no text beside them"),
        (
            "a<note/>b<note xsi:nil='true'/>",
            " type: must hold elements, and no text beside them|/note duplicate: is there more than once",
        ),
        ("<note><b>x</b></note>", "/note type: must be a string, as text without elements"),
        ("<first>x</first>", "/first type: must hold elements, and no text beside them"),
        ("<tags><tag>x</tag></tags>", "/tags/tag unknown: is not known here: a list holds item elements"),
        ("<labels><a>x</a></labels>", "/labels/a unknown: is not known here: a map holds entry elements"),
        ("<labels><entry>x</entry></labels>", "/labels required: has an entry without a key attribute"),
        ("<note xsi:nil='true'>x</note>", "/note null: must be empty where xsi:nil is true"),
        ("<note xsi:nil='yes'/>", "/note unknown: has an xsi:nil that is neither true nor false"),
        ("<note lang='en'/>", "/note unknown: has the attribute lang, which is not known here"),
        ("<note xsi:type='x'/>", "/note unknown: has the attribute xsi:type, which is not known here"),
        ("<note key='a'/>", "/note unknown: has the attribute key, which is not known here"),
        ("<tags><item key='a'/></tags>", "/tags/0 unknown: has the attribute key, which is not known here"),
        ("<paid>yes</paid>", "/paid type: must be true or false"),
        ("<small/>", "/small type: must be a whole number from -2147483648 to 2147483647"),
        (
            "<data>{</data>",
            "/data syntax: is not valid JSON: EOF while parsing an object at line 1, column 1",
        ),
    ] {
        let violations = read(UPDATE, order(inner)).expect_err("a body that is refused");
        let told: Vec<_> =
            violations.iter().map(|it| format!("{} {}: {}", it.pointer, it.code, it.message)).collect();
        assert_eq!(told.join("|"), says, "{inner}");
    }
}
