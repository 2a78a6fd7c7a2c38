//! The words for what does not fit: what was asked for, what there is, what raises it.

use crate::engine::memory::{ADDRESSABLE, Memory, RESERVE, TooLarge};
use crate::engine::run::RunError;
use crate::engine::tally::TooManyOutcomes;

/// Why a circuit does not fit into `memory`, for the caller. `driver` names the config key.
#[must_use]
pub fn message(error: RunError, memory: Memory, circuit_bytes: u64, driver: &str) -> String {
    let limit = size(memory.bytes());
    let advice = format!("the driver's memory limit, drivers.{driver}.limits.memory, raises it");
    match error {
        RunError::TooLarge(TooLarge { qubits }) => {
            let needed = if qubits < 60 {
                size(memory.state_bytes(qubits))
            } else {
                format!("2^{} bytes", u64::from(qubits) + 4)
            };
            let beside = size(RESERVE.max(circuit_bytes));
            let most = memory.max_qubits();
            format!(
                "Simulator Out of Memory: {qubits} qubits need {needed} and {beside} beside, the limit is {limit} \
                 (at most {most} qubits); {advice}, up to {ADDRESSABLE} qubits"
            )
        }
        RunError::TooManyOutcomes(TooManyOutcomes { outcomes, output_bits }) => format!(
            "Simulator Out of Memory: the answer has more than {outcomes} different bitstrings of {output_bits} \
             bits, the limit is {limit}; ask for fewer shots or bits, or {advice}"
        ),
    }
}

/// Why no circuit fits at all.
#[must_use]
pub fn no_memory(memory: Memory, driver: &str) -> String {
    format!(
        "a memory limit of {} holds no state, {} are needed beside it: raise drivers.{driver}.limits.memory",
        size(memory.bytes()),
        size(RESERVE)
    )
}

/// A number of bytes for people, such as `1.5 GiB`.
fn size(bytes: u64) -> String {
    const UNITS: [&str; 7] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let unit = (bytes.max(1).ilog2() / 10) as usize;
    let value = bytes as f64 / (1u64 << (10 * unit)) as f64;
    let text = format!("{value:.2}");
    format!("{} {}", text.trim_end_matches('0').trim_end_matches('.'), UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_written_in_the_unit_that_suits_them() {
        for (bytes, text) in
            [(0, "0 B"), (1000, "1000 B"), (1 << 30, "1 GiB"), (3 << 19, "1.5 MiB"), (u64::MAX, "16 EiB")]
        {
            assert_eq!(size(bytes), text);
        }
    }

    #[test]
    fn a_refusal_names_what_was_asked_what_there_is_and_what_raises_it() {
        let text = message(TooLarge { qubits: 30 }.into(), Memory::new((1 << 30) + RESERVE), 0, "sim2");
        for part in
            ["Simulator Out of Memory", "30 qubits", "16 GiB", "at most 26", "drivers.sim2.limits.memory"]
        {
            assert!(text.contains(part), "`{part}` is missing in {text}");
        }
        assert!(
            message(TooLarge { qubits: u32::MAX }.into(), Memory::new(0), 0, "s")
                .contains("2^4294967299 bytes")
        );
    }
}
