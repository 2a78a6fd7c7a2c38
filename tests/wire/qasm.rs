//! OpenQASM texts that no version of the language takes.

use driver_manager::grpc::proto::CircuitFormat;

use crate::case::{Case, circuit};
use crate::wanted::{Wanted, invalid, invalid_or_unimplemented, precondition, too_large, unimplemented};

/// Every case.
pub fn cases() -> Vec<Case> {
    let case = |(text, wanted)| circuit(CircuitFormat::Qasm3Text, text, wanted);
    texts().into_iter().map(case).collect()
}

/// After the version line and the standard gates, with two qubits and two bits.
fn body(statements: &str) -> Vec<u8> {
    format!("OPENQASM 3.0;\ninclude \"stdgates.inc\";\nqubit[2] q;\nbit[2] c;\n{statements}\n").into_bytes()
}

fn texts() -> Vec<(Vec<u8>, Wanted)> {
    let line_5 = [
        "frobnicate q[0];",
        "h;",
        "h q[0]",
        "h q[2];",
        "h r[0];",
        "h c[0];",
        "cx q[0];",
        "cx q[0], q[0];",
        "cx q[0], q[1], q[0];",
        "rx q[0];",
        "rx() q[0];",
        "rx(1, 2) q[0];",
        "rx(nobody) q[0];",
        "rx(1/0) q[0];",
        "rx(1e999) q[0];",
        "h(1) q[0];",
        "x q[0]; }",
        "c[2] = measure q[0];",
        "measure q[9];",
        "c = measure nobody;",
        "qubit q;",
        "bit q;",
        "reset c;",
        "reset 7;",
        ";;= q",
        "\"",
        "/* never closed",
        "rx(((((1) q[0];",
        "\u{7f}",
        "h q[18446744073709551616];",
    ];
    let mut texts: Vec<_> = line_5.iter().map(|statement| (body(statement), invalid("line 5"))).collect();
    // Statements of the language that need what no device here has.
    let not_offered = [
        "extern f(int) -> int;",
        "opaque g a;",
        "cal { play(drive, gaussian); }",
        "defcal x $0 { play(drive, gaussian); }",
        "x $0;",
    ];
    texts.extend(not_offered.iter().map(|statement| (body(statement), unimplemented("line 5"))));
    texts.extend([
        (body("while (true) { x q[0]; }"), too_large("operations")),
        (body("for int i in [0:9223372036854775807] { x q[0]; }"), too_large("line 5")),
        (body("def f() { f(); } f();"), too_large("nest")),
        (body("gate g a { g a; } g q[0];"), invalid_or_unimplemented("line 5")),
        (b"OPENQASM 4.0; qubit q;".to_vec(), precondition("4.0")),
        (b"OPENQASM three; qubit q;".to_vec(), invalid("line 1")),
        (b"OPENQASM 3.0;".to_vec(), invalid("qubit")),
        (b"// nothing at all".to_vec(), invalid("qubit")),
        (b"\xff\xfe\x00".to_vec(), invalid("line 1")),
        (b"OPENQASM 3.0;\nqubit q; // \xc3\x28\n".to_vec(), invalid("line 2")),
        (b"OPENQASM;".to_vec(), invalid("line 1")),
        (b"OPENQASM 3.0".to_vec(), invalid("line 1")),
        (b"OPENQASM 3.0; OPENQASM 3.0; qubit q;".to_vec(), invalid("line 1")),
        (
            b"OPENQASM 3.0; include \"/etc/passwd\"; qubit q;".to_vec(),
            invalid_or_unimplemented("/etc/passwd"),
        ),
        (
            b"OPENQASM 3.0; include \"../stdgates.inc\"; qubit q;".to_vec(),
            invalid_or_unimplemented("../stdgates.inc"),
        ),
        (b"OPENQASM 3.0; include 7; qubit q;".to_vec(), invalid("line 1")),
        (b"OPENQASM 3.0; qubit[0] q;".to_vec(), invalid("line 1")),
        (b"OPENQASM 3.0; qubit[-1] q;".to_vec(), invalid("line 1")),
        (b"OPENQASM 3.0; qubit[1.5] q;".to_vec(), invalid("line 1")),
        (b"OPENQASM 3.0; qubit[2147483648] q;".to_vec(), too_large("qubits")),
        (b"OPENQASM 3.0; qubit[10001] q;".to_vec(), too_large("qubits")),
        (b"OPENQASM 3.0; qubit[6000] a; qubit[6000] b;".to_vec(), too_large("qubits")),
        (b"OPENQASM 3.0; qubit[40] q; U(0.3, 0, 0) q[0];".to_vec(), too_large("Simulator Out of Memory")),
        (format!("OPENQASM 3.0; qubit q; U({}1, 0, 0) q;", "(".repeat(50_000)).into_bytes(), invalid("nest")),
        (format!("OPENQASM 3.0; qubit q; U({}1, 0, 0) q;", "-".repeat(50_000)).into_bytes(), invalid("nest")),
    ]);
    texts
}
