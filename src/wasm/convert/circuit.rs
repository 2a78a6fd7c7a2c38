//! Circuits: the checked program, as a guest's list of steps.

use eigen_circuit::program::{ClassicalOp, Observable, Operation, Pauli, Program, Step};

use super::wit;

pub(super) fn gates(program: &Program) -> wit::Gates {
    wit::Gates {
        qubits: program.qubits,
        clbits: program.clbits,
        output_bits: program.output_bits,
        steps: program.steps.iter().map(step).collect(),
        observables: program.observables.iter().map(observable).collect(),
    }
}

fn step(step: &Step) -> wit::Step {
    wit::Step {
        operation: operation(step.operation),
        guard: step.guard.map(|guard| wit::Guard { clbit: guard.clbit, value: guard.value }),
    }
}

fn observable(observable: &Observable) -> wit::Observable {
    let term = |term: &eigen_circuit::program::PauliTerm| wit::PauliTerm {
        coefficient: term.coefficient,
        factors: term
            .factors
            .iter()
            .map(|&(qubit, factor)| wit::PauliFactor { qubit, pauli: pauli(factor) })
            .collect(),
    };
    wit::Observable { name: observable.name.clone(), terms: observable.terms.iter().map(term).collect() }
}

fn pauli(pauli: Pauli) -> wit::Pauli {
    match pauli {
        Pauli::X => wit::Pauli::X,
        Pauli::Y => wit::Pauli::Y,
        Pauli::Z => wit::Pauli::Z,
    }
}

fn classical(op: ClassicalOp) -> wit::ClassicalOp {
    match op {
        ClassicalOp::Set { dst, value } => wit::ClassicalOp::Set(wit::BitSet { dst, value }),
        ClassicalOp::Copy { dst, src } => wit::ClassicalOp::Copy(wit::BitCopy { dst, src }),
        ClassicalOp::Not { dst, src } => wit::ClassicalOp::Not(wit::BitCopy { dst, src }),
        ClassicalOp::And { dst, a, b } => wit::ClassicalOp::And(wit::BitPair { dst, a, b }),
        ClassicalOp::Or { dst, a, b } => wit::ClassicalOp::Or(wit::BitPair { dst, a, b }),
        ClassicalOp::Xor { dst, a, b } => wit::ClassicalOp::Xor(wit::BitPair { dst, a, b }),
    }
}

fn operation(operation: Operation) -> wit::Operation {
    match operation {
        Operation::Id(qubit) => wit::Operation::Id(qubit),
        Operation::X(qubit) => wit::Operation::X(qubit),
        Operation::Y(qubit) => wit::Operation::Y(qubit),
        Operation::Z(qubit) => wit::Operation::Z(qubit),
        Operation::H(qubit) => wit::Operation::H(qubit),
        Operation::S(qubit) => wit::Operation::S(qubit),
        Operation::Sdg(qubit) => wit::Operation::Sdg(qubit),
        Operation::T(qubit) => wit::Operation::T(qubit),
        Operation::Tdg(qubit) => wit::Operation::Tdg(qubit),
        Operation::Sx(qubit) => wit::Operation::Sx(qubit),
        Operation::Sxdg(qubit) => wit::Operation::Sxdg(qubit),
        Operation::Rx { qubit, theta } => wit::Operation::Rx(wit::Rotation { qubit, theta }),
        Operation::Ry { qubit, theta } => wit::Operation::Ry(wit::Rotation { qubit, theta }),
        Operation::Rz { qubit, theta } => wit::Operation::Rz(wit::Rotation { qubit, theta }),
        Operation::P { qubit, theta } => wit::Operation::P(wit::Rotation { qubit, theta }),
        Operation::U { qubit, theta, phi, lambda } => {
            wit::Operation::U(wit::U3 { qubit, theta, phi, lambda })
        }
        Operation::Prx { qubit, theta, phi } => {
            wit::Operation::Prx(wit::PhasedRotation { qubit, theta, phi })
        }
        Operation::Cx(a, b) => wit::Operation::Cx(wit::Pair { a, b }),
        Operation::Cy(a, b) => wit::Operation::Cy(wit::Pair { a, b }),
        Operation::Cz(a, b) => wit::Operation::Cz(wit::Pair { a, b }),
        Operation::Ch(a, b) => wit::Operation::Ch(wit::Pair { a, b }),
        Operation::Csx(a, b) => wit::Operation::Csx(wit::Pair { a, b }),
        Operation::Swap(a, b) => wit::Operation::Swap(wit::Pair { a, b }),
        Operation::Iswap(a, b) => wit::Operation::Iswap(wit::Pair { a, b }),
        Operation::Ecr(a, b) => wit::Operation::Ecr(wit::Pair { a, b }),
        Operation::Cp { a, b, theta } => wit::Operation::Cp(wit::PairRotation { a, b, theta }),
        Operation::Crx { a, b, theta } => wit::Operation::Crx(wit::PairRotation { a, b, theta }),
        Operation::Cry { a, b, theta } => wit::Operation::Cry(wit::PairRotation { a, b, theta }),
        Operation::Crz { a, b, theta } => wit::Operation::Crz(wit::PairRotation { a, b, theta }),
        Operation::Rxx { a, b, theta } => wit::Operation::Rxx(wit::PairRotation { a, b, theta }),
        Operation::Ryy { a, b, theta } => wit::Operation::Ryy(wit::PairRotation { a, b, theta }),
        Operation::Rzz { a, b, theta } => wit::Operation::Rzz(wit::PairRotation { a, b, theta }),
        Operation::Rzx { a, b, theta } => wit::Operation::Rzx(wit::PairRotation { a, b, theta }),
        Operation::Cu { control, target, theta, phi, lambda, gamma } => {
            wit::Operation::Cu(wit::PairU { control, target, theta, phi, lambda, gamma })
        }
        Operation::Ccx(a, b, c) => wit::Operation::Ccx(wit::Triple { a, b, c }),
        Operation::Ccz(a, b, c) => wit::Operation::Ccz(wit::Triple { a, b, c }),
        Operation::Cswap(a, b, c) => wit::Operation::Cswap(wit::Triple { a, b, c }),
        Operation::Control { qubit, active_on } => {
            wit::Operation::Control(wit::ControlQubit { qubit, active_on })
        }
        Operation::Measure { qubit, clbit, basis } => {
            wit::Operation::Measure(wit::Measurement { qubit, clbit, basis: pauli(basis) })
        }
        Operation::Reset(qubit) => wit::Operation::Reset(qubit),
        Operation::Barrier => wit::Operation::Barrier,
        Operation::Classical(op) => wit::Operation::Classical(classical(op)),
    }
}
