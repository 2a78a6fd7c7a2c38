//! Each gate's kernel: the table of the instruction set.

use eigen_qdriver::Operation;
use num_complex::Complex64;

use crate::engine::gate::{Controls, Gate, Kernel};
use crate::engine::matrices::{self as m, EIGHTH_TURN, phase};

/// A gate in the engine's terms: one or two kernels, in this order, under the same controls.
pub struct Unitary {
    controls: Controls,
    kernels: [Option<Kernel>; 2],
}

impl Unitary {
    /// The gates to apply, with these controls added.
    pub fn under(self, more: Controls) -> impl Iterator<Item = Gate> {
        let own = self.controls;
        let controls = Controls { mask: own.mask | more.mask, value: own.value | more.value };
        self.kernels.into_iter().flatten().map(move |kernel| Gate { controls, kernel })
    }
}

/// The kernels of `operation`; none if it is no gate. The identity has none of its own: an empty
/// list.
pub fn unitary(operation: &Operation) -> Option<Unitary> {
    use Operation as Op;
    Some(match *operation {
        Op::Id(_) => Unitary { controls: Controls::default(), kernels: [None, None] },
        Op::X(q) => plain(flip(q)),
        Op::Y(q) => plain(flip_y(q)),
        Op::Z(q) => phases([q], (-1.0).into()),
        Op::H(q) => plain(m::h(q)),
        Op::S(q) => phases([q], Complex64::I),
        Op::Sdg(q) => phases([q], -Complex64::I),
        Op::T(q) => phases([q], EIGHTH_TURN),
        Op::Tdg(q) => phases([q], EIGHTH_TURN.conj()),
        Op::Sx(q) => plain(m::sx(q)),
        Op::Sxdg(q) => plain(m::sxdg(q)),
        Op::Rx(r) => plain(m::rx(r.qubit, r.theta)),
        Op::Ry(r) => plain(m::ry(r.qubit, r.theta)),
        Op::Rz(r) => plain(m::rz(r.qubit, r.theta)),
        Op::P(r) => phases([r.qubit], phase(r.theta)),
        Op::U(u) => plain(m::u(u.qubit, u.theta, u.phi, u.lambda, 0.0)),
        Op::Prx(r) => plain(m::prx(r.qubit, r.theta, r.phi)),
        Op::Cx(p) => controlled([p.a], flip(p.b)),
        Op::Cy(p) => controlled([p.a], flip_y(p.b)),
        Op::Cz(p) => phases([p.a, p.b], (-1.0).into()),
        Op::Ch(p) => controlled([p.a], m::h(p.b)),
        Op::Csx(p) => controlled([p.a], m::sx(p.b)),
        Op::Swap(p) => plain(swap(p.a, p.b)),
        Op::Iswap(p) => plain(Kernel::Swap { bits: [1 << p.a, 1 << p.b], imaginary: true }),
        Op::Ecr(p) => Unitary { controls: Controls::default(), kernels: m::ecr(p.a, p.b).map(Some) },
        Op::Cp(r) => phases([r.a, r.b], phase(r.theta)),
        Op::Crx(r) => controlled([r.a], m::rx(r.b, r.theta)),
        Op::Cry(r) => controlled([r.a], m::ry(r.b, r.theta)),
        Op::Crz(r) => controlled([r.a], m::rz(r.b, r.theta)),
        Op::Rxx(r) => plain(m::rxx(r.a, r.b, r.theta)),
        Op::Ryy(r) => plain(m::ryy(r.a, r.b, r.theta)),
        Op::Rzz(r) => plain(m::rzz(r.a, r.b, r.theta)),
        Op::Rzx(r) => plain(m::rzx(r.a, r.b, r.theta)),
        // The phase on the control is a phase of the controlled matrix.
        Op::Cu(u) => controlled([u.control], m::u(u.target, u.theta, u.phi, u.lambda, u.gamma)),
        Op::Ccx(t) => controlled([t.a, t.b], flip(t.c)),
        Op::Ccz(t) => phases([t.a, t.b, t.c], (-1.0).into()),
        Op::Cswap(t) => controlled([t.a], swap(t.b, t.c)),
        Op::Control(_) | Op::Measure(_) | Op::Reset(_) | Op::Barrier | Op::Classical(_) => return None,
    })
}

fn plain(kernel: Kernel) -> Unitary {
    controlled([], kernel)
}

fn controlled<const N: usize>(on: [u32; N], kernel: Kernel) -> Unitary {
    let controls = on.into_iter().fold(Controls::default(), |controls, qubit| controls.and(qubit, true));
    Unitary { controls, kernels: [Some(kernel), None] }
}

/// A phase where all these qubits are 1: targets and controls are alike.
fn phases<const N: usize>(qubits: [u32; N], phase: Complex64) -> Unitary {
    controlled(qubits, Kernel::Phase(phase))
}

fn flip(qubit: u32) -> Kernel {
    Kernel::Flip { bit: 1 << qubit }
}

fn flip_y(qubit: u32) -> Kernel {
    Kernel::FlipY { bit: 1 << qubit }
}

fn swap(a: u32, b: u32) -> Kernel {
    Kernel::Swap { bits: [1 << a, 1 << b], imaginary: false }
}
