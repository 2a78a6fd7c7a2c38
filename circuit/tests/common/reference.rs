//! A small dense reference: exact distributions and unitaries of programs of a few qubits.
//!
//! It follows every outcome of every measurement, so nothing is sampled. Matrices are written out
//! here by their definitions and share nothing with the crate under test.

use std::collections::BTreeMap;
use std::f64::consts::{FRAC_1_SQRT_2, PI};

use eigen_circuit::program::{ClassicalOp, Operation, Pauli, Program};

/// Real and imaginary part.
pub type Complex = (f64, f64);

fn mul(a: Complex, b: Complex) -> Complex {
    (a.0 * b.0 - a.1 * b.1, a.0 * b.1 + a.1 * b.0)
}

fn turn(angle: f64) -> Complex {
    (angle.cos(), angle.sin())
}

const O: Complex = (0.0, 0.0);
const ONE: Complex = (1.0, 0.0);

/// Rows of a matrix on qubits, the first of which is the lowest bit of an index.
type Matrix = Vec<Vec<Complex>>;

fn two(entries: [Complex; 4]) -> Matrix {
    vec![entries[..2].to_vec(), entries[2..].to_vec()]
}

fn u(theta: f64, phi: f64, lambda: f64) -> Matrix {
    let (sin, cos) = (theta / 2.0).sin_cos();
    let scale = |(re, im): Complex, by: f64| (re * by, im * by);
    two([(cos, 0.0), scale(turn(lambda), -sin), scale(turn(phi), sin), scale(turn(phi + lambda), cos)])
}

fn phase(angle: f64) -> Matrix {
    two([ONE, O, O, turn(angle)])
}

fn pauli(name: char) -> Matrix {
    match name {
        'x' => two([O, ONE, ONE, O]),
        'y' => two([O, (0.0, -1.0), (0.0, 1.0), O]),
        'z' => two([ONE, O, O, (-1.0, 0.0)]),
        _ => two([ONE, O, O, ONE]),
    }
}

/// `low` on the first qubits and `high` on those behind.
fn pair(low: &Matrix, high: &Matrix) -> Matrix {
    let (n, m) = (low.len(), high.len());
    let entry = |row: usize, column: usize| mul(high[row / n][column / n], low[row % n][column % n]);
    (0..n * m).map(|row| (0..n * m).map(|column| entry(row, column)).collect()).collect()
}

/// cos(θ/2) - i sin(θ/2) P
fn rotation(p: &Matrix, theta: f64) -> Matrix {
    let (sin, cos) = (theta / 2.0).sin_cos();
    let entry = |row: usize, column: usize| {
        let (re, im) = mul((0.0, -sin), p[row][column]);
        (re + if row == column { cos } else { 0.0 }, im)
    };
    (0..p.len()).map(|row| (0..p.len()).map(|column| entry(row, column)).collect()).collect()
}

/// With a control as the new first qubit.
fn controlled(m: &Matrix) -> Matrix {
    let entry = |row: usize, column: usize| match (row % 2, column % 2) {
        (1, 1) => m[row / 2][column / 2],
        (0, 0) if row == column => ONE,
        _ => O,
    };
    (0..2 * m.len()).map(|row| (0..2 * m.len()).map(|column| entry(row, column)).collect()).collect()
}

fn matrix(operation: &Operation) -> Option<Matrix> {
    use Operation as Op;
    let h = two([(FRAC_1_SQRT_2, 0.0), (FRAC_1_SQRT_2, 0.0), (FRAC_1_SQRT_2, 0.0), (-FRAC_1_SQRT_2, 0.0)]);
    let sx = two([(0.5, 0.5), (0.5, -0.5), (0.5, -0.5), (0.5, 0.5)]);
    let swap = vec![vec![ONE, O, O, O], vec![O, O, ONE, O], vec![O, ONE, O, O], vec![O, O, O, ONE]];
    let i = (0.0, 1.0);
    Some(match *operation {
        Op::Id(_) => pauli('i'),
        Op::X(_) => pauli('x'),
        Op::Y(_) => pauli('y'),
        Op::Z(_) => pauli('z'),
        Op::H(_) => h,
        Op::S(_) => phase(PI / 2.0),
        Op::Sdg(_) => phase(-PI / 2.0),
        Op::T(_) => phase(PI / 4.0),
        Op::Tdg(_) => phase(-PI / 4.0),
        Op::Sx(_) => sx,
        Op::Sxdg(_) => two([(0.5, -0.5), (0.5, 0.5), (0.5, 0.5), (0.5, -0.5)]),
        Op::Rx { theta, .. } => rotation(&pauli('x'), theta),
        Op::Ry { theta, .. } => rotation(&pauli('y'), theta),
        Op::Rz { theta, .. } => rotation(&pauli('z'), theta),
        Op::P { theta, .. } => phase(theta),
        Op::U { theta, phi, lambda, .. } => u(theta, phi, lambda),
        Op::Prx { theta, phi, .. } => {
            let axis = two([O, turn(-phi), turn(phi), O]);
            rotation(&axis, theta)
        }
        Op::Cx(..) => controlled(&pauli('x')),
        Op::Cy(..) => controlled(&pauli('y')),
        Op::Cz(..) => controlled(&pauli('z')),
        Op::Ch(..) => controlled(&h),
        Op::Csx(..) => controlled(&sx),
        Op::Swap(..) => swap,
        Op::Iswap(..) => vec![vec![ONE, O, O, O], vec![O, O, i, O], vec![O, i, O, O], vec![O, O, O, ONE]],
        Op::Ecr(..) => {
            let (ix, xy) = (pair(&pauli('i'), &pauli('x')), pair(&pauli('x'), &pauli('y')));
            let entry = |row: usize, column: usize| {
                let (a, b): (Complex, Complex) = (ix[row][column], xy[row][column]);
                ((a.0 - b.0) * FRAC_1_SQRT_2, (a.1 - b.1) * FRAC_1_SQRT_2)
            };
            (0..4).map(|row| (0..4).map(|column| entry(row, column)).collect()).collect()
        }
        Op::Cp { theta, .. } => controlled(&phase(theta)),
        Op::Crx { theta, .. } => controlled(&rotation(&pauli('x'), theta)),
        Op::Cry { theta, .. } => controlled(&rotation(&pauli('y'), theta)),
        Op::Crz { theta, .. } => controlled(&rotation(&pauli('z'), theta)),
        Op::Rxx { theta, .. } => rotation(&pair(&pauli('x'), &pauli('x')), theta),
        Op::Ryy { theta, .. } => rotation(&pair(&pauli('y'), &pauli('y')), theta),
        Op::Rzz { theta, .. } => rotation(&pair(&pauli('z'), &pauli('z')), theta),
        Op::Rzx { theta, .. } => rotation(&pair(&pauli('z'), &pauli('x')), theta),
        Op::Cu { theta, phi, lambda, gamma, .. } => {
            let turned = u(theta, phi, lambda);
            let turned =
                turned.into_iter().map(|row| row.into_iter().map(|it| mul(it, turn(gamma))).collect());
            controlled(&turned.collect())
        }
        Op::Ccx(..) => controlled(&controlled(&pauli('x'))),
        Op::Ccz(..) => controlled(&controlled(&pauli('z'))),
        Op::Cswap(..) => controlled(&swap),
        _ => return None,
    })
}

/// An unnormalised state and the classical bits that came with it.
#[derive(Clone)]
struct Branch {
    state: Vec<Complex>,
    bits: Vec<bool>,
}

fn norm(state: &[Complex]) -> f64 {
    state.iter().map(|(re, im)| re * re + im * im).sum()
}

impl Branch {
    /// Applies a matrix where all controls have their values.
    fn apply(&mut self, matrix: &Matrix, qubits: &[u32], controls: &[(u32, bool)]) {
        let mask: usize = qubits.iter().map(|qubit| 1 << qubit).sum();
        let place = |inner: usize| -> usize {
            qubits.iter().enumerate().map(|(k, qubit)| (inner >> k & 1) << qubit).sum()
        };
        for base in (0..self.state.len()).filter(|base| base & mask == 0) {
            if controls.iter().any(|&(qubit, on)| (base >> qubit & 1 == 1) != on) {
                continue;
            }
            let old: Vec<Complex> = (0..matrix.len()).map(|k| self.state[base + place(k)]).collect();
            for (row, entries) in matrix.iter().enumerate() {
                self.state[base + place(row)] = entries.iter().zip(&old).fold(O, |sum, (&a, &b)| {
                    let product = mul(a, b);
                    (sum.0 + product.0, sum.1 + product.1)
                });
            }
        }
    }

    fn projected(&self, qubit: u32, value: bool) -> Self {
        let keep = |(index, amplitude): (usize, &Complex)| {
            if (index >> qubit & 1 == 1) == value { *amplitude } else { O }
        };
        Self { state: self.state.iter().enumerate().map(keep).collect(), bits: self.bits.clone() }
    }

    fn classical(&mut self, operation: ClassicalOp) {
        let at = |bit: u32| self.bits[bit as usize];
        let (dst, value) = match operation {
            ClassicalOp::Set { dst, value } => (dst, value),
            ClassicalOp::Copy { dst, src } => (dst, at(src)),
            ClassicalOp::Not { dst, src } => (dst, !at(src)),
            ClassicalOp::And { dst, a, b } => (dst, at(a) & at(b)),
            ClassicalOp::Or { dst, a, b } => (dst, at(a) | at(b)),
            ClassicalOp::Xor { dst, a, b } => (dst, at(a) ^ at(b)),
        };
        self.bits[dst as usize] = value;
    }
}

fn run(program: &Program, start: usize) -> Vec<Branch> {
    let mut state = vec![O; 1 << program.qubits];
    state[start] = ONE;
    let mut branches = vec![Branch { state, bits: vec![false; program.clbits as usize] }];
    let mut controls = Vec::new();
    for step in &program.steps {
        let runs = |branch: &Branch| step.guard.is_none_or(|it| branch.bits[it.clbit as usize] == it.value);
        match step.operation {
            Operation::Control { qubit, active_on } => {
                controls.push((qubit, active_on));
                continue;
            }
            Operation::Barrier => {}
            Operation::Classical(operation) => {
                branches
                    .iter_mut()
                    .filter(|branch| runs(branch))
                    .for_each(|branch| branch.classical(operation));
            }
            Operation::Measure { qubit, .. } | Operation::Reset(qubit) => {
                let mut next = Vec::new();
                for mut branch in branches {
                    if !runs(&branch) {
                        next.push(branch);
                        continue;
                    }
                    let rotate = |branch: &mut Branch| match step.operation {
                        Operation::Measure { basis: Pauli::X, .. } => {
                            branch.apply(&u(PI / 2.0, 0.0, PI), &[qubit], &[]);
                        }
                        Operation::Measure { basis: Pauli::Y, .. } => {
                            branch.apply(&rotation(&pauli('x'), PI / 2.0), &[qubit], &[]);
                        }
                        _ => {}
                    };
                    rotate(&mut branch);
                    for value in [false, true] {
                        let mut part = branch.projected(qubit, value);
                        if norm(&part.state) < 1e-12 {
                            continue;
                        }
                        if let Operation::Measure { clbit, basis, .. } = step.operation {
                            part.bits[clbit as usize] = value;
                            rotate(&mut part);
                            if basis == Pauli::Y {
                                // The rotation is its own inverse up to a Pauli X, undone here.
                                part.apply(&rotation(&pauli('x'), -PI), &[qubit], &[]);
                            }
                        } else if value {
                            part.apply(&pauli('x'), &[qubit], &[]);
                        }
                        next.push(part);
                    }
                }
                branches = merged(next);
            }
            gate => {
                if let Some(matrix) = matrix(&gate) {
                    let qubits: Vec<u32> = gate.qubits().collect();
                    for branch in branches.iter_mut().filter(|branch| runs(branch)) {
                        branch.apply(&matrix, &qubits, &controls);
                    }
                }
            }
        }
        controls.clear();
    }
    branches
}

/// Branches with the same bits and the same state up to a factor are one.
fn merged(branches: Vec<Branch>) -> Vec<Branch> {
    let mut kept: Vec<Branch> = Vec::new();
    for branch in branches {
        let weight = norm(&branch.state);
        let twin = kept.iter_mut().find(|other| {
            let overlap = other.state.iter().zip(&branch.state).fold(O, |sum, (&(a, b), &other)| {
                let product = mul((a, -b), other);
                (sum.0 + product.0, sum.1 + product.1)
            });
            let same = overlap.0.powi(2) + overlap.1.powi(2) - weight * norm(&other.state);
            other.bits == branch.bits && same.abs() < 1e-10 * weight
        });
        match twin {
            Some(twin) => {
                let factor = ((norm(&twin.state) + weight) / norm(&twin.state)).sqrt();
                twin.state.iter_mut().for_each(|(re, im)| (*re, *im) = (*re * factor, *im * factor));
            }
            None => kept.push(branch),
        }
    }
    kept
}

/// The probability of each outcome, the highest bit leftmost.
pub fn distribution(program: &Program) -> BTreeMap<String, f64> {
    let mut outcomes = BTreeMap::new();
    for branch in run(program, 0) {
        let bits = branch.bits[..program.output_bits as usize].iter().rev();
        let key: String = bits.map(|&bit| if bit { '1' } else { '0' }).collect();
        *outcomes.entry(key).or_insert(0.0) += norm(&branch.state);
    }
    outcomes.retain(|_, probability| *probability > 1e-9);
    outcomes
}

/// The columns of the program's unitary matrix, measurements left out.
pub fn unitary(program: &Program) -> Vec<Vec<Complex>> {
    let mut gates = program.clone();
    gates.steps.retain(|step| !matches!(step.operation, Operation::Measure { .. }));
    (0..1_usize << program.qubits).map(|start| run(&gates, start).swap_remove(0).state).collect()
}

/// The largest difference of two unitary matrices, up to a global phase if `free`.
pub fn difference(a: &[Vec<Complex>], b: &[Vec<Complex>], free: bool) -> f64 {
    let entries = || a.iter().flatten().zip(b.iter().flatten());
    let overlap = entries().fold(O, |sum, (&(re, im), &other)| {
        let product = mul((re, -im), other);
        (sum.0 + product.0, sum.1 + product.1)
    });
    let size = overlap.0.hypot(overlap.1);
    let factor = if free && size > 1e-9 { (overlap.0 / size, overlap.1 / size) } else { ONE };
    entries()
        .map(|(&a, &b)| {
            let (re, im) = mul(a, factor);
            (re - b.0).hypot(im - b.1)
        })
        .fold(0.0, f64::max)
}
