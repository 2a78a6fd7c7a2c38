//! Writing gates, with the controls that are at work: as a controlled gate of the list where there
//! is one, else with one step for each further control.

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI};

use super::super::fault::Fault;
use super::Lowering;
use crate::program::Operation as Op;

impl Lowering<'_, '_> {
    /// Writes a gate under the controls at work.
    pub(super) fn gate(&mut self, operation: Op) -> Result<(), Fault> {
        if !operation.angles().all(f64::is_finite) {
            return Err(Fault::invalid(self.tape.at, "an angle is beyond the range of a double"));
        }
        if self.controls.is_empty() {
            return self.tape.emit(operation);
        }
        if let Op::Id(_) = operation {
            return Ok(());
        }
        // Controls that have to be 1 go into the gate as long as it has a controlled form.
        let mut gate = operation;
        let mut rest = self.controls.clone();
        while let Some(index) = rest.iter().rposition(|&(_, active_on)| active_on) {
            let Some(controlled) = controlled(gate, rest[index].0) else { break };
            gate = controlled;
            rest.remove(index);
        }
        self.tape.room(rest.len() + 1)?;
        for (qubit, active_on) in rest {
            self.tape.emit_bare(Op::Control { qubit, active_on })?;
        }
        self.tape.emit(gate)
    }
}

/// The gate with one more control, if it has a name.
fn controlled(gate: Op, a: u32) -> Option<Op> {
    Some(match gate {
        Op::X(b) => Op::Cx(a, b),
        Op::Y(b) => Op::Cy(a, b),
        Op::Z(b) => Op::Cz(a, b),
        Op::H(b) => Op::Ch(a, b),
        Op::Sx(b) => Op::Csx(a, b),
        Op::S(b) => Op::Cp { a, b, theta: FRAC_PI_2 },
        Op::Sdg(b) => Op::Cp { a, b, theta: -FRAC_PI_2 },
        Op::T(b) => Op::Cp { a, b, theta: FRAC_PI_4 },
        Op::Tdg(b) => Op::Cp { a, b, theta: -FRAC_PI_4 },
        Op::P { qubit, theta } if theta.to_bits() == PI.to_bits() => Op::Cz(a, qubit),
        Op::P { qubit, theta } => Op::Cp { a, b: qubit, theta },
        Op::Rx { qubit, theta } => Op::Crx { a, b: qubit, theta },
        Op::Ry { qubit, theta } => Op::Cry { a, b: qubit, theta },
        Op::Rz { qubit, theta } => Op::Crz { a, b: qubit, theta },
        Op::U { qubit, theta, phi, lambda } => {
            Op::Cu { control: a, target: qubit, theta, phi, lambda, gamma: 0.0 }
        }
        Op::Swap(b, c) => Op::Cswap(a, b, c),
        Op::Cx(b, c) => Op::Ccx(a, b, c),
        Op::Cz(b, c) => Op::Ccz(a, b, c),
        _ => return None,
    })
}
