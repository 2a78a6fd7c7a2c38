//! The fast loops over amplitudes: eight at a time, so that they become vector instructions.
//!
//! A group is an array of [`LANES`] real and as many imaginary parts. Everything is written over such
//! arrays, with bounds known to the compiler, which makes vector instructions of whatever width the target
//! has (128 bits in WebAssembly, fixed: no fused multiply-add, so that results are the same everywhere), and
//! unrolls them: the sandbox meters each turn of a loop.
//!
//! The lowest three qubits lie inside a group. A gate on one of them takes two neighbouring groups apart
//! ([`lanes::unzip`]) into lanes where the qubit is 0 and lanes where it is 1; controls on them
//! become a mask of lanes. All other controls only say which groups are visited.

pub mod lanes;
pub mod pair;
pub mod quad;
pub mod table;

/// Amplitudes in a group.
pub const LANES: usize = 8;

/// The qubits within a group.
pub const LANE_QUBITS: u32 = LANES.trailing_zeros();

/// The bits of the qubits within a group.
pub const LANE_MASK: usize = LANES - 1;
