//! What the reader accepts, refuses, and remembers.

#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;

fn refused(text: &str) -> (String, String) {
    let error = parse(text.as_bytes(), 4).unwrap_err();
    (error.message, error.position.to_string())
}

fn canonical_of(text: &str) -> String {
    canonical(&parse(text.as_bytes(), 64).unwrap())
}

#[test]
fn values_know_what_and_where_they_are() {
    let document = parse(b"{\n \"a\": [1, {\"b c\": true}], \"n\": -2.5e1}", 64).unwrap();
    let entries: Vec<_> = document.root().entries().unwrap().collect();
    assert_eq!(entries[0].0.as_str().unwrap(), "a");
    let items: Vec<_> = entries[0].1.items().unwrap().collect();
    assert_eq!((items[0].as_integer(), items[0].as_double()), (Some(1), Some(1.0)));
    let inner = items[1].entries().unwrap().next().unwrap();
    assert_eq!(inner.1.position().to_string(), "a[1][\"b c\"] (line 2, column 19)");
    assert_eq!(inner.0.position().to_string(), "a[1][\"b c\"] (line 2, column 12)");
    assert_eq!((entries[1].1.as_integer(), entries[1].1.as_double()), (None, Some(-25.0)));
    assert_eq!(entries[1].1.position().to_string(), "n (line 2, column 32)");
}

#[test]
fn what_is_not_strict_json_is_refused_with_its_place() {
    let cases = [
        ("", "ends where a value", "line 1, column 1"),
        ("[1,]", "expected a value", "[1] (line 1, column 4)"),
        ("[,1]", "expected a value", "[0] (line 1, column 2)"),
        ("[1 2]", "expected `,` or `]`", "[0] (line 1, column 4)"),
        ("{\"a\":1 \"b\":2}", "expected `,` or `}`", "a (line 1, column 8)"),
        ("{\"a\":1,}", "expected a key", "line 1, column 8"),
        ("{a:1}", "expected a key", "line 1, column 2"),
        ("{\"a\" 1}", "expected `:`", "a (line 1, column 6)"),
        ("{\"a\":[1,{\"b\":NaN}]}", "NaN", "a[1].b (line 1, column 14)"),
        ("[-Infinity]", "NaN", "[0] (line 1, column 2)"),
        ("[Infinity]", "NaN", "[0] (line 1, column 2)"),
        ("[1e999]", "range of a double", "[0] (line 1, column 2)"),
        ("[01]", "leading zeros", "[0] (line 1, column 2)"),
        ("[1.]", "decimal point", "[0] (line 1, column 3)"),
        ("{\"x\":{\"a\":1,\"b\":2,\"a\":3}}", "occurs twice", "x.a (line 1, column 19)"),
        ("{\"a\":1,\"\\u0061\":2}", "occurs twice", "a (line 1, column 8)"),
        ("[\"\\ud800\"]", "surrogate", "[0] (line 1, column 3)"),
        ("[\"\\udc00\\ud800\"]", "surrogate", "[0] (line 1, column 3)"),
        ("[\"\\x\"]", "unknown escape", "[0] (line 1, column 3)"),
        ("[\"a\nb\"]", "control character", "[0] (line 1, column 4)"),
        ("[\"a", "does not end", "[0] (line 1, column 4)"),
        ("[[[[[]]]]]", "deeper than 4", "[0][0][0][0] (line 1, column 5)"),
        ("{} x", "follows the end", "line 1, column 4"),
        ("{\"a\":[1}", "expected `,` or `]`", "a[0] (line 1, column 8)"),
        ("[tru]", "expected a value", "[0] (line 1, column 2)"),
        ("[1", "before everything is closed", "[0] (line 1, column 3)"),
        ("\u{feff}{}", "byte order mark", "line 1, column 1"),
    ];
    for (text, message, place) in cases {
        let (said, at) = refused(text);
        assert!(said.contains(message), "{text}: {said}");
        assert_eq!(at, place, "{text}");
    }
}

#[test]
fn bytes_that_are_not_utf8_are_refused_where_they_begin() {
    let error = parse(b"{\"a\":\n \"\xff\"}", 4).unwrap_err();
    assert_eq!(error.position.line_column(), Some((2, 3)));
}

#[test]
fn integers_are_kept_as_written_and_never_overflow() {
    let long = "9".repeat(4_300);
    assert_eq!(canonical_of(&format!("[{long}]")), format!("[{long}]"));
    assert!(parse(format!("[{long}9]").as_bytes(), 4).is_err());
    let document = parse(b"[-99999999999999999999, 99999999999999999999]", 4).unwrap();
    let values: Vec<_> = document.root().items().unwrap().map(|value| value.as_integer().unwrap()).collect();
    assert_eq!(values, [i64::MIN, i64::MAX]);
}

#[test]
fn canonical_bytes_are_cpythons() {
    let cases = [
        (r#" { "b" : 1 , "a" : [ ] , "c" : { } } "#, r#"{"a":[],"b":1,"c":{}}"#),
        (r"[-0, -0.0, 0.0, 1.0, 1e5, 1E400e]", ""),
        (r"[-0, -0.0, 0.0, 1.0, 1e5, 1e-7, 1e16, 1.50]", "[0,-0.0,0.0,1.0,100000.0,1e-07,1e+16,1.5]"),
        (r#"["\/\u0041\u00e9é\ud83d\ude00😀\u007f"]"#, r#"["/A\u00e9\u00e9\ud83d\ude00\ud83d\ude00\u007f"]"#),
        (r#"["\b\f\n\r\t\"\\\u0000\u001f"]"#, r#"["\b\f\n\r\t\"\\\u0000\u001f"]"#),
        (
            r#"{"é":1,"z":2,"Z":3,"":4,"\ud83d\ude00":5,"\uffff":6}"#,
            r#"{"":4,"Z":3,"z":2,"\u00e9":1,"\uffff":6,"\ud83d\ude00":5}"#,
        ),
        (r"[[],[[]],{},null,true,false]", r"[[],[[]],{},null,true,false]"),
        (r#"{"a":{"b":[{"y":1,"x":2}],"a":1},"A":0}"#, r#"{"A":0,"a":{"a":1,"b":[{"x":2,"y":1}]}}"#),
        ("7", "7"),
    ];
    for (text, expected) in cases {
        if expected.is_empty() {
            assert!(parse(text.as_bytes(), 64).is_err());
            continue;
        }
        assert_eq!(canonical_of(text), expected);
        assert_eq!(canonical_of(expected), expected, "a fixed point");
    }
}
