//! Reads a circuit from standard input and prints its steps as JSON lines, for judges in other
//! languages: `steps qasm|aqo|proto [OPTION=VALUE …]`.

use std::io::Read;
use std::process::ExitCode;

use eigen_circuit::program::{ClassicalOp, Operation};
use eigen_circuit::{Bindings, Limits, Source, compile};

fn main() -> ExitCode {
    let mut payload = Vec::new();
    if std::io::stdin().read_to_end(&mut payload).is_err() {
        return ExitCode::FAILURE;
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let source = match arguments.first().map(String::as_str) {
        Some("aqo") => Source::AqoJson(&payload),
        Some("proto") => Source::AqoProto(&payload),
        _ => Source::Qasm3(&payload),
    };
    let options = arguments.iter().skip(1).filter_map(|argument| argument.split_once('='));
    let bindings = Bindings::from_options(options);
    let compiled = match compile(source, &bindings, &Limits::default()) {
        Ok(compiled) => compiled,
        Err(errors) => {
            eprintln!("{:?}\n{}", errors.kind(), errors.render(&String::from_utf8_lossy(&payload)));
            return ExitCode::FAILURE;
        }
    };
    let program = compiled.program;
    println!(
        "{{\"qubits\":{},\"clbits\":{},\"output_bits\":{}}}",
        program.qubits, program.clbits, program.output_bits
    );
    for step in &program.steps {
        let guard = step.guard.map_or("null".into(), |guard| format!("[{},{}]", guard.clbit, guard.value));
        let qubits: Vec<u32> = step.operation.qubits().collect();
        let angles: Vec<f64> = step.operation.angles().collect();
        let bits: Vec<i64> = match step.operation {
            Operation::Measure { clbit, .. } => vec![clbit.into()],
            Operation::Control { active_on, .. } => vec![active_on.into()],
            Operation::Classical(op) => match op {
                ClassicalOp::Set { dst, value } => vec![0, dst.into(), value.into()],
                ClassicalOp::Copy { dst, src } => vec![1, dst.into(), src.into()],
                ClassicalOp::Not { dst, src } => vec![2, dst.into(), src.into()],
                ClassicalOp::And { dst, a, b } => vec![3, dst.into(), a.into(), b.into()],
                ClassicalOp::Or { dst, a, b } => vec![4, dst.into(), a.into(), b.into()],
                ClassicalOp::Xor { dst, a, b } => vec![5, dst.into(), a.into(), b.into()],
            },
            _ => vec![],
        };
        let name = step.operation.name();
        println!(
            "{{\"op\":\"{name}\",\"q\":{qubits:?},\"angles\":{angles:?},\"bits\":{bits:?},\"guard\":{guard}}}"
        );
    }
    for warning in compiled.warnings {
        eprintln!("warning: {warning}");
    }
    ExitCode::SUCCESS
}
