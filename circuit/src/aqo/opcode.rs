//! The table of AQO's operations.

use crate::program::Operation;

/// An operation of AQO.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opcode {
    Rx,
    Ry,
    Rz,
    X,
    Y,
    Z,
    H,
    S,
    T,
    Cx,
    Cz,
    Swap,
    Ccx,
    Ccz,
    Measure,
    Reset,
}

/// How many qubits an operation takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arity {
    Exactly(usize),
    AtLeastOne,
}

const TABLE: [(&str, Opcode); 16] = [
    ("RX", Opcode::Rx),
    ("RY", Opcode::Ry),
    ("RZ", Opcode::Rz),
    ("X", Opcode::X),
    ("Y", Opcode::Y),
    ("Z", Opcode::Z),
    ("H", Opcode::H),
    ("S", Opcode::S),
    ("T", Opcode::T),
    ("CX", Opcode::Cx),
    ("CZ", Opcode::Cz),
    ("SWAP", Opcode::Swap),
    ("CCX", Opcode::Ccx),
    ("CCZ", Opcode::Ccz),
    ("MEASURE", Opcode::Measure),
    ("RESET", Opcode::Reset),
];

/// Names of other languages, and what they are called here.
const ALIASES: [(&str, &str); 6] =
    [("CNOT", "CX"), ("NOT", "X"), ("TOFFOLI", "CCX"), ("CCNOT", "CCX"), ("M", "MEASURE"), ("HADAMARD", "H")];

impl Opcode {
    /// Finds an operation by its name, in upper or lower case.
    pub(super) fn find(name: &str) -> Option<Self> {
        TABLE.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|&(_, opcode)| opcode)
    }

    /// The name that somebody probably meant by an unknown one.
    pub(super) fn guess(name: &str) -> Option<&'static str> {
        let alias =
            ALIASES.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(name)).map(|&(_, known)| known);
        alias.or_else(|| crate::text::nearest(name, TABLE.iter().map(|&(known, _)| known)))
    }

    /// Its name.
    pub(super) fn name(self) -> &'static str {
        TABLE.iter().find(|&&(_, opcode)| opcode == self).map_or("", |&(name, _)| name)
    }

    pub(super) fn arity(self) -> Arity {
        match self {
            Self::Rx | Self::Ry | Self::Rz | Self::X | Self::Y | Self::Z | Self::H | Self::S | Self::T => {
                Arity::Exactly(1)
            }
            Self::Cx | Self::Cz | Self::Swap => Arity::Exactly(2),
            Self::Ccx | Self::Ccz => Arity::Exactly(3),
            Self::Measure | Self::Reset => Arity::AtLeastOne,
        }
    }

    /// Whether it has an angle.
    pub(super) fn is_rotation(self) -> bool {
        matches!(self, Self::Rx | Self::Ry | Self::Rz)
    }

    /// The gate on these qubits; none where their number is not the gate's, or it is no gate.
    pub(super) fn gate(self, qubits: &[u32], theta: f64) -> Option<Operation> {
        Some(match (self, qubits) {
            (Self::Rx, &[qubit]) => Operation::Rx { qubit, theta },
            (Self::Ry, &[qubit]) => Operation::Ry { qubit, theta },
            (Self::Rz, &[qubit]) => Operation::Rz { qubit, theta },
            (Self::X, &[qubit]) => Operation::X(qubit),
            (Self::Y, &[qubit]) => Operation::Y(qubit),
            (Self::Z, &[qubit]) => Operation::Z(qubit),
            (Self::H, &[qubit]) => Operation::H(qubit),
            (Self::S, &[qubit]) => Operation::S(qubit),
            (Self::T, &[qubit]) => Operation::T(qubit),
            (Self::Cx, &[a, b]) => Operation::Cx(a, b),
            (Self::Cz, &[a, b]) => Operation::Cz(a, b),
            (Self::Swap, &[a, b]) => Operation::Swap(a, b),
            (Self::Ccx, &[a, b, c]) => Operation::Ccx(a, b, c),
            (Self::Ccz, &[a, b, c]) => Operation::Ccz(a, b, c),
            _ => return None,
        })
    }
}
