//! Just enough linear algebra for the reference: 2×2 matrices, Kronecker products, M·v.

use std::ops::{Add, Mul};

use num_complex::Complex64;

use super::Term;

/// A 2×2 matrix, row by row.
#[derive(Clone, Copy)]
pub struct M2(pub [[Complex64; 2]; 2]);

pub fn c(re: f64) -> Complex64 {
    Complex64::new(re, 0.0)
}

pub fn i() -> Complex64 {
    Complex64::new(0.0, 1.0)
}

pub fn id() -> M2 {
    M2([[c(1.0), c(0.0)], [c(0.0), c(1.0)]])
}

pub fn x() -> M2 {
    M2([[c(0.0), c(1.0)], [c(1.0), c(0.0)]])
}

pub fn y() -> M2 {
    M2([[c(0.0), -i()], [i(), c(0.0)]])
}

pub fn z() -> M2 {
    M2([[c(1.0), c(0.0)], [c(0.0), c(-1.0)]])
}

/// √X = e^{iπ/4}·RX(π/2).
pub fn sx() -> M2 {
    rotation(x(), std::f64::consts::FRAC_PI_2) * (i() * std::f64::consts::FRAC_PI_4).exp()
}

/// exp(−iθP/2) = cos(θ/2)·I − i·sin(θ/2)·P.
pub fn rotation(pauli: M2, theta: f64) -> M2 {
    id() * c((theta / 2.0).cos()) + pauli * (-i() * (theta / 2.0).sin())
}

impl Mul for M2 {
    type Output = M2;

    fn mul(self, other: M2) -> M2 {
        let (a, b) = (self.0, other.0);
        M2([0, 1].map(|row| [0, 1].map(|col| a[row][0] * b[0][col] + a[row][1] * b[1][col])))
    }
}

impl Mul<Complex64> for M2 {
    type Output = M2;

    fn mul(self, factor: Complex64) -> M2 {
        M2(self.0.map(|row| row.map(|entry| entry * factor)))
    }
}

impl Add for M2 {
    type Output = M2;

    fn add(self, other: M2) -> M2 {
        M2([0, 1].map(|row| [0, 1].map(|col| self.0[row][col] + other.0[row][col])))
    }
}

/// coefficient · ⊗ factors.
pub fn times(coefficient: Complex64, factors: Vec<(u32, M2)>) -> Term {
    Term { coefficient, factors }
}

/// One matrix on one qubit.
pub fn on(qubit: u32, matrix: M2) -> Vec<Term> {
    vec![times(c(1.0), vec![(qubit, matrix)])]
}

/// I − Π + Π·U, where Π projects onto the controls' values.
pub fn controlled(controls: &[(u32, bool)], gate: Vec<Term>) -> Vec<Term> {
    let projector = |value: bool| (id() + z() * c(if value { -1.0 } else { 1.0 })) * c(0.5);
    let on: Vec<_> = controls.iter().map(|&(qubit, value)| (qubit, projector(value))).collect();
    if on.is_empty() {
        return gate;
    }
    let mut terms = vec![times(c(1.0), vec![]), times(c(-1.0), on.clone())];
    terms.extend(gate.into_iter().map(|term| times(term.coefficient, [term.factors, on.clone()].concat())));
    terms
}

/// A square matrix, row by row.
pub struct Matrix {
    pub dim: usize,
    pub entries: Vec<Complex64>,
}

/// The sum of the terms on `n` qubits: bit i of an index is qubit i, so the highest qubit is the
/// leftmost factor.
pub fn dense(terms: &[Term], n: u32) -> Matrix {
    let dim = 1 << n;
    let mut sum = vec![c(0.0); dim * dim];
    for term in terms {
        let mut product = Matrix { dim: 1, entries: vec![term.coefficient] };
        for qubit in (0..n).rev() {
            let factors = term.factors.iter().filter(|(on, _)| *on == qubit);
            product = kronecker(&product, factors.fold(id(), |product, (_, matrix)| product * *matrix));
        }
        for (sum, entry) in sum.iter_mut().zip(product.entries) {
            *sum += entry;
        }
    }
    Matrix { dim, entries: sum }
}

fn kronecker(left: &Matrix, right: M2) -> Matrix {
    let dim = 2 * left.dim;
    let entry = |index: usize| {
        let (row, col) = (index / dim, index % dim);
        left.entries[row / 2 * left.dim + col / 2] * right.0[row % 2][col % 2]
    };
    Matrix { dim, entries: (0..dim * dim).map(entry).collect() }
}

impl Matrix {
    pub fn apply(&self, vector: &[Complex64]) -> Vec<Complex64> {
        let row = |row: &[Complex64]| row.iter().zip(vector).map(|(m, v)| m * v).sum();
        self.entries.chunks(self.dim).map(row).collect()
    }
}

/// ⟨a|b⟩
pub fn inner(a: &[Complex64], b: &[Complex64]) -> Complex64 {
    a.iter().zip(b).map(|(a, b)| a.conj() * b).sum()
}

/// |0…0⟩
pub fn zero_state(n: u32) -> Vec<Complex64> {
    let mut state = vec![c(0.0); 1 << n];
    state[0] = c(1.0);
    state
}
