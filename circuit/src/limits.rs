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
    /// Statements and values looked at while a program is carried out: the bound on time, and the
    /// same on every machine. Ten million take about a second.
    pub work: u64,
    /// Violations reported in one answer.
    pub errors: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 16 << 20,
            nesting: 64,
            qubits: 10_000,
            clbits: 4_096,
            operations: 10_000_000,
            tokens: 16 << 20,
            work: 100_000_000,
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
