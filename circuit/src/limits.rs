//! The bounds of the front end.
//!
//! Nothing is allocated in proportion to a number found in the input before that number was
//! compared with one of these, so a short text can never ask for much memory or time.

/// The most that one payload may ask for. `Default` gives the documented defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the payload. Never more than `u32::MAX`, whatever stands here.
    pub bytes: usize,
    /// Depth of nesting: JSON containers, or parentheses and operators of an expression.
    pub nesting: usize,
    /// Qubits of the program.
    pub qubits: u32,
    /// Classical bits of the answer: a measured classical index is below this.
    pub clbits: u32,
    /// Operations after registers and loops were unrolled, classical steps included.
    pub operations: usize,
    /// Tokens of an OpenQASM program.
    pub tokens: usize,
    /// Statements and values looked at while a program is carried out, beyond 8 for each operation that it
    /// comes to: a bound on time that is the same on every machine. Ten million take about a second. For one
    /// on the clock, see [`compile_while`](crate::compile_while).
    pub work: u64,
    /// Violations reported in one answer.
    pub errors: usize,
}

/// Whether to go on reading.
pub(crate) type GoOn<'a> = &'a dyn Fn() -> bool;

/// Work that every operation allows for: a loop's body names it, its qubits and its angles.
pub(crate) const WORK_PER_OPERATION: u64 = 8;

/// Pieces of work, about a hundred nanoseconds each, between two questions whether to go on.
pub(crate) const STRIDE: u64 = 1 << 14;

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 16 << 20,
            nesting: 64,
            qubits: 10_000,
            clbits: 4_096,
            operations: 10_000_000,
            tokens: 16 << 20,
            work: 10_000_000,
            errors: 20,
        }
    }
}

impl Limits {
    /// The bound on bytes that holds: offsets are 32 bits wide.
    pub(crate) fn effective_bytes(&self) -> usize {
        self.bytes.min(u32::MAX as usize - 1)
    }
}
