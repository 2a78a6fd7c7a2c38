//! The gates a program may call without defining them.

mod braket;

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI};

use crate::program::Operation;
use crate::text::nearest;

/// What a gate becomes, given its angles in radians and its qubits, both filled up with zeros.
type Build = fn([f64; 4], [u32; 5]) -> Operation;

/// A gate's name, what it takes, and what it becomes.
#[derive(Clone, Copy)]
pub(super) struct Gate {
    pub(super) name: &'static str,
    pub(super) angles: usize,
    pub(super) qubits: usize,
    pub(super) library: Library,
    pub(super) body: Body,
}

/// Where a gate comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Library {
    /// Part of the language.
    BuiltIn,
    /// In `stdgates.inc`, and in `qelib1.inc` as it was published.
    Both,
    /// In `stdgates.inc` only.
    Standard,
    /// In `qelib1.inc` as it was published, only.
    Old,
    /// Neither, but common: later editions of `qelib1.inc`, and what devices have. A program may
    /// define a gate of such a name itself.
    Extension,
    /// Amazon Braket's own, for programs that include nothing.
    Braket,
}

/// What a gate does.
#[derive(Clone, Copy)]
pub(super) enum Body {
    One(Build),
    /// A gate on the last qubits, controlled by so many before it.
    Controlled(usize, Build),
    /// Gates one after the other.
    Sequence(&'static [Build]),
}

use Library::{Both, Braket, BuiltIn, Extension, Old, Standard};
use Operation as Op;

const fn one(name: &'static str, library: Library, angles: usize, qubits: usize, build: Build) -> Gate {
    Gate { name, angles, qubits, library, body: Body::One(build) }
}

const fn more(name: &'static str, qubits: usize, body: Body) -> Gate {
    Gate { name, angles: 0, qubits, library: Extension, body }
}

/// The Toffoli gate up to phases, as `qelib1.inc` has it.
const RCCX: &[Build] = &[
    |_, [_, _, c, ..]| Op::U { qubit: c, theta: FRAC_PI_2, phi: 0.0, lambda: PI },
    |_, [_, _, c, ..]| Op::P { qubit: c, theta: FRAC_PI_4 },
    |_, [_, b, c, ..]| Op::Cx(b, c),
    |_, [_, _, c, ..]| Op::P { qubit: c, theta: -FRAC_PI_4 },
    |_, [a, _, c, ..]| Op::Cx(a, c),
    |_, [_, _, c, ..]| Op::P { qubit: c, theta: FRAC_PI_4 },
    |_, [_, b, c, ..]| Op::Cx(b, c),
    |_, [_, _, c, ..]| Op::P { qubit: c, theta: -FRAC_PI_4 },
    |_, [_, _, c, ..]| Op::U { qubit: c, theta: FRAC_PI_2, phi: 0.0, lambda: PI },
];

/// The NOT with three controls up to phases, as `qelib1.inc` has it.
const RC3X: &[Build] = &[
    |_, [_, _, _, d, _]| Op::U { qubit: d, theta: FRAC_PI_2, phi: 0.0, lambda: PI },
    |_, [_, _, _, d, _]| Op::P { qubit: d, theta: FRAC_PI_4 },
    |_, [_, _, c, d, _]| Op::Cx(c, d),
    |_, [_, _, _, d, _]| Op::P { qubit: d, theta: -FRAC_PI_4 },
    |_, [_, _, _, d, _]| Op::U { qubit: d, theta: FRAC_PI_2, phi: 0.0, lambda: PI },
    |_, [a, _, _, d, _]| Op::Cx(a, d),
    |_, [_, _, _, d, _]| Op::P { qubit: d, theta: FRAC_PI_4 },
    |_, [_, b, _, d, _]| Op::Cx(b, d),
    |_, [_, _, _, d, _]| Op::P { qubit: d, theta: -FRAC_PI_4 },
    |_, [a, _, _, d, _]| Op::Cx(a, d),
    |_, [_, _, _, d, _]| Op::P { qubit: d, theta: FRAC_PI_4 },
    |_, [_, b, _, d, _]| Op::Cx(b, d),
    |_, [_, _, _, d, _]| Op::P { qubit: d, theta: -FRAC_PI_4 },
    |_, [_, _, _, d, _]| Op::U { qubit: d, theta: FRAC_PI_2, phi: 0.0, lambda: PI },
    |_, [_, _, _, d, _]| Op::P { qubit: d, theta: FRAC_PI_4 },
    |_, [_, _, c, d, _]| Op::Cx(c, d),
    |_, [_, _, _, d, _]| Op::P { qubit: d, theta: -FRAC_PI_4 },
    |_, [_, _, _, d, _]| Op::U { qubit: d, theta: FRAC_PI_2, phi: 0.0, lambda: PI },
];

/// All gates, sorted by name.
#[rustfmt::skip]
const GATES: [Gate; 52] = [
    one("CX", Standard, 0, 2, |_, [a, b, ..]| Op::Cx(a, b)),
    one("U", BuiltIn, 3, 1, |[theta, phi, lambda, _], [qubit, ..]| Op::U { qubit, theta, phi, lambda }),
    more("c3sqrtx", 4, Body::Controlled(3, |_, [.., d, _]| Op::Sx(d))),
    more("c3x", 4, Body::Controlled(3, |_, [.., d, _]| Op::X(d))),
    more("c4x", 5, Body::Controlled(4, |_, [.., e]| Op::X(e))),
    one("ccx", Both, 0, 3, |_, [a, b, c, ..]| Op::Ccx(a, b, c)),
    one("ccz", Extension, 0, 3, |_, [a, b, c, ..]| Op::Ccz(a, b, c)),
    one("ch", Both, 0, 2, |_, [a, b, ..]| Op::Ch(a, b)),
    one("cp", Standard, 1, 2, |[theta, ..], [a, b, ..]| Op::Cp { a, b, theta }),
    one("cphase", Standard, 1, 2, |[theta, ..], [a, b, ..]| Op::Cp { a, b, theta }),
    one("crx", Standard, 1, 2, |[theta, ..], [a, b, ..]| Op::Crx { a, b, theta }),
    one("cry", Standard, 1, 2, |[theta, ..], [a, b, ..]| Op::Cry { a, b, theta }),
    one("crz", Both, 1, 2, |[theta, ..], [a, b, ..]| Op::Crz { a, b, theta }),
    one("cswap", Standard, 0, 3, |_, [a, b, c, ..]| Op::Cswap(a, b, c)),
    one("csx", Extension, 0, 2, |_, [a, b, ..]| Op::Csx(a, b)),
    one("cu", Standard, 4, 2, |[theta, phi, lambda, gamma], [control, target, ..]| {
        Op::Cu { control, target, theta, phi, lambda, gamma }
    }),
    one("cu1", Old, 1, 2, |[theta, ..], [a, b, ..]| Op::Cp { a, b, theta }),
    one("cu3", Old, 3, 2, |[theta, phi, lambda, _], [control, target, ..]| {
        Op::Cu { control, target, theta, phi, lambda, gamma: 0.0 }
    }),
    one("cx", Both, 0, 2, |_, [a, b, ..]| Op::Cx(a, b)),
    one("cy", Both, 0, 2, |_, [a, b, ..]| Op::Cy(a, b)),
    one("cz", Both, 0, 2, |_, [a, b, ..]| Op::Cz(a, b)),
    // The texts name the qubits in the other order: theirs is (XI - YX)/√2 with the first on the left.
    one("ecr", Extension, 0, 2, |_, [a, b, ..]| Op::Ecr(b, a)),
    one("h", Both, 0, 1, |_, [q, ..]| Op::H(q)),
    one("id", Both, 0, 1, |_, [q, ..]| Op::Id(q)),
    one("iswap", Extension, 0, 2, |_, [a, b, ..]| Op::Iswap(a, b)),
    one("p", Standard, 1, 1, |[theta, ..], [qubit, ..]| Op::P { qubit, theta }),
    one("phase", Standard, 1, 1, |[theta, ..], [qubit, ..]| Op::P { qubit, theta }),
    one("prx", Extension, 2, 1, |[theta, phi, ..], [qubit, ..]| Op::Prx { qubit, theta, phi }),
    more("rc3x", 4, Body::Sequence(RC3X)),
    more("rccx", 3, Body::Sequence(RCCX)),
    one("rx", Both, 1, 1, |[theta, ..], [qubit, ..]| Op::Rx { qubit, theta }),
    one("rxx", Extension, 1, 2, |[theta, ..], [a, b, ..]| Op::Rxx { a, b, theta }),
    one("ry", Both, 1, 1, |[theta, ..], [qubit, ..]| Op::Ry { qubit, theta }),
    one("ryy", Extension, 1, 2, |[theta, ..], [a, b, ..]| Op::Ryy { a, b, theta }),
    one("rz", Both, 1, 1, |[theta, ..], [qubit, ..]| Op::Rz { qubit, theta }),
    one("rzx", Extension, 1, 2, |[theta, ..], [a, b, ..]| Op::Rzx { a, b, theta }),
    one("rzz", Extension, 1, 2, |[theta, ..], [a, b, ..]| Op::Rzz { a, b, theta }),
    one("s", Both, 0, 1, |_, [q, ..]| Op::S(q)),
    one("sdg", Both, 0, 1, |_, [q, ..]| Op::Sdg(q)),
    one("swap", Standard, 0, 2, |_, [a, b, ..]| Op::Swap(a, b)),
    one("sx", Standard, 0, 1, |_, [q, ..]| Op::Sx(q)),
    one("sxdg", Extension, 0, 1, |_, [q, ..]| Op::Sxdg(q)),
    one("t", Both, 0, 1, |_, [q, ..]| Op::T(q)),
    one("tdg", Both, 0, 1, |_, [q, ..]| Op::Tdg(q)),
    one("u", Extension, 3, 1, |[theta, phi, lambda, _], [qubit, ..]| Op::U { qubit, theta, phi, lambda }),
    one("u0", Extension, 1, 1, |_, [q, ..]| Op::Id(q)),
    one("u1", Both, 1, 1, |[theta, ..], [qubit, ..]| Op::P { qubit, theta }),
    one("u2", Both, 2, 1, |[phi, lambda, ..], [qubit, ..]| Op::U { qubit, theta: FRAC_PI_2, phi, lambda }),
    one("u3", Both, 3, 1, |[theta, phi, lambda, _], [qubit, ..]| Op::U { qubit, theta, phi, lambda }),
    one("x", Both, 0, 1, |_, [q, ..]| Op::X(q)),
    one("y", Both, 0, 1, |_, [q, ..]| Op::Y(q)),
    one("z", Both, 0, 1, |_, [q, ..]| Op::Z(q)),
];

/// Names of other languages, and what they are called here.
const ALIASES: [(&str, &str); 7] = [
    ("cnot", "cx"),
    ("toffoli", "ccx"),
    ("ccnot", "ccx"),
    ("fredkin", "cswap"),
    ("hadamard", "h"),
    ("not", "x"),
    ("i", "id"),
];

impl Gate {
    /// Whether a program that included its version's library may not define it anew.
    pub(super) fn is_fixed(&self, old: bool) -> bool {
        match self.library {
            Both | BuiltIn => true,
            Standard => !old,
            Old => old,
            Extension | Braket => false,
        }
    }

    /// Whether the gate with the sum of two angles is one gate after the other.
    pub(super) fn is_rotation(&self) -> bool {
        self.angles == 1 && !matches!(self.name, "gpi" | "gpi2" | "pswap")
    }

    /// Whether nothing need be included for it.
    pub(super) fn is_built_in(&self, old: bool) -> bool {
        match self.library {
            BuiltIn => true,
            Extension | Braket => !old,
            _ => old && self.name == "CX",
        }
    }
}

/// Finds a gate by its name.
pub(super) fn find(name: &str) -> Option<&'static Gate> {
    let within = |gates: &'static [Gate]| {
        gates.binary_search_by(|gate| gate.name.cmp(name)).ok().map(|index| &gates[index])
    };
    within(&GATES).or_else(|| within(&braket::GATES))
}

/// The gate that somebody probably meant by an unknown name, of these and the program's own.
pub(super) fn guess<'n>(name: &str, own: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let names = GATES.iter().map(|gate| gate.name);
    let near = nearest(name, ALIASES.iter().map(|&(alias, _)| alias).chain(names).chain(own))?;
    ALIASES.iter().find(|(alias, _)| *alias == near).map_or(Some(near), |&(_, gate)| Some(gate))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_gate_is_found_and_acts_on_as_many_qubits_as_it_says() {
        for gate in GATES.iter().chain(&braket::GATES) {
            assert_eq!(find(gate.name).map(|found| found.name), Some(gate.name), "sorted");
            let all = [5, 6, 7, 8, 9];
            let mut qubits: Vec<u32> = match gate.body {
                Body::One(build) => build([0.1; 4], all).qubits().collect(),
                Body::Controlled(count, build) => {
                    all[..count].iter().copied().chain(build([0.1; 4], all).qubits()).collect()
                }
                Body::Sequence(builds) => {
                    builds.iter().flat_map(|build| build([0.1; 4], all).qubits()).collect()
                }
            };
            qubits.sort_unstable();
            qubits.dedup();
            assert_eq!(qubits, all[..gate.qubits], "{}", gate.name);
        }
    }

    #[test]
    fn names_of_other_languages_are_understood() {
        let none = || std::iter::empty();
        assert_eq!(guess("cnott", none()), Some("cx"));
        assert_eq!(guess("CNOT", none()), Some("cx"));
        assert_eq!(guess("H", none()), Some("h"));
        assert_eq!(guess("teleport", none()), None);
    }
}
