//! A fused gate as a block sees it: its qubits by their place in the block, its numbers in the state's
//! precision, and what is constant in a block apart.

use num_complex::Complex64;

use super::fuse::{Fused, Matrix4};
use super::gate::Controls;
use super::primitive::{Factor, Matrix2};
use super::real::Real;
use super::sweep::{compress, deposit};
use super::wide::lanes::Lanes;
use super::wide::pair::Pair;
use super::wide::quad::Quad;
use super::wide::{LANE_MASK, LANE_QUBITS, LANES, table};

/// From this many factors on, a table of phases costs less than one pass each.
const TABLE_FROM: usize = 3;

/// A gate, ready to be applied to blocks.
#[derive(Debug)]
pub enum Local<T> {
    /// A 2×2 matrix.
    One {
        /// The qubit.
        bit: usize,
        /// Where in the block it acts.
        on: Controls,
        /// In which blocks it acts.
        outer: Controls,
        /// The matrix.
        pair: Pair<T>,
    },
    /// A 4×4 matrix.
    Two {
        /// The lower qubit.
        low: usize,
        /// The higher qubit.
        high: usize,
        /// The matrix.
        quad: Box<Quad<T>>,
    },
    /// Phases, one after the other.
    Phases(Vec<Phase<T>>),
    /// Phases from a table.
    Table(Table<T>),
}

/// One diagonal gate.
#[derive(Debug)]
pub struct Phase<T> {
    on: Controls,
    outer: Controls,
    /// The parity in the block, and of what is constant in it.
    parity: usize,
    outer_parity: usize,
    even: [T; 2],
    odd: [T; 2],
}

/// The product of diagonal gates, for each value of the qubits on which it depends.
#[derive(Debug)]
pub struct Table<T> {
    /// For each group of the block, its place in one part of the table.
    slots: Vec<u16>,
    /// Which qubits outside the block choose the part.
    outer: usize,
    /// The length of a part.
    part: usize,
    re: Vec<Lanes<T>>,
    im: Vec<Lanes<T>>,
}

impl<T: Real> Local<T> {
    /// `gate` in blocks of `qubits` qubits, where `place` gives the places of resident qubits.
    pub fn of(gate: &Fused, qubits: u32, place: impl Fn(usize) -> usize) -> Self {
        let outer = |mask: usize| mask & !deposit_all(qubits, &place, mask);
        let inside = |on: Controls| Controls { mask: place(on.mask), value: place(on.value) };
        let outside = |on: Controls| Controls { mask: outer(on.mask), value: on.value & outer(on.mask) };
        match gate {
            Fused::One { bit, on, matrix } => {
                Self::One { bit: place(*bit), on: inside(*on), outer: outside(*on), pair: pair(matrix) }
            }
            Fused::Two { low, high, matrix } => {
                Self::Two { low: place(*low), high: place(*high), quad: Box::new(quad(matrix)) }
            }
            Fused::Diagonal { qubits: on, factors } if factors.len() >= TABLE_FROM => {
                Self::Table(Table::of(factors, *on, outer(*on), qubits, place))
            }
            Fused::Diagonal { factors, .. } => Self::Phases(
                factors
                    .iter()
                    .map(|factor| Phase {
                        on: inside(factor.on),
                        outer: outside(factor.on),
                        parity: place(factor.parity),
                        outer_parity: outer(factor.parity),
                        even: parts(factor.even),
                        odd: parts(factor.odd),
                    })
                    .collect(),
            ),
        }
    }

    /// Applies it to the block whose first amplitude has the index `base`.
    pub fn apply(&self, re: &mut [T], im: &mut [T], base: usize) {
        match self {
            Self::One { bit, on, outer, pair } => {
                if base & outer.mask == outer.value {
                    pair.apply(re, im, *bit, *on);
                }
            }
            Self::Two { low, high, quad } => quad.apply(re, im, *low, *high),
            Self::Phases(phases) => {
                for phase in phases.iter().filter(|phase| base & phase.outer.mask == phase.outer.value) {
                    phase.apply(re, im, base);
                }
            }
            Self::Table(table) => {
                let part = compress(base, table.outer) * table.part;
                let factors = part..part + table.part;
                table::look_up(re, im, &table.slots, &table.re[factors.clone()], &table.im[factors]);
            }
        }
    }
}

impl<T: Real> Phase<T> {
    fn apply(&self, re: &mut [T], im: &mut [T], base: usize) {
        let flipped = (base & self.outer_parity).count_ones() & 1 == 1;
        let (even, odd) = if flipped { (self.odd, self.even) } else { (self.even, self.odd) };
        if self.parity == 0 {
            table::phase(re, im, self.on, even);
            return;
        }
        let bit = 1 << self.parity.trailing_zeros();
        let rest = self.parity & !bit;
        let scale = |[a, b]: [T; 2], [c, d]: [T; 2]| Pair::Scale([a, b, c, d]);
        let one = [T::of(1.0), T::of(0.0)];
        if rest == 0 && even == one {
            table::phase(re, im, Controls { mask: self.on.mask | bit, value: self.on.value | bit }, odd);
        } else if rest == 0 {
            scale(even, odd).apply(re, im, bit, self.on);
        } else {
            // At most two qubits: the other one chooses the order.
            let with = |value| Controls { mask: self.on.mask | rest, value: self.on.value | value };
            scale(even, odd).apply(re, im, bit, with(0));
            scale(odd, even).apply(re, im, bit, with(rest));
        }
    }
}

impl<T: Real> Table<T> {
    fn of(factors: &[Factor], on: usize, outer: usize, qubits: u32, place: impl Fn(usize) -> usize) -> Self {
        let inner = (on & !outer) & !LANE_MASK;
        let local = place(inner) >> LANE_QUBITS;
        let slots =
            (0..1usize << (qubits - LANE_QUBITS)).map(|group| compress(group, local) as u16).collect();
        let part = 1usize << inner.count_ones();
        let entries = part << outer.count_ones();
        let (mut re, mut im) = (Vec::with_capacity(entries), Vec::with_capacity(entries));
        for entry in 0..entries {
            let index = deposit(entry % part, inner) | deposit(entry / part, outer);
            let phases: [Complex64; LANES] =
                std::array::from_fn(|lane| factors.iter().map(|factor| factor.at(index | lane)).product());
            re.push(phases.map(|phase| T::of(phase.re)));
            im.push(phases.map(|phase| T::of(phase.im)));
        }
        Self { slots, outer, part, re, im }
    }
}

/// Those qubits of `mask` that have a place in a block.
fn deposit_all(qubits: u32, place: impl Fn(usize) -> usize, mask: usize) -> usize {
    let mut inside = 0;
    let mut rest = mask;
    while rest != 0 {
        let bit = rest & rest.wrapping_neg();
        if place(bit) != 0 && place(bit) < 1 << qubits {
            inside |= bit;
        }
        rest &= rest - 1;
    }
    inside
}

fn parts<T: Real>(number: Complex64) -> [T; 2] {
    [T::of(number.re), T::of(number.im)]
}

/// The cheapest loop for a matrix.
fn pair<T: Real>(matrix: &Matrix2) -> Pair<T> {
    let [a, b, c, d] = *matrix;
    let (zero, one) = (Complex64::new(0.0, 0.0), Complex64::new(1.0, 0.0));
    let numbers = |[p, q, r, s]: [f64; 4]| [T::of(p), T::of(q), T::of(r), T::of(s)];
    if a == zero && d == zero {
        return if b == one && c == one {
            Pair::Flip
        } else {
            Pair::Cross(numbers([b.re, b.im, c.re, c.im]))
        };
    }
    if [a, b, c, d].iter().all(|entry| entry.im == 0.0) {
        return Pair::Real(numbers([a.re, b.re, c.re, d.re]));
    }
    if a.im == 0.0 && d.im == 0.0 && b.re == 0.0 && c.re == 0.0 {
        return Pair::Imaginary(numbers([a.re, b.im, c.im, d.re]));
    }
    Pair::Dense([a.re, a.im, b.re, b.im, c.re, c.im, d.re, d.im].map(T::of))
}

fn quad<T: Real>(matrix: &Matrix4) -> Quad<T> {
    Quad {
        re: matrix.map(|row| row.map(|entry| T::of(entry.re))),
        im: matrix.map(|row| row.map(|entry| T::of(entry.im))),
    }
}
