//! AQO documents that break a rule.

use driver_manager::grpc::proto::CircuitFormat;

use crate::case::{Case, circuit};
use crate::wanted::{Wanted, invalid, precondition, too_large};

/// Every case.
pub fn cases() -> Vec<Case> {
    let documents = syntax().into_iter().chain(top_level()).chain(operations()).chain(measurements());
    documents.map(|(document, wanted)| circuit(CircuitFormat::AqoJson, document, wanted)).collect()
}

type Document = (Vec<u8>, Wanted);

fn text(document: impl AsRef<str>, wanted: Wanted) -> Document {
    (document.as_ref().as_bytes().to_vec(), wanted)
}

/// Around one operation, for three qubits.
fn with(operation: &str) -> String {
    format!(r#"{{"version":"1.0.0","qubits":3,"operations":[{operation}]}}"#)
}

fn syntax() -> Vec<Document> {
    let good = with(r#"{"op":"X","q":[0]}"#);
    vec![
        text("{", invalid("line ")),
        text("null", invalid("line ")),
        text("[]", invalid("line ")),
        text("\"text\"", invalid("line ")),
        text("1", invalid("line ")),
        text("{'version':'1.0.0'}", invalid("line ")),
        text(&good[..good.len() - 1], invalid("line ")),
        text(format!("{good}x"), invalid("line ")),
        text(format!("{good}{good}"), invalid("line ")),
        text(format!("\u{feff}{good}"), invalid("line ")),
        text(good.replace("[0]", "[0,]"), invalid("line ")),
        text(good.replace("[0]", "[00]"), invalid("line ")),
        text(good.replace("[0]", "[0x1]"), invalid("line ")),
        text(good.replace("[0]", "[+1]"), invalid("line ")),
        text(good.replace('X', "\\x"), invalid("line ")),
        text(good.replace('X', "\\ud800"), invalid("line ")),
        text(good.replace('X', "X\u{1}"), invalid("line ")),
        text(format!("// comment\n{good}"), invalid("line ")),
        ([good.as_bytes(), b"\0"].concat(), invalid("line ")),
        (
            good.replace('X', "@").into_bytes().iter().map(|b| if *b == b'@' { 0xff } else { *b }).collect(),
            invalid("line "),
        ),
        (b"\xff\xfe{\0}\0".to_vec(), invalid("line ")),
        (vec![0; 4096], invalid("line ")),
        text("[".repeat(100_000), invalid("nest")),
        text(format!(r#"{{"version":"1.0.0","metadata":{}"#, r#"{"a":"#.repeat(100_000)), invalid("nest")),
        text(good.replace("\"qubits\":3", "\"qubits\":3,\"qubits\":3"), invalid("qubits")),
        text(with(r#"{"op":"X","op":"Y","q":[0]}"#), invalid("op")),
    ]
}

fn top_level() -> Vec<Document> {
    let version = |version: &str| format!(r#"{{"version":{version},"qubits":1,"operations":[]}}"#);
    let qubits = |qubits: &str| format!(r#"{{"version":"1.0.0","qubits":{qubits},"operations":[]}}"#);
    let mut documents = vec![
        text(r#"{"qubits":1,"operations":[]}"#, invalid("version")),
        text(r#"{"version":"1.0.0","operations":[]}"#, invalid("qubits")),
        text(r#"{"version":"1.0.0","qubits":1}"#, invalid("operations")),
        text("{}", invalid("version")),
        text(r#"{"version":"1.0.0","qubits":1,"operations":{}}"#, invalid("operations")),
        text(r#"{"version":"1.0.0","qubits":1,"operations":null}"#, invalid("operations")),
        text(r#"{"version":"1.0.0","qubits":1,"operations":[],"surprise":1}"#, invalid("surprise")),
        text(r#"{"version":"1.0.0","qubits":1,"operations":[],"parameters":7}"#, invalid("parameters")),
        text(r#"{"version":"1.0.0","qubits":1,"operations":[],"metadata":7}"#, invalid("metadata")),
        text(r#"{"version":"1.0.0","qubits":1,"operations":[],"annotations":[]}"#, invalid("annotations")),
        text(version("\"7.0.0\""), precondition("7.0.0")),
        text(version("\"2.0.0\""), precondition("2.0.0")),
    ];
    for wrong in ["1", "1.0", "null", "true", "[]", "\"\"", "\"one\"", "\"-1.0.0\""] {
        documents.push(text(version(wrong), invalid("version")));
    }
    for wrong in ["0", "-1", "1.5", "\"2\"", "true", "null", "[]", "1e400", "NaN", "-Infinity"] {
        documents.push(text(qubits(wrong), invalid("qubits")));
    }
    for large in ["10001", "2147483648", "4294967296", "9223372036854775808", "1000000000000000000000000"] {
        documents.push(text(qubits(large), too_large("qubits")));
    }
    // Below the host's bound, beyond the simulator's memory: not of Clifford gates alone, which need little of it.
    for large in ["31", "64", "4096"] {
        let circuit = qubits(large).replace("[]", r#"[{"op":"T","q":[0]}]"#);
        documents.push(text(circuit, too_large("Simulator Out of Memory")));
    }
    documents
}

fn operations() -> Vec<Document> {
    let wrong = [
        r"7",
        r"null",
        r#""X""#,
        r"[]",
        r"{}",
        r#"{"q":[0]}"#,
        r#"{"op":"X"}"#,
        r#"{"op":7,"q":[0]}"#,
        r#"{"op":null,"q":[0]}"#,
        r#"{"op":"X","q":0}"#,
        r#"{"op":"X","q":"0"}"#,
        r#"{"op":"X","q":[]}"#,
        r#"{"op":"X","q":[0,1]}"#,
        r#"{"op":"X","q":[3]}"#,
        r#"{"op":"X","q":[-1]}"#,
        r#"{"op":"X","q":[1.5]}"#,
        r#"{"op":"X","q":[true]}"#,
        r#"{"op":"X","q":[4294967296]}"#,
        r#"{"op":"X","q":[0],"c":[0]}"#,
        r#"{"op":"X","q":[0],"params":{"theta":1}}"#,
        r#"{"op":"X","q":[0],"extra":1}"#,
        r#"{"op":"CX","q":[0]}"#,
        r#"{"op":"CX","q":[1,1]}"#,
        r#"{"op":"SWAP","q":[0,1,2]}"#,
        r#"{"op":"CCX","q":[0,1]}"#,
        r#"{"op":"CCX","q":[0,1,0]}"#,
        r#"{"op":"RESET","q":[]}"#,
        r#"{"op":"RESET","q":[0],"c":[0]}"#,
        r#"{"op":"RX","q":[0]}"#,
        r#"{"op":"RX","q":[0],"params":{}}"#,
        r#"{"op":"RX","q":[0],"params":7}"#,
        r#"{"op":"RX","q":[0],"params":{"phi":1}}"#,
        r#"{"op":"RX","q":[0],"params":{"theta":1,"phi":1}}"#,
        r#"{"op":"RX","q":[0],"params":{"theta":null}}"#,
        r#"{"op":"RX","q":[0],"params":{"theta":[1]}}"#,
        r#"{"op":"RX","q":[0],"params":{"theta":true}}"#,
        r#"{"op":"RX","q":[0],"params":{"theta":1e999}}"#,
        r#"{"op":"RX","q":[0],"params":{"theta":NaN}}"#,
        r#"{"op":"RX","q":[0],"params":{"theta":"inf"}}"#,
        r#"{"op":"RX","q":[0],"params":{"theta":"1+1"}}"#,
        r#"{"op":"RX","q":[0],"params":{"theta":"nobody"}}"#,
    ];
    let mut documents: Vec<Document> =
        wrong.iter().map(|operation| text(with(operation), invalid("operations[0]"))).collect();
    for opcode in ["", "XX", "HADAMARD", "__class__", "X ", "ß", "U", "SX"] {
        let operation = format!(r#"{{"op":"{opcode}","q":[0]}}"#);
        documents.push(text(with(&operation), invalid("operations[0]")));
    }
    documents
}

fn measurements() -> Vec<Document> {
    let wrong = [
        r#"{"op":"MEASURE","q":[0]}"#,
        r#"{"op":"MEASURE","q":[0],"c":0}"#,
        r#"{"op":"MEASURE","q":[],"c":[]}"#,
        r#"{"op":"MEASURE","q":[0],"c":[]}"#,
        r#"{"op":"MEASURE","q":[0,1],"c":[0]}"#,
        r#"{"op":"MEASURE","q":[0],"c":[0,1]}"#,
        r#"{"op":"MEASURE","q":[0,1],"c":[0,0]}"#,
        r#"{"op":"MEASURE","q":[0,0],"c":[0,1]}"#,
        r#"{"op":"MEASURE","q":[0],"c":[-1]}"#,
        r#"{"op":"MEASURE","q":[0],"c":["0"]}"#,
        r#"{"op":"MEASURE","q":[0],"c":[0],"basis":"W"}"#,
        r#"{"op":"MEASURE","q":[0],"c":[0],"basis":7}"#,
        r#"{"op":"MEASURE","q":[0],"c":[0],"params":{"basis":""}}"#,
        r#"{"op":"MEASURE","q":[0],"c":[0],"basis":"X","params":{"basis":"Y"}}"#,
        r#"{"op":"MEASURE","q":[0],"c":[4096]}"#,
        r#"{"op":"MEASURE","q":[0],"c":[2147483647]}"#,
        r#"{"op":"MEASURE","q":[0],"c":[9223372036854775807]}"#,
    ];
    wrong.iter().map(|operation| text(with(operation), invalid("operations[0]"))).collect()
}
