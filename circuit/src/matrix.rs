//! Two by two matrices: what single-qubit gates are, their powers, and the angles of `U`.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_PI_4};
use std::ops::{Add, Mul, Neg, Sub};

use crate::program::Operation;

/// A complex number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Complex {
    pub(crate) re: f64,
    pub(crate) im: f64,
}

/// A matrix by rows.
pub(crate) type Matrix = [[Complex; 2]; 2];

impl Complex {
    pub(crate) const ZERO: Self = Self::new(0.0, 0.0);
    pub(crate) const ONE: Self = Self::new(1.0, 0.0);
    pub(crate) const I: Self = Self::new(0.0, 1.0);

    pub(crate) const fn new(re: f64, im: f64) -> Self {
        Self { re, im }
    }

    /// e^{iφ}
    pub(crate) fn turn(angle: f64) -> Self {
        Self::new(angle.cos(), angle.sin())
    }

    pub(crate) fn norm(self) -> f64 {
        self.re.hypot(self.im)
    }

    pub(crate) fn arg(self) -> f64 {
        self.im.atan2(self.re)
    }

    pub(crate) fn scale(self, factor: f64) -> Self {
        Self::new(self.re * factor, self.im * factor)
    }
}

impl Add for Complex {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self::new(self.re + other.re, self.im + other.im)
    }
}

impl Sub for Complex {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self::new(self.re - other.re, self.im - other.im)
    }
}

impl Mul for Complex {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self::new(self.re * other.re - self.im * other.im, self.re * other.im + self.im * other.re)
    }
}

impl Neg for Complex {
    type Output = Self;
    fn neg(self) -> Self {
        Self::new(-self.re, -self.im)
    }
}

/// The matrix of a gate on one qubit; nothing for anything else.
pub(crate) fn of(operation: &Operation) -> Option<Matrix> {
    use Complex as C;
    let diagonal = |a, b| [[a, C::ZERO], [C::ZERO, b]];
    let phase = |angle| diagonal(C::ONE, C::turn(angle));
    Some(match *operation {
        Operation::Id(_) => diagonal(C::ONE, C::ONE),
        Operation::X(_) => [[C::ZERO, C::ONE], [C::ONE, C::ZERO]],
        Operation::Y(_) => [[C::ZERO, -C::I], [C::I, C::ZERO]],
        Operation::Z(_) => diagonal(C::ONE, -C::ONE),
        Operation::H(_) => {
            let h = C::new(FRAC_1_SQRT_2, 0.0);
            [[h, h], [h, -h]]
        }
        Operation::S(_) => diagonal(C::ONE, C::I),
        Operation::Sdg(_) => diagonal(C::ONE, -C::I),
        Operation::T(_) => phase(FRAC_PI_4),
        Operation::Tdg(_) => phase(-FRAC_PI_4),
        Operation::Sx(_) => {
            let (plus, minus) = (C::new(0.5, 0.5), C::new(0.5, -0.5));
            [[plus, minus], [minus, plus]]
        }
        Operation::Sxdg(_) => {
            let (plus, minus) = (C::new(0.5, 0.5), C::new(0.5, -0.5));
            [[minus, plus], [plus, minus]]
        }
        Operation::Rx { theta, .. } => prx(theta, 0.0),
        Operation::Ry { theta, .. } => prx(theta, std::f64::consts::FRAC_PI_2),
        Operation::Rz { theta, .. } => diagonal(C::turn(-theta / 2.0), C::turn(theta / 2.0)),
        Operation::P { theta, .. } => phase(theta),
        Operation::U { theta, phi, lambda, .. } => u(theta, phi, lambda),
        Operation::Prx { theta, phi, .. } => prx(theta, phi),
        _ => return None,
    })
}

/// exp(-iθ/2 (cos φ X + sin φ Y))
fn prx(theta: f64, phi: f64) -> Matrix {
    let (sin, cos) = (theta / 2.0).sin_cos();
    let flip = |angle: f64| -Complex::I * Complex::turn(angle).scale(sin);
    let cos = Complex::new(cos, 0.0);
    [[cos, flip(-phi)], [flip(phi), cos]]
}

pub(crate) fn u(theta: f64, phi: f64, lambda: f64) -> Matrix {
    let (sin, cos) = (theta / 2.0).sin_cos();
    [
        [Complex::new(cos, 0.0), -Complex::turn(lambda).scale(sin)],
        [Complex::turn(phi).scale(sin), Complex::turn(phi + lambda).scale(cos)],
    ]
}

pub(crate) fn multiply(a: &Matrix, b: &Matrix) -> Matrix {
    let entry = |row: usize, column: usize| a[row][0] * b[0][column] + a[row][1] * b[1][column];
    [[entry(0, 0), entry(0, 1)], [entry(1, 0), entry(1, 1)]]
}

pub(crate) fn scale(a: &Matrix, factor: Complex) -> Matrix {
    a.map(|row| row.map(|entry| entry * factor))
}

/// Angles θ, φ, λ and γ with which the unitary matrix is e^{iγ} U(θ,φ,λ).
pub(crate) fn angles(m: &Matrix) -> (f64, f64, f64, f64) {
    let theta = 2.0 * m[1][0].norm().atan2(m[0][0].norm());
    if m[0][0].norm() > m[1][0].norm() {
        let gamma = m[0][0].arg();
        let sum = m[1][1].arg() - gamma;
        // Where it is diagonal, only the sum of φ and λ counts.
        let phi = if m[1][0].norm() > 1e-12 { m[1][0].arg() - gamma } else { 0.0 };
        (theta, phi, sum - phi, gamma)
    } else {
        // e^{iγ} is free where the first entry is 0; else it is that entry's.
        let gamma = if m[0][0].norm() > 1e-12 { m[0][0].arg() } else { m[1][0].arg() };
        let phi = m[1][0].arg() - gamma;
        let lambda = (-m[0][1]).arg() - gamma;
        (theta, phi, lambda, gamma)
    }
}

/// The principal value of a unitary matrix to a power: each eigenvalue e^{iα} with -π < α ≤ π
/// becomes e^{ikα}.
pub(crate) fn power(m: &Matrix, k: f64) -> Matrix {
    // m = a (cos ω - i sin ω n·σ), with a a phase.
    let determinant = m[0][0] * m[1][1] - m[0][1] * m[1][0];
    let half = determinant.arg() / 2.0;
    let special = scale(m, Complex::turn(-half));
    let cos = f64::midpoint(special[0][0].re, special[1][1].re).clamp(-1.0, 1.0);
    let omega = cos.acos();
    let principal = |angle: f64| {
        let turn = angle.rem_euclid(std::f64::consts::TAU);
        // The edge at π belongs to π, also where rounding put it just beyond.
        if turn > std::f64::consts::PI + 1e-9 { turn - std::f64::consts::TAU } else { turn }
    };
    let (first, second) = (principal(half - omega), principal(half + omega));
    let (first, second) = (Complex::turn(k * first), Complex::turn(k * second));
    if omega.sin().abs() < 1e-12 {
        // Both eigenvalues are the same.
        return [[first, Complex::ZERO], [Complex::ZERO, first]];
    }
    // The projector on the eigenvalue e^{i(half-ω)} is (1 + n·σ)/2 with n·σ = i (m - cos ω)/sin ω.
    let axis = |row: usize, column: usize| {
        let unit = if row == column { Complex::new(cos, 0.0) } else { Complex::ZERO };
        Complex::I * (special[row][column] - unit).scale(1.0 / omega.sin())
    };
    let entry = |row: usize, column: usize| {
        let unit = if row == column { Complex::ONE } else { Complex::ZERO };
        let n = axis(row, column);
        ((unit + n) * first + (unit - n) * second).scale(0.5)
    };
    [[entry(0, 0), entry(0, 1)], [entry(1, 0), entry(1, 1)]]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: &Matrix, b: &Matrix) -> bool {
        (0..4).all(|i| (a[i / 2][i % 2] - b[i / 2][i % 2]).norm() < 1e-9)
    }

    fn gates() -> Vec<Operation> {
        use Operation as O;
        vec![
            O::Id(0),
            O::X(0),
            O::Y(0),
            O::Z(0),
            O::H(0),
            O::S(0),
            O::Sdg(0),
            O::T(0),
            O::Tdg(0),
            O::Sx(0),
            O::Sxdg(0),
            O::Rx { qubit: 0, theta: 0.7 },
            O::Ry { qubit: 0, theta: -2.5 },
            O::Rz { qubit: 0, theta: 3.0 },
            O::P { qubit: 0, theta: -1.0 },
            O::U { qubit: 0, theta: 1.0, phi: 2.0, lambda: -3.0 },
            O::U { qubit: 0, theta: std::f64::consts::PI, phi: 0.3, lambda: 0.4 },
            O::Prx { qubit: 0, theta: 0.4, phi: 1.2 },
        ]
    }

    #[test]
    fn every_unitary_is_a_phase_and_a_u() {
        for gate in gates() {
            let Some(matrix) = of(&gate) else { continue };
            let (theta, phi, lambda, gamma) = angles(&matrix);
            let again = scale(&u(theta, phi, lambda), Complex::turn(gamma));
            assert!(near(&matrix, &again), "{gate:?}: {matrix:?} {again:?}");
        }
    }

    #[test]
    fn powers_multiply_up_and_are_principal() {
        for gate in gates() {
            let Some(matrix) = of(&gate) else { continue };
            let root = power(&matrix, 1.0 / 3.0);
            assert!(near(&multiply(&root, &multiply(&root, &root)), &matrix), "{gate:?}");
        }
        let half = |gate: Operation| of(&gate).map(|matrix| power(&matrix, 0.5));
        assert!(half(Operation::Z(0)).is_some_and(|m| near(
            &m,
            &of(&Operation::S(0)).unwrap_or(m.map(|row| row.map(|_| Complex::ZERO)))
        )));
        assert!(half(Operation::X(0)).is_some_and(|m| near(
            &m,
            &of(&Operation::Sx(0)).unwrap_or(m.map(|row| row.map(|_| Complex::ZERO)))
        )));
    }
}
