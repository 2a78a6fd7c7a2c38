//! What an operation refers to, in one list, so that one check holds for all.

use eigen_qdriver::{ClassicalOp, Operation, Pair, PairRotation, PairU, Rotation, Triple, U3};

/// The qubits, classical bits and angles of an operation.
pub struct Operands {
    qubits: Vec3,
    clbits: Vec3,
    finite: bool,
}

/// Up to three indices.
type Vec3 = [Option<u32>; 3];

impl Operands {
    /// Whether all indices are in range, no qubit stands twice and all angles are finite.
    pub fn check(&self, qubits: u32, clbits: u32) -> Result<(), String> {
        for (place, qubit) in self.qubits.into_iter().flatten().enumerate() {
            if qubit >= qubits {
                return Err(format!("qubit {qubit} is out of range, there are {qubits}"));
            }
            if self.qubits[..place].contains(&Some(qubit)) {
                return Err(format!("qubit {qubit} stands twice"));
            }
        }
        if let Some(clbit) = self.clbits.into_iter().flatten().find(|&clbit| clbit >= clbits) {
            return Err(format!("classical bit {clbit} is out of range, there are {clbits}"));
        }
        if self.finite { Ok(()) } else { Err("an angle is not a finite number".into()) }
    }

    /// The qubits as a mask. They must be few enough for that.
    pub fn mask(&self) -> usize {
        self.qubits.into_iter().flatten().fold(0, |mask, qubit| mask | 1 << qubit)
    }
}

/// The operands of `operation`.
pub fn of(operation: &Operation) -> Operands {
    use Operation as Op;
    match *operation {
        Op::Id(q)
        | Op::X(q)
        | Op::Y(q)
        | Op::Z(q)
        | Op::H(q)
        | Op::S(q)
        | Op::Sdg(q)
        | Op::T(q)
        | Op::Tdg(q)
        | Op::Sx(q)
        | Op::Sxdg(q)
        | Op::Reset(q) => on([q], []),
        Op::Rx(Rotation { qubit, theta })
        | Op::Ry(Rotation { qubit, theta })
        | Op::Rz(Rotation { qubit, theta })
        | Op::P(Rotation { qubit, theta }) => on([qubit], [theta]),
        Op::U(U3 { qubit, theta, phi, lambda }) => on([qubit], [theta, phi, lambda]),
        Op::Prx(prx) => on([prx.qubit], [prx.theta, prx.phi]),
        Op::Cx(Pair { a, b })
        | Op::Cy(Pair { a, b })
        | Op::Cz(Pair { a, b })
        | Op::Ch(Pair { a, b })
        | Op::Csx(Pair { a, b })
        | Op::Swap(Pair { a, b })
        | Op::Iswap(Pair { a, b })
        | Op::Ecr(Pair { a, b }) => on([a, b], []),
        Op::Cp(PairRotation { a, b, theta })
        | Op::Crx(PairRotation { a, b, theta })
        | Op::Cry(PairRotation { a, b, theta })
        | Op::Crz(PairRotation { a, b, theta })
        | Op::Rxx(PairRotation { a, b, theta })
        | Op::Ryy(PairRotation { a, b, theta })
        | Op::Rzz(PairRotation { a, b, theta })
        | Op::Rzx(PairRotation { a, b, theta }) => on([a, b], [theta]),
        Op::Cu(PairU { control, target, theta, phi, lambda, gamma }) => {
            on([control, target], [theta, phi, lambda, gamma])
        }
        Op::Ccx(Triple { a, b, c }) | Op::Ccz(Triple { a, b, c }) | Op::Cswap(Triple { a, b, c }) => {
            on([a, b, c], [])
        }
        Op::Control(control) => on([control.qubit], []),
        Op::Measure(m) => Operands { clbits: some([m.clbit]), ..on([m.qubit], []) },
        Op::Barrier => on([], []),
        Op::Classical(op) => Operands { clbits: bits(op), ..on([], []) },
    }
}

fn bits(op: ClassicalOp) -> Vec3 {
    match op {
        ClassicalOp::Set(set) => some([set.dst]),
        ClassicalOp::Copy(bits) | ClassicalOp::Not(bits) => some([bits.dst, bits.src]),
        ClassicalOp::And(bits) | ClassicalOp::Or(bits) | ClassicalOp::Xor(bits) => {
            some([bits.dst, bits.a, bits.b])
        }
    }
}

fn on<const Q: usize, const A: usize>(qubits: [u32; Q], angles: [f64; A]) -> Operands {
    Operands { qubits: some(qubits), clbits: [None; 3], finite: angles.into_iter().all(f64::is_finite) }
}

fn some<const N: usize>(indices: [u32; N]) -> Vec3 {
    std::array::from_fn(|i| indices.get(i).copied())
}
