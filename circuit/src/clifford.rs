//! Whether a circuit is one that stabilizer simulators run at any size.
//!
//! All its gates are Clifford gates (rotations by multiples of π/2 among them), conditions are on Pauli
//! operators alone, bit logic only adds (no `and`, no `or`), and no expectation values are asked for. A driver
//! that lists a limit for the class takes all of these.

use std::f64::consts::FRAC_PI_2;

use crate::program::{ClassicalOp, Operation, Program, Step};

/// How near to a multiple of a quarter turn an angle has to be, in radians.
const TOLERANCE: f64 = 1e-12;

/// Angles beyond have no digits left for the comparison.
const LARGEST_ANGLE: f64 = 1000.0;

impl Program {
    /// Whether it is a Clifford circuit.
    #[must_use]
    pub fn is_clifford(&self) -> bool {
        self.observables.is_empty() && self.steps.iter().all(is_clifford)
    }
}

fn is_clifford(step: &Step) -> bool {
    use Operation as Op;
    let quarters = |angles: &[f64]| angles.iter().all(|angle| is_multiple(*angle, FRAC_PI_2));
    match step.operation {
        Op::Id(_) | Op::Barrier | Op::X(_) | Op::Y(_) | Op::Z(_) => true,
        // What follows cannot depend on an outcome.
        _ if step.guard.is_some() => false,
        Op::H(_)
        | Op::S(_)
        | Op::Sdg(_)
        | Op::Sx(_)
        | Op::Sxdg(_)
        | Op::Measure { .. }
        | Op::Reset(_)
        | Op::Cx(..)
        | Op::Cy(..)
        | Op::Cz(..)
        | Op::Swap(..)
        | Op::Iswap(..)
        | Op::Ecr(..) => true,
        Op::Rx { theta, .. }
        | Op::Ry { theta, .. }
        | Op::Rz { theta, .. }
        | Op::P { theta, .. }
        | Op::Rxx { theta, .. }
        | Op::Ryy { theta, .. }
        | Op::Rzz { theta, .. }
        | Op::Rzx { theta, .. } => quarters(&[theta]),
        Op::U { theta, phi, lambda, .. } => quarters(&[theta, phi, lambda]),
        Op::Prx { theta, phi, .. } => quarters(&[theta, phi]),
        Op::Cp { theta, .. } => quarters(&[theta]) && is_multiple(theta, 2.0 * FRAC_PI_2),
        Op::Classical(op) => !matches!(op, ClassicalOp::And { .. } | ClassicalOp::Or { .. }),
        Op::T(_)
        | Op::Tdg(_)
        | Op::Ch(..)
        | Op::Csx(..)
        | Op::Crx { .. }
        | Op::Cry { .. }
        | Op::Crz { .. }
        | Op::Cu { .. }
        | Op::Ccx(..)
        | Op::Ccz(..)
        | Op::Cswap(..)
        | Op::Control { .. } => false,
    }
}

fn is_multiple(angle: f64, of: f64) -> bool {
    angle.abs() <= LARGEST_ANGLE && (angle - (angle / of).round() * of).abs() <= TOLERANCE
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::Guard;

    fn clifford(operations: &[Operation]) -> bool {
        let steps = operations.iter().map(|operation| Step { operation: *operation, guard: None }).collect();
        Program { qubits: 2, clbits: 2, output_bits: 2, steps, observables: Vec::new() }.is_clifford()
    }

    #[test]
    fn gates_of_the_group_and_quarter_turns_are_and_others_are_not() {
        let turn = |theta| Operation::Rx { qubit: 0, theta };
        let phase = |theta| Operation::Cp { a: 0, b: 1, theta };
        assert!(clifford(&[
            Operation::H(0),
            Operation::Cx(0, 1),
            turn(-3.0 * FRAC_PI_2),
            phase(2.0 * FRAC_PI_2)
        ]));
        for other in
            [Operation::T(0), turn(0.1), turn(1e9 * FRAC_PI_2), phase(FRAC_PI_2), Operation::Ccx(0, 1, 2)]
        {
            assert!(!clifford(&[Operation::H(0), other]), "{other:?}");
        }
    }

    #[test]
    fn conditions_are_on_pauli_operators_alone_and_logic_only_adds() {
        let guarded =
            |operation| is_clifford(&Step { operation, guard: Some(Guard { clbit: 0, value: true }) });
        assert!(guarded(Operation::Y(0)) && !guarded(Operation::H(0)) && !guarded(Operation::Reset(0)));
        assert!(clifford(&[Operation::Classical(ClassicalOp::Xor { dst: 0, a: 0, b: 1 })]));
        assert!(!clifford(&[Operation::Classical(ClassicalOp::And { dst: 0, a: 0, b: 1 })]));
    }
}
