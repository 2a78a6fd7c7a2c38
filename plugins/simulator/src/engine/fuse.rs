//! Fusion: from gates to fewer passes over the state.
//!
//! Gates on one qubit are multiplied together; those on the same two qubits are collected in a cluster,
//! which becomes a 4×4 matrix if one pass with it costs less than its pieces; diagonal gates
//! are gathered in one product wherever they can meet. Costs are estimates in floating point operations for
//! each amplitude. What is decided depends on the gates alone, never on the machine.

use num_complex::Complex64;

use super::gate::{Controls, Gate};
use super::primitive::{Factor, Matrix2, Primitive};

const ZERO: Complex64 = Complex64::new(0.0, 0.0);
const ONE: Complex64 = Complex64::new(1.0, 0.0);

/// What loading and storing an amplitude costs.
const PASS: f64 = 4.0;
const DENSE_ONE: f64 = 14.0;
const DENSE_TWO: f64 = 30.0;
const SPARSE_ONE: f64 = 6.0;
const FLIP: f64 = 1.0;

/// How far back a diagonal gate looks for others to join.
const LOOK_BACK: usize = 64;

/// The most qubits that a product of diagonal gates depends on, beside those within a group of lanes.
pub const DIAGONAL_QUBITS: u32 = 7;

/// One pass over the state.
#[derive(Debug, Clone, PartialEq)]
pub enum Fused {
    /// A 2×2 matrix under controls.
    One {
        /// The qubit, as its bit.
        bit: usize,
        /// Where it acts.
        on: Controls,
        /// The matrix.
        matrix: Matrix2,
    },
    /// A 4×4 matrix on two qubits; the lower is bit 0 of the matrix' indices.
    Two {
        /// The lower qubit, as its bit.
        low: usize,
        /// The higher qubit, as its bit.
        high: usize,
        /// The matrix.
        matrix: Box<Matrix4>,
    },
    /// A product of diagonal gates.
    Diagonal {
        /// All qubits on which it depends.
        qubits: usize,
        /// The gates.
        factors: Vec<Factor>,
    },
}

/// A 4×4 matrix, row by row.
pub type Matrix4 = [[Complex64; 4]; 4];

impl Fused {
    /// The qubits whose values it may change.
    #[must_use]
    pub fn targets(&self) -> usize {
        match self {
            Self::One { bit, .. } => *bit,
            Self::Two { low, high, .. } => low | high,
            Self::Diagonal { .. } => 0,
        }
    }

    /// The qubits that it reads and leaves alone.
    #[must_use]
    pub fn conditions(&self) -> usize {
        match self {
            Self::One { on, .. } => on.mask,
            Self::Two { .. } => 0,
            Self::Diagonal { qubits, .. } => *qubits,
        }
    }
}

/// Gates on at most two qubits that are still being collected.
#[derive(Debug, Default)]
struct Cluster {
    qubits: usize,
    pieces: Vec<Primitive>,
}

/// Collects gates.
#[derive(Debug)]
pub struct Fusion {
    /// For each qubit, its open cluster.
    open: Vec<Option<usize>>,
    clusters: Vec<Cluster>,
    /// Whether diagonal gates gather: a table of phases is only worth it in a state much larger than that.
    gather: bool,
    done: Vec<Fused>,
}

/// The passes that have the effect of `gates` on a state of `qubits` qubits.
pub fn fuse<'g>(qubits: u32, gates: impl Iterator<Item = &'g Gate>) -> Vec<Fused> {
    let mut fusion = Fusion {
        open: vec![None; qubits as usize],
        clusters: Vec::new(),
        gather: qubits >= DIAGONAL_QUBITS + 6,
        done: Vec::new(),
    };
    for gate in gates {
        Primitive::of(gate, |piece| fusion.take(piece));
    }
    for cluster in 0..fusion.clusters.len() {
        fusion.close(cluster);
    }
    fusion.done
}

impl Fusion {
    fn take(&mut self, piece: Primitive) {
        let qubits = piece.qubits();
        let mut around = qubits;
        for cluster in bits(qubits).filter_map(|qubit| self.open[qubit]) {
            around |= self.clusters[cluster].qubits;
        }
        if qubits.count_ones() > 2 || (around.count_ones() > 2) {
            // What does not fit in has to wait for what came before.
            for qubit in bits(qubits) {
                let Some(cluster) = self.open[qubit] else { continue };
                if (self.clusters[cluster].qubits | qubits).count_ones() > 2 {
                    self.close(cluster);
                }
            }
        }
        if qubits.count_ones() > 2 || qubits == 0 {
            self.emit(piece);
            return;
        }
        let mut mine: Option<usize> = None;
        for qubit in bits(qubits) {
            match (mine, self.open[qubit]) {
                (None, found) => mine = found,
                (Some(one), Some(other)) if one != other => {
                    let moved = std::mem::take(&mut self.clusters[other]);
                    self.clusters[one].qubits |= moved.qubits;
                    self.clusters[one].pieces.extend(moved.pieces);
                }
                _ => {}
            }
        }
        let mine = mine.unwrap_or_else(|| {
            self.clusters.push(Cluster::default());
            self.clusters.len() - 1
        });
        self.clusters[mine].qubits |= qubits;
        self.clusters[mine].pieces.push(piece);
        for qubit in bits(self.clusters[mine].qubits) {
            self.open[qubit] = Some(mine);
        }
    }

    /// Ends a cluster: its passes are decided.
    fn close(&mut self, cluster: usize) {
        let Cluster { qubits, pieces } = std::mem::take(&mut self.clusters[cluster]);
        for qubit in bits(qubits) {
            self.open[qubit] = None;
        }
        let pieces = merge_neighbours(pieces);
        let apart: f64 = pieces.iter().map(cost).sum();
        if qubits.count_ones() == 2 && apart > DENSE_TWO + PASS {
            let low = 1 << qubits.trailing_zeros();
            let high = qubits & !low;
            let mut matrix = Matrix4::default();
            for (row, line) in matrix.iter_mut().enumerate() {
                line[row] = ONE;
            }
            for piece in &pieces {
                multiply(piece, low, high, &mut matrix);
            }
            self.done.push(Fused::Two { low, high, matrix: Box::new(matrix) });
            return;
        }
        for piece in pieces {
            self.emit(piece);
        }
    }

    fn emit(&mut self, piece: Primitive) {
        let factor = match piece {
            Primitive::One { bit, on, matrix } if matrix[1] == ZERO && matrix[2] == ZERO => {
                if matrix[0] == ONE && matrix[3] == ONE {
                    return;
                }
                Factor { on, parity: bit, even: matrix[0], odd: matrix[3] }
            }
            Primitive::One { bit, on, matrix } => {
                self.done.push(Fused::One { bit, on, matrix });
                return;
            }
            Primitive::Diagonal(factor) => factor,
        };
        let needed = factor.qubits();
        if self.gather {
            for earlier in self.done.iter_mut().rev().take(LOOK_BACK) {
                if let Fused::Diagonal { qubits, factors } = earlier
                    && ((*qubits | needed) & !super::wide::LANE_MASK).count_ones() <= DIAGONAL_QUBITS
                {
                    *qubits |= needed;
                    factors.push(factor);
                    return;
                }
                if earlier.targets() & needed != 0 {
                    break;
                }
            }
        }
        self.done.push(Fused::Diagonal { qubits: needed, factors: vec![factor] });
    }
}

/// Multiplies gates on one qubit that follow each other.
fn merge_neighbours(pieces: Vec<Primitive>) -> Vec<Primitive> {
    let mut merged: Vec<Primitive> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        if let Primitive::One { bit, on: Controls { mask: 0, .. }, matrix } = piece {
            let before = merged.iter_mut().rev().find(|before| before.qubits() & bit != 0);
            if let Some(Primitive::One { bit: same, on: Controls { mask: 0, .. }, matrix: first }) = before
                && *same == bit
            {
                *first = product(&matrix, first);
                continue;
            }
        }
        merged.push(piece);
    }
    merged
}

fn product(a: &Matrix2, b: &Matrix2) -> Matrix2 {
    [
        a[0] * b[0] + a[1] * b[2],
        a[0] * b[1] + a[1] * b[3],
        a[2] * b[0] + a[3] * b[2],
        a[2] * b[1] + a[3] * b[3],
    ]
}

/// matrix ← piece·matrix
fn multiply(piece: &Primitive, low: usize, high: usize, matrix: &mut Matrix4) {
    let index = |row: usize| (if row & 1 == 0 { 0 } else { low }) | if row & 2 == 0 { 0 } else { high };
    match piece {
        Primitive::Diagonal(factor) => {
            for (row, line) in matrix.iter_mut().enumerate() {
                let phase = factor.at(index(row));
                line.iter_mut().for_each(|entry| *entry *= phase);
            }
        }
        Primitive::One { bit, on, matrix: [m00, m01, m10, m11] } => {
            let step = if *bit == low { 1 } else { 2 };
            for row in (0..4).filter(|row| row & step == 0 && index(*row) & on.mask == on.value) {
                for col in 0..4 {
                    let (a, b) = (matrix[row][col], matrix[row + step][col]);
                    matrix[row][col] = m00 * a + m01 * b;
                    matrix[row + step][col] = m10 * a + m11 * b;
                }
            }
        }
    }
}

/// What a pass with this piece costs.
fn cost(piece: &Primitive) -> f64 {
    let (controls, work) = match piece {
        // Diagonals gather: a share of a pass.
        Primitive::Diagonal(factor) => (factor.qubits().count_ones().min(2), SPARSE_ONE),
        Primitive::One { on, matrix: [a, b, c, d], .. } => {
            let real = [a, b, c, d].iter().all(|entry| entry.im == 0.0);
            let flip = *a == ZERO && *d == ZERO && *b == ONE && *c == ONE;
            let sparse = (*b == ZERO && *c == ZERO) || (*a == ZERO && *d == ZERO);
            let imaginary = a.im == 0.0 && d.im == 0.0 && b.re == 0.0 && c.re == 0.0;
            let work = match () {
                () if flip => FLIP,
                () if real || sparse || imaginary => SPARSE_ONE,
                () => DENSE_ONE,
            };
            (on.mask.count_ones().min(2), work)
        }
    };
    (work + PASS) / f64::from(1u32 << controls)
}

/// The numbers of the qubits in a mask.
fn bits(mask: usize) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(mask), |rest| Some(rest & rest.wrapping_sub(1)))
        .take_while(|rest| *rest != 0)
        .map(|rest| rest.trailing_zeros() as usize)
}
