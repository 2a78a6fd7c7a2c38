//! Programs written out, read in again, and decomposed do what they did.

#![allow(clippy::doc_markdown, reason = "OpenQASM is a name, not code")]
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use common::reference::{difference, distribution, unitary};
use eigen_circuit::program::{ClassicalOp, GateName, Guard, Operation as Op, Pauli, Program, Step};
use eigen_circuit::{Bindings, Form, GateSet, Limits, Source, canonical_aqo_json, compile, decompose, emit};
use proptest::prelude::*;

fn program(qubits: u32, operations: impl IntoIterator<Item = Op>) -> Program {
    let steps = operations.into_iter().map(Step::from).collect();
    Program { qubits, clbits: 0, output_bits: 0, steps, observables: vec![] }
}

/// One of every gate, on qubits 2, 0 and 1.
fn gates() -> Vec<Op> {
    let (a, b, c) = (2, 0, 1);
    let (theta, phi, lambda, gamma) = (0.7, -1.1, 2.3, 0.4);
    let mut gates = vec![
        Op::Id(a),
        Op::X(a),
        Op::Y(a),
        Op::Z(a),
        Op::H(a),
        Op::S(a),
        Op::Sdg(a),
        Op::T(a),
        Op::Tdg(a),
        Op::Sx(a),
        Op::Sxdg(a),
        Op::U { qubit: a, theta, phi, lambda },
        Op::Prx { qubit: a, theta, phi },
        Op::U { qubit: a, theta: std::f64::consts::PI, phi, lambda },
        Op::U { qubit: a, theta: 0.0, phi, lambda },
        Op::Cx(a, b),
        Op::Cy(a, b),
        Op::Cz(a, b),
        Op::Ch(a, b),
        Op::Csx(a, b),
        Op::Swap(a, b),
        Op::Iswap(a, b),
        Op::Ecr(a, b),
        Op::Cu { control: a, target: b, theta, phi, lambda, gamma },
        Op::Ccx(a, b, c),
        Op::Ccz(a, b, c),
        Op::Cswap(a, b, c),
    ];
    let qubit = a;
    gates.extend([
        Op::Rx { qubit, theta },
        Op::Ry { qubit, theta },
        Op::Rz { qubit, theta },
        Op::P { qubit, theta },
    ]);
    gates.extend([
        Op::Cp { a, b, theta },
        Op::Crx { a, b, theta },
        Op::Cry { a, b, theta },
        Op::Crz { a, b, theta },
    ]);
    gates.extend([
        Op::Rxx { a, b, theta },
        Op::Ryy { a, b, theta },
        Op::Rzz { a, b, theta },
        Op::Rzx { a, b, theta },
    ]);
    gates
}

/// What devices have.
fn sets() -> Vec<Vec<GateName>> {
    use GateName as G;
    vec![
        vec![G::U, G::Cx],
        vec![G::Rz, G::Sx, G::X, G::Cx],
        vec![G::Rz, G::Sx, G::X, G::Ecr],
        vec![G::Rz, G::Rx, G::Cz],
        vec![G::Rz, G::Ry, G::Cy],
        vec![G::Rx, G::Ry, G::Rxx],
        vec![G::P, G::H, G::Cp],
        vec![G::Prx, G::Cz],
        vec![G::Rz, G::Prx, G::Rzz],
        vec![G::U, G::Rzx],
        vec![G::U, G::Ryy],
        vec![G::U, G::Crz],
        vec![G::U, G::Cu],
        vec![G::U, G::Iswap],
        vec![G::Rx, G::Ry, G::Rz, G::X, G::Y, G::Z, G::H, G::S, G::T, G::Cx, G::Cz, G::Swap, G::Ccx, G::Ccz],
    ]
}

#[test]
fn every_gate_is_expressed_in_every_set_that_is_universal() {
    for names in sets() {
        let set: GateSet = names.iter().copied().collect();
        for gate in gates() {
            let before = program(3, [gate]);
            let after =
                decompose(&before, set).map_err(|error| format!("{names:?} {gate:?}: {error}")).unwrap();
            let far = difference(&unitary(&before), &unitary(&after), true);
            assert!(far < 1e-9, "{names:?} {gate:?}: {far} {:?}", after.steps);
            assert!(after.steps.iter().all(|step| set.contains(step.operation.name())), "{names:?} {gate:?}");
        }
    }
}

#[test]
fn controls_keep_the_phases_of_what_they_control() {
    let set: GateSet = [GateName::U, GateName::Cx].into_iter().collect();
    let control = |qubit, active_on| Op::Control { qubit, active_on };
    for gate in gates() {
        for controls in [vec![control(3, true)], vec![control(3, false), control(4, true)]] {
            // Between two turns, so that a phase of the controlled part would show.
            let turns = [Op::H(3), Op::H(4)];
            let all = turns.into_iter().chain(controls).chain([gate]).chain(turns);
            let before = program(5, all);
            let after = decompose(&before, set).map_err(|error| error.to_string()).unwrap();
            let far = difference(&unitary(&before), &unitary(&after), true);
            assert!(far < 1e-9, "{gate:?}: {far}");
        }
    }
}

#[test]
fn many_controls_take_as_many_gates_as_the_square_of_their_number_at_most() {
    let set: GateSet = [GateName::U, GateName::Cx].into_iter().collect();
    let with = |controls: u32, qubits: u32| {
        let controls = (1..=controls).map(|qubit| Op::Control { qubit, active_on: true });
        program(qubits, controls.chain([Op::Sx(0)]))
    };
    for (controls, qubits) in [(3, 4), (4, 5), (5, 6), (5, 7)] {
        let before = with(controls, qubits);
        let after = decompose(&before, set).unwrap();
        let far = difference(&unitary(&before), &unitary(&after), true);
        assert!(far < 1e-8, "{controls} controls on {qubits} qubits: {far}");
    }
    let count = |controls| decompose(&with(controls, controls + 1), set).unwrap().steps.len();
    assert!(count(40) < 6 * count(20), "{} and {}", count(20), count(40));
}

#[test]
fn what_cannot_be_expressed_is_named() {
    let set: GateSet = [GateName::H, GateName::S, GateName::Cx].into_iter().collect();
    let clifford =
        program(2, [Op::Sdg(0), Op::X(1), Op::Y(0), Op::Z(1), Op::Sx(0), Op::Swap(0, 1), Op::Cz(1, 0)]);
    assert!(decompose(&clifford, set).is_ok());
    let error = decompose(&program(2, [Op::H(0), Op::T(1)]), set).unwrap_err();
    assert!(error.to_string().starts_with("Unsupported Op: T at operation[1]"), "{error}");
    let lonely: GateSet = [GateName::U].into_iter().collect();
    assert!(decompose(&program(2, [Op::Cx(0, 1)]), lonely).is_err());
    let measure = Op::Measure { qubit: 0, clbit: 0, basis: Pauli::Z };
    assert!(decompose(&program(1, [measure]), lonely).is_err());
    let guarded = Step { operation: Op::X(0), guard: Some(Guard { clbit: 0, value: true }) };
    let steps = vec![measure.into(), guarded];
    let conditional = Program { qubits: 1, clbits: 1, output_bits: 1, steps, observables: vec![] };
    let error = emit(&conditional, Form::AqoJson).unwrap_err();
    assert_eq!((error.step, error.operation), (1, GateName::X));
}

fn again(form: Form, text: &[u8]) -> Program {
    let source = match form {
        Form::AqoJson => Source::AqoJson(text),
        Form::AqoProto => Source::AqoProto(text),
        _ => Source::Qasm3(text),
    };
    let shown = String::from_utf8_lossy(text);
    let compiled = compile(source, &Bindings::default(), &Limits::default());
    compiled.map_err(|errors| errors.render(&shown)).unwrap().program
}

#[test]
fn every_gate_survives_every_form() {
    for form in [Form::AqoJson, Form::AqoProto, Form::Qasm3, Form::Qasm2] {
        for gate in gates() {
            let before = program(3, [gate]);
            let after = again(form, &emit(&before, form).unwrap());
            let far = difference(&unitary(&before), &unitary(&after), true);
            assert!(far < 1e-9, "{form:?} {gate:?}: {far}");
        }
    }
}

#[test]
fn controlled_gates_survive_as_text() {
    for gate in gates() {
        for active_on in [true, false] {
            let control = |qubit| Op::Control { qubit, active_on };
            let before = program(5, [Op::H(3), Op::H(4), control(3), control(4), gate]);
            let after = again(Form::Qasm3, &emit(&before, Form::Qasm3).unwrap());
            let far = difference(&unitary(&before), &unitary(&after), true);
            assert!(far < 1e-9, "{gate:?}: {far}");
        }
    }
}

#[test]
fn guards_classical_steps_and_bases_survive_as_text() {
    let measure = |qubit, clbit, basis| Step::from(Op::Measure { qubit, clbit, basis });
    let when = |clbit, value, operation| Step { operation, guard: Some(Guard { clbit, value }) };
    let steps = vec![
        Op::H(0).into(),
        measure(0, 0, Pauli::Z),
        when(0, true, Op::X(1)),
        when(0, false, Op::H(1)),
        measure(1, 1, Pauli::Z),
        Op::Classical(ClassicalOp::And { dst: 3, a: 0, b: 1 }).into(),
        Op::Classical(ClassicalOp::Not { dst: 4, src: 3 }).into(),
        Op::Classical(ClassicalOp::Xor { dst: 2, a: 4, b: 0 }).into(),
        when(4, true, Op::Reset(0)),
        Op::Barrier.into(),
        measure(0, 0, Pauli::Y),
        measure(1, 1, Pauli::X),
    ];
    let before = Program { qubits: 2, clbits: 5, output_bits: 3, steps, observables: vec![] };
    let after = again(Form::Qasm3, &emit(&before, Form::Qasm3).unwrap());
    assert_eq!(after.output_bits, 3);
    let (one, other) = (distribution(&before), distribution(&after));
    assert!(
        one.keys()
            .chain(other.keys())
            .all(|key| { (one.get(key).unwrap_or(&0.0) - other.get(key).unwrap_or(&0.0)).abs() < 1e-9 }),
        "{one:?} {other:?}"
    );
}

#[test]
fn an_answer_that_ends_in_bits_nobody_measures_keeps_its_width_or_is_refused() {
    for text in [
        "qubit[2] q; bit[6] c; c[2] = measure q[0]; c[4] = 0; c[5] = 0;",
        "qubit[2] q; bit[6] c; c[2] = measure q[0]; c[5] = 1; c[5] = 0;",
        "qubit[2] q; bit[3] a; bit[3] r; a[1] = measure q[0]; uint[3] n = uint[1](a[1]); r = bit[3](n % 3);",
        "qubit[2] q; uint[6] n = 0; if (measure q[0]) { n = 1; }",
    ] {
        let before = again(Form::Qasm3, text.as_bytes());
        assert_eq!(before.output_bits, 6, "{text}");
        let after = again(Form::Qasm3, &emit(&before, Form::Qasm3).unwrap());
        assert_eq!(distribution(&before), distribution(&after), "{text}");
        for form in [Form::AqoJson, Form::AqoProto, Form::Qasm2] {
            let error = emit(&before, form).unwrap_err();
            assert_eq!(error.operation, GateName::Classical, "{form:?}: {error}");
        }
    }
}

#[test]
fn the_same_circuit_has_one_identity_in_all_forms() {
    let json = br#"{"operations":[{"op":"RX","params":{"theta":0.5},"q":[1]},{"op":"CX","q":[1,0]},{"c":[0],"op":"MEASURE","q":[1]}],"qubits":2,"version":"1.0.0"}"#;
    let qasm = b"OPENQASM 3;\ninclude \"stdgates.inc\";\nqubit[2] q; bit c;\nrx(0.5) q[1]; cx q[1], q[0];\nc = measure q[1];";
    let read = |source| compile(source, &Bindings::default(), &Limits::default()).unwrap();
    let first = read(Source::AqoJson(json));
    let proto = emit(&first.program, Form::AqoProto).unwrap();
    assert_eq!(emit(&first.program, Form::AqoJson).unwrap(), json);
    assert_eq!(canonical_aqo_json(json, &Limits::default()).unwrap(), json);
    assert_eq!(first.identity, read(Source::AqoProto(&proto)).identity);
    assert_eq!(first.identity, read(Source::Qasm3(qasm)).identity);
    let other = b"qubit[2] q; bit c; include \"stdgates.inc\"; sx q[0]; c = measure q[1];";
    assert_eq!(read(Source::Qasm3(other)).identity.of.to_string(), "payload");
}

/// Any gate on qubits of four.
fn any_gate() -> impl Strategy<Value = Op> {
    let all = gates();
    (0..all.len(), prop::sample::subsequence(vec![0_u32, 1, 2, 3], 3).prop_shuffle(), -4.0..4.0_f64).prop_map(
        move |(index, on, angle)| {
            let place = |qubit: u32| on[[1, 2, 0][qubit as usize]];
            match all[index] {
                Op::Rx { qubit, .. } => Op::Rx { qubit: place(qubit), theta: angle },
                Op::Rz { qubit, .. } => Op::Rz { qubit: place(qubit), theta: angle },
                Op::Cx(a, b) => Op::Cx(place(a), place(b)),
                Op::Cz(a, b) => Op::Cz(place(a), place(b)),
                Op::Ccx(a, b, c) => Op::Ccx(place(a), place(b), place(c)),
                Op::Cp { a, b, .. } => Op::Cp { a: place(a), b: place(b), theta: angle },
                Op::U { qubit, .. } => {
                    Op::U { qubit: place(qubit), theta: angle, phi: 1.0 - angle, lambda: 2.0 * angle }
                }
                Op::H(qubit) => Op::H(place(qubit)),
                Op::T(qubit) => Op::T(place(qubit)),
                other => other,
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn programs_keep_their_unitary_from_form_to_form(gates in prop::collection::vec(any_gate(), 1..12)) {
        let first = program(4, gates);
        for path in [[Form::Qasm3, Form::AqoJson], [Form::AqoJson, Form::Qasm3], [Form::AqoProto, Form::Qasm2]] {
            let mut present = first.clone();
            for form in path {
                present = again(form, &emit(&present, form).unwrap());
            }
            let far = difference(&unitary(&first), &unitary(&present), true);
            prop_assert!(far < 1e-8, "{path:?}: {far}");
        }
    }
}
