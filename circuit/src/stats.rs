//! Figures about a program, for logs and people.

use crate::program::{ClassicalOp, Operation, Program};

/// How large a program is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stats {
    /// Qubits of the program.
    pub qubits: u32,
    /// Classical bits, scratch bits included.
    pub clbits: u32,
    /// Steps that do something: all but barriers and controls of a following gate.
    pub operations: usize,
    /// Those of them that act on two qubits or more.
    pub entangling: usize,
    /// The longest chain of operations that have to follow each other.
    pub depth: usize,
}

impl Program {
    /// Counts operations and depth; linear in the steps.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let mut stats = Stats { qubits: self.qubits, clbits: self.clbits, ..Stats::default() };
        // When each qubit and then each classical bit is free again, and no time before the barrier.
        let mut free = vec![0_usize; self.qubits as usize + self.clbits as usize];
        let mut floor = 0;
        let mut wires: Vec<usize> = Vec::new();
        for step in &self.steps {
            wires.extend(step.operation.qubits().map(|qubit| qubit as usize));
            match step.operation {
                Operation::Control { .. } => continue,
                Operation::Barrier => {
                    floor = stats.depth;
                    continue;
                }
                _ => {}
            }
            stats.operations += 1;
            stats.entangling += usize::from(wires.len() > 1);
            let bits = clbits(step.operation).into_iter().flatten();
            let guard = step.guard.map(|guard| guard.clbit);
            wires.extend(bits.chain(guard).map(|bit| self.qubits as usize + bit as usize));
            let start =
                wires.iter().filter_map(|&wire| free.get(wire)).copied().max().unwrap_or(0).max(floor);
            for wire in wires.drain(..) {
                if let Some(time) = free.get_mut(wire) {
                    *time = start + 1;
                }
            }
            stats.depth = stats.depth.max(start + 1);
        }
        stats
    }
}

/// The classical bits an operation reads or writes.
fn clbits(operation: Operation) -> [Option<u32>; 3] {
    match operation {
        Operation::Measure { clbit, .. } => [Some(clbit), None, None],
        Operation::Classical(op) => match op {
            ClassicalOp::Set { dst, .. } => [Some(dst), None, None],
            ClassicalOp::Copy { dst, src } | ClassicalOp::Not { dst, src } => [Some(dst), Some(src), None],
            ClassicalOp::And { dst, a, b }
            | ClassicalOp::Or { dst, a, b }
            | ClassicalOp::Xor { dst, a, b } => [Some(dst), Some(a), Some(b)],
        },
        _ => [None; 3],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::{Guard, Pauli, Step};

    #[test]
    fn depth_follows_wires_barriers_and_guards() {
        let program = Program {
            qubits: 3,
            clbits: 1,
            output_bits: 1,
            steps: vec![
                Operation::H(0).into(),
                Operation::H(1).into(),
                Operation::Cx(0, 1).into(),
                Operation::Barrier.into(),
                Operation::X(2).into(),
                Operation::Measure { qubit: 0, clbit: 0, basis: Pauli::Z }.into(),
                Step { operation: Operation::X(2), guard: Some(Guard { clbit: 0, value: true }) },
            ],
            observables: vec![],
        };
        let stats = program.stats();
        assert_eq!((stats.operations, stats.entangling, stats.depth), (6, 1, 4));
    }
}
