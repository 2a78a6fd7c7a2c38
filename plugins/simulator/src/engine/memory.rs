//! What fits into the instance's linear memory; decided before anything large is allocated.
//!
//! Growing beyond the limit would be a trap, which tells the caller nothing. So the size of the
//! state and of all that grows with the circuit or the shots is computed first and compared with
//! the grant. The rule: one state of 16·2ⁿ bytes, the circuit, and [`RESERVE`] must fit. A grant
//! of 1 GiB + 16 MiB so gives 26 qubits.

use thiserror::Error;

/// Left for code, stack, the allocator's own needs, the request and a usual answer, in bytes.
pub const RESERVE: u64 = 16 << 20;

/// The part of [`RESERVE`] that no circuit and no answer may use, in bytes.
const FIXED: u64 = 4 << 20;

/// The most qubits whose state can be addressed at all: one part of it has 8·2ⁿ bytes, and one
/// allocation may have half of the address space at most.
pub const ADDRESSABLE: u32 = usize::BITS - 5;

/// A state of that many qubits does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a state of {qubits} qubits does not fit into memory")]
pub struct TooLarge {
    /// The qubits asked for.
    pub qubits: u32,
}

/// The memory of an instance.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    bytes: u64,
    /// log₂ of the bytes of an amplitude.
    amplitude: u32,
}

impl Memory {
    /// Of `bytes` bytes in all.
    #[must_use]
    pub fn new(bytes: u64) -> Self {
        Self { bytes, amplitude: 4 }
    }

    /// The same memory, for states in single precision: amplitudes of 8 bytes instead of 16.
    #[must_use]
    pub fn in_single_precision(self) -> Self {
        Self { amplitude: 3, ..self }
    }

    /// The size of a state, 16·2ⁿ bytes or half of it; the largest number if it cannot be written.
    #[must_use]
    pub fn state_bytes(self, qubits: u32) -> u64 {
        if qubits < 60 { 1 << (qubits + self.amplitude) } else { u64::MAX }
    }

    /// All of it, in bytes.
    #[must_use]
    pub fn bytes(self) -> u64 {
        self.bytes
    }

    /// The most qubits of a circuit of ordinary length; none if not even one fits.
    #[must_use]
    pub fn max_qubits(self) -> u32 {
        let amplitudes = self.bytes.saturating_sub(RESERVE) >> self.amplitude;
        amplitudes.checked_ilog2().unwrap_or(0).min(ADDRESSABLE)
    }

    /// Whether a circuit of `qubits` qubits that takes `circuit_bytes` itself can run.
    pub fn check(self, qubits: u32, circuit_bytes: u64) -> Result<(), TooLarge> {
        let beside = RESERVE.max(FIXED.saturating_add(circuit_bytes));
        let fits = qubits <= ADDRESSABLE
            && self.state_bytes(qubits).checked_add(beside).is_some_and(|needed| needed <= self.bytes);
        if fits { Ok(()) } else { Err(TooLarge { qubits }) }
    }

    /// The bytes left when the circuit and `held` bytes are taken.
    #[must_use]
    pub fn free(self, circuit_bytes: u64, held: u64) -> u64 {
        self.bytes.saturating_sub(FIXED).saturating_sub(circuit_bytes).saturating_sub(held)
    }
}

/// The size of a state in double precision, 16·2ⁿ bytes; the largest number if it cannot be written.
#[must_use]
pub fn state_bytes(qubits: u32) -> u64 {
    Memory::new(0).state_bytes(qubits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_gibibyte_and_the_reserve_hold_26_qubits_and_one_byte_less_does_not() {
        let memory = Memory::new((1 << 30) + RESERVE);
        assert_eq!(memory.max_qubits(), 26);
        assert_eq!(memory.check(26, 0), Ok(()));
        assert_eq!(memory.check(27, 0), Err(TooLarge { qubits: 27 }));
        assert_eq!(Memory::new((1 << 30) + RESERVE - 1).max_qubits(), 25);
    }

    #[test]
    fn no_number_of_qubits_overflows() {
        for qubits in [28, 31, 32, 59, 60, 63, 64, 65, 10_000, 1 << 31, u32::MAX] {
            assert_eq!(Memory::new(1 << 30).check(qubits, 0), Err(TooLarge { qubits }));
            assert_eq!(Memory::new(1 << 30).check(qubits, u64::MAX), Err(TooLarge { qubits }));
        }
        assert!(Memory::new(u64::MAX).check(u32::MAX, 0).is_err());
    }

    #[test]
    fn a_long_circuit_takes_its_room_from_the_state() {
        let memory = Memory::new((1 << 30) + RESERVE);
        assert_eq!(memory.check(26, RESERVE - FIXED), Ok(()));
        assert_eq!(memory.check(26, RESERVE - FIXED + 1), Err(TooLarge { qubits: 26 }));
        assert_eq!(memory.check(25, 500 << 20), Ok(()));
    }

    #[test]
    fn a_grant_too_small_for_the_reserve_holds_nothing() {
        assert_eq!(Memory::new(1 << 20).max_qubits(), 0);
        assert!(Memory::new(1 << 20).check(1, 0).is_err());
    }
}
