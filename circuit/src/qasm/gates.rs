//! The gates a program may call without defining them.

use crate::program::Operation;
use crate::text::nearest;

/// A gate's name, what it takes, and what it becomes.
///
/// `build` gets the angles in radians and the qubits, filled up with zeros.
#[derive(Clone, Copy)]
pub(super) struct Gate {
    pub(super) name: &'static str,
    pub(super) angles: usize,
    pub(super) qubits: usize,
    /// Whether `stdgates.inc` has to be included for it.
    pub(super) standard: bool,
    pub(super) build: fn([f64; 4], [u32; 3]) -> Operation,
}

const fn standard(
    name: &'static str,
    angles: usize,
    qubits: usize,
    build: fn([f64; 4], [u32; 3]) -> Operation,
) -> Gate {
    Gate { name, angles, qubits, standard: true, build }
}

const fn extension(
    name: &'static str,
    angles: usize,
    qubits: usize,
    build: fn([f64; 4], [u32; 3]) -> Operation,
) -> Gate {
    Gate { name, angles, qubits, standard: false, build }
}

use Operation as Op;

/// All gates, sorted by name: the built-in `U`, those of `stdgates.inc`, and, as extensions, the
/// others that programs and devices commonly have.
#[rustfmt::skip]
const GATES: [Gate; 43] = [
    standard("CX", 0, 2, |_, [a, b, _]| Op::Cx(a, b)),
    extension("U", 3, 1, |[theta, phi, lambda, _], [qubit, ..]| Op::U { qubit, theta, phi, lambda }),
    standard("ccx", 0, 3, |_, [a, b, c]| Op::Ccx(a, b, c)),
    extension("ccz", 0, 3, |_, [a, b, c]| Op::Ccz(a, b, c)),
    standard("ch", 0, 2, |_, [a, b, _]| Op::Ch(a, b)),
    standard("cp", 1, 2, |[theta, ..], [a, b, _]| Op::Cp { a, b, theta }),
    standard("cphase", 1, 2, |[theta, ..], [a, b, _]| Op::Cp { a, b, theta }),
    standard("crx", 1, 2, |[theta, ..], [a, b, _]| Op::Crx { a, b, theta }),
    standard("cry", 1, 2, |[theta, ..], [a, b, _]| Op::Cry { a, b, theta }),
    standard("crz", 1, 2, |[theta, ..], [a, b, _]| Op::Crz { a, b, theta }),
    standard("cswap", 0, 3, |_, [a, b, c]| Op::Cswap(a, b, c)),
    extension("csx", 0, 2, |_, [a, b, _]| Op::Csx(a, b)),
    standard("cu", 4, 2, |[theta, phi, lambda, gamma], [control, target, _]| {
        Op::Cu { control, target, theta, phi, lambda, gamma }
    }),
    standard("cx", 0, 2, |_, [a, b, _]| Op::Cx(a, b)),
    standard("cy", 0, 2, |_, [a, b, _]| Op::Cy(a, b)),
    standard("cz", 0, 2, |_, [a, b, _]| Op::Cz(a, b)),
    extension("ecr", 0, 2, |_, [a, b, _]| Op::Ecr(a, b)),
    standard("h", 0, 1, |_, [q, ..]| Op::H(q)),
    standard("id", 0, 1, |_, [q, ..]| Op::Id(q)),
    extension("iswap", 0, 2, |_, [a, b, _]| Op::Iswap(a, b)),
    standard("p", 1, 1, |[theta, ..], [qubit, ..]| Op::P { qubit, theta }),
    standard("phase", 1, 1, |[theta, ..], [qubit, ..]| Op::P { qubit, theta }),
    extension("prx", 2, 1, |[theta, phi, ..], [qubit, ..]| Op::Prx { qubit, theta, phi }),
    standard("rx", 1, 1, |[theta, ..], [qubit, ..]| Op::Rx { qubit, theta }),
    extension("rxx", 1, 2, |[theta, ..], [a, b, _]| Op::Rxx { a, b, theta }),
    standard("ry", 1, 1, |[theta, ..], [qubit, ..]| Op::Ry { qubit, theta }),
    extension("ryy", 1, 2, |[theta, ..], [a, b, _]| Op::Ryy { a, b, theta }),
    standard("rz", 1, 1, |[theta, ..], [qubit, ..]| Op::Rz { qubit, theta }),
    extension("rzx", 1, 2, |[theta, ..], [a, b, _]| Op::Rzx { a, b, theta }),
    extension("rzz", 1, 2, |[theta, ..], [a, b, _]| Op::Rzz { a, b, theta }),
    standard("s", 0, 1, |_, [q, ..]| Op::S(q)),
    standard("sdg", 0, 1, |_, [q, ..]| Op::Sdg(q)),
    standard("swap", 0, 2, |_, [a, b, _]| Op::Swap(a, b)),
    standard("sx", 0, 1, |_, [q, ..]| Op::Sx(q)),
    extension("sxdg", 0, 1, |_, [q, ..]| Op::Sxdg(q)),
    standard("t", 0, 1, |_, [q, ..]| Op::T(q)),
    standard("tdg", 0, 1, |_, [q, ..]| Op::Tdg(q)),
    standard("u1", 1, 1, |[theta, ..], [qubit, ..]| Op::P { qubit, theta }),
    standard("u2", 2, 1, |[phi, lambda, ..], [qubit, ..]| {
        Op::U { qubit, theta: std::f64::consts::FRAC_PI_2, phi, lambda }
    }),
    standard("u3", 3, 1, |[theta, phi, lambda, _], [qubit, ..]| Op::U { qubit, theta, phi, lambda }),
    standard("x", 0, 1, |_, [q, ..]| Op::X(q)),
    standard("y", 0, 1, |_, [q, ..]| Op::Y(q)),
    standard("z", 0, 1, |_, [q, ..]| Op::Z(q)),
];

/// Names of other languages, and what they are called here.
const ALIASES: [(&str, &str); 9] = [
    ("cnot", "cx"),
    ("toffoli", "ccx"),
    ("ccnot", "ccx"),
    ("fredkin", "cswap"),
    ("hadamard", "h"),
    ("not", "x"),
    ("i", "id"),
    ("cu1", "cp"),
    ("v", "sx"),
];

/// Finds a gate by its name.
pub(super) fn find(name: &str) -> Option<&'static Gate> {
    GATES.binary_search_by(|gate| gate.name.cmp(name)).ok().map(|index| &GATES[index])
}

/// The gate that somebody probably meant by an unknown name.
pub(super) fn guess(name: &str) -> Option<&'static str> {
    let names = GATES.iter().map(|gate| gate.name);
    let near = nearest(name, ALIASES.iter().map(|&(alias, _)| alias).chain(names))?;
    ALIASES.iter().find(|(alias, _)| *alias == near).map_or(Some(near), |&(_, gate)| Some(gate))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_gate_is_found_and_acts_on_as_many_qubits_as_it_says() {
        for gate in &GATES {
            assert_eq!(find(gate.name).map(|found| found.name), Some(gate.name), "sorted");
            let qubits: Vec<u32> = (gate.build)([0.1; 4], [5, 6, 7]).qubits().collect();
            assert_eq!(qubits, [5, 6, 7][..gate.qubits], "{}", gate.name);
        }
    }

    #[test]
    fn names_of_other_languages_are_understood() {
        assert_eq!(guess("cnott"), Some("cx"));
        assert_eq!(guess("CNOT"), Some("cx"));
        assert_eq!(guess("H"), Some("h"));
        assert_eq!(guess("teleport"), None);
    }
}
