//! Canonical bytes are CPython's own, on documents made at random and on chosen ones.

#![allow(clippy::doc_markdown, reason = "OpenQASM and CPython are names, not code")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::process::{Command, Stdio};

use eigen_circuit::{Errors, Limits, canonical_aqo_json};

/// Documents in hexadecimal, one a line, to canonical bytes, one a line.
const PYTHON: &str = r#"
import json, sys
for line in sys.stdin:
    value = json.loads(bytes.fromhex(line).decode("utf-8"))
    print(json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False))
"#;

fn canonical(document: &str) -> Result<String, Errors> {
    let bytes = canonical_aqo_json(document.as_bytes(), &Limits::default())?;
    Ok(String::from_utf8(bytes).unwrap())
}

/// What CPython makes of documents.
fn cpython(documents: &[String]) -> Vec<String> {
    let mut child = Command::new("python3")
        .args(["-c", PYTHON])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("python3 is needed by this test: {error}"));
    let mut input = child.stdin.take().unwrap();
    let mut output = String::new();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for document in documents {
                let hex = document.bytes().fold(String::new(), |mut hex, byte| {
                    let _ = write!(hex, "{byte:02x}");
                    hex
                });
                writeln!(input, "{hex}").unwrap();
            }
        });
        child.stdout.take().unwrap().read_to_string(&mut output).unwrap();
    });
    assert!(child.wait().unwrap().success());
    output.lines().map(str::to_owned).collect()
}

/// A small generator of random numbers, the same on every run (xorshift64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn space(&mut self, out: &mut String) {
        for _ in 0..self.below(3) {
            out.push([' ', '\t', '\n', '\r'][self.below(4) as usize]);
        }
    }

    fn value(&mut self, depth: u32, out: &mut String) {
        self.space(out);
        match self.below(if depth == 0 { 7 } else { 12 }) {
            0 => out.push_str(["null", "true", "false"][self.below(3) as usize]),
            1 | 2 => self.integer(out),
            3 | 4 => self.float(out),
            5 | 6 => self.string(out),
            7..=9 => self.list(out, '{', '}', |random, index, out| {
                // Distinct, and not in order.
                let mut key = String::new();
                random.string(&mut key);
                key.pop();
                let _ = write!(out, "{key}{}\"", (index * 7) % 10);
                random.space(out);
                out.push(':');
                random.value(depth - 1, out);
            }),
            _ => self.list(out, '[', ']', |random, _, out| random.value(depth - 1, out)),
        }
        self.space(out);
    }

    fn list(
        &mut self,
        out: &mut String,
        open: char,
        close: char,
        item: impl Fn(&mut Self, u64, &mut String),
    ) {
        out.push(open);
        for index in 0..self.below(8) {
            if index > 0 {
                out.push(',');
            }
            self.space(out);
            item(self, index, out);
        }
        self.space(out);
        out.push(close);
    }

    fn integer(&mut self, out: &mut String) {
        if self.below(3) == 0 {
            out.push('-');
        }
        match self.below(3) {
            0 => out.push_str(&self.below(20).to_string()),
            1 => out.push_str(&self.next().to_string()),
            _ => {
                out.push('7');
                (0..self.below(60)).for_each(|_| out.push(char::from(b'0' + self.below(10) as u8)));
            }
        }
    }

    fn float(&mut self, out: &mut String) {
        let bits = loop {
            let bits = f64::from_bits(self.next());
            if bits.is_finite() {
                break bits;
            }
        };
        let scaled = (self.next() >> 11) as f64 / 2_f64.powi(self.below(80) as i32);
        let _ = match self.below(6) {
            0 => write!(out, "{bits:e}"),
            1 => write!(out, "{bits:?}"),
            2 => write!(out, "{scaled:.17}"),
            3 => write!(out, "{:.3}E+0{}", scaled % 10.0, self.below(99)),
            4 => write!(out, "-{}.{}e-{}", self.below(10), self.below(1000), self.below(330)),
            _ => write!(out, "{}.0", self.below(1 << 60)),
        };
    }

    fn string(&mut self, out: &mut String) {
        out.push('"');
        for _ in 0..self.below(9) {
            match self.below(9) {
                0 => out.push_str(
                    ["\\\"", "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t"][self.below(8) as usize],
                ),
                1 => {
                    let _ = write!(out, "\\u{:04X}", self.below(0xD800));
                }
                2 => {
                    let _ = write!(out, "\\ud{:03x}\\udc{:02X}", 0x800 + self.below(0x400), self.below(256));
                }
                3 => out.push(char::from_u32(0x80 + self.below(0xD000) as u32).unwrap_or('é')),
                4 => out.push(char::from_u32(0x1_0000 + self.below(0xF_0000) as u32).unwrap_or('😀')),
                5 => out.push('\u{7f}'),
                _ => out.push(char::from(b'#' + self.below(57) as u8)),
            }
        }
        out.push('"');
    }
}

#[test]
fn generated_documents_have_cpythons_canonical_bytes() {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let documents: Vec<String> = (0..600)
        .map(|_| {
            let mut document = String::new();
            random.value(4, &mut document);
            document
        })
        .collect();
    let expected = cpython(&documents);
    assert_eq!(expected.len(), documents.len());
    for (document, expected) in documents.iter().zip(&expected) {
        let ours = canonical(document).map_err(|errors| format!("{document}: {errors}")).unwrap();
        assert!(ours == *expected, "{document}\ngives {ours}\n  not {expected}");
        assert_eq!(canonical(expected).unwrap(), *expected, "a fixed point");
    }
    let bytes: usize = documents.iter().map(String::len).sum();
    assert!(bytes > 50_000, "the documents are not trivial: {bytes} bytes");
}

#[test]
fn every_form_of_a_double_has_cpythons_text() {
    let mut random = Random(7);
    let mut numbers: Vec<f64> = (0..3_000).map(|_| f64::from_bits(random.next())).collect();
    numbers.extend((-330..310).flat_map(|exponent| {
        [1.0, 1.5, 9.999_999_999_999_999, 2.5]
            .map(|factor| format!("{factor}e{exponent}").parse::<f64>().unwrap())
    }));
    numbers.extend((0..1075).flat_map(|power| [2_f64.powi(power), 2_f64.powi(-power), -2_f64.powi(-power)]));
    numbers.extend([
        f64::MIN_POSITIVE,
        f64::MAX,
        f64::EPSILON,
        0.1 + 0.2,
        5e-324,
        -0.0,
        9_007_199_254_740_993.0,
    ]);
    numbers.retain(|number| number.is_finite());
    let document =
        format!("[{}]", numbers.iter().map(|number| format!("{number:e}")).collect::<Vec<_>>().join(","));
    // An integer mantissa with no exponent would be an integer: `{:e}` always writes one.
    let (ours, theirs) = (canonical(&document).unwrap(), cpython(&[document]).remove(0));
    let different = ours.split(',').zip(theirs.split(',')).find(|(ours, theirs)| ours != theirs);
    assert_eq!(different, None);
    assert_eq!(ours, theirs);
}

#[test]
fn the_rules_of_the_canonical_form_hold_one_by_one() {
    let cases = [
        (r#"{"b":1,"a":2}"#, r#"{"a":2,"b":1}"#),
        ("[1.0,1,-0.0,-0,0.0]", "[1.0,1,-0.0,0,0.0]"),
        (
            "[0.0001,0.00001,1e15,1e16,123456789012345678]",
            "[0.0001,1e-05,1000000000000000.0,1e+16,123456789012345678]",
        ),
        ("[\"é\",\"😀\",\"\\/\",\"\u{7f}\"]", r#"["\u00e9","\ud83d\ude00","/","\u007f"]"#),
        // By code point, where UTF-16 units would say otherwise.
        ("{\"\u{ffff}\":1,\"😀\":2}", r#"{"\uffff":1,"\ud83d\ude00":2}"#),
    ];
    for (document, expected) in cases {
        assert_eq!(canonical(document).unwrap(), expected);
    }
}
