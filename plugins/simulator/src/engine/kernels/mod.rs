//! In-place loops over the amplitudes, and the one way in which they find their indices.
//!
//! A kernel runs over the basis states in which some bits are fixed: controls at their value, the
//! target at 0 or 1. [`for_each`] and [`for_each_pair`] enumerate exactly those, in contiguous
//! runs as long as the lowest fixed bit allows, so that controlled gates cost in proportion to what
//! they touch, and the compiler can vectorise the inner loop.

pub mod dense;
pub mod diagonal;
pub mod permutation;
pub mod project;

use num_complex::Complex64;

use super::real::Real;
use super::state::State;

/// Runs shorter than this are walked index by index: setting up slices would cost more.
const SHORT_RUN: usize = 4;

/// The starts of the contiguous runs of indices whose bits in `fixed` are 0, and their length.
fn runs(dim: usize, fixed: usize) -> (usize, impl Iterator<Item = usize>) {
    let length = if fixed == 0 { dim } else { 1 << fixed.trailing_zeros() };
    // Adding 1 with all fixed bits set carries over them: this counts in the free bits alone.
    let skip = fixed | (length - 1);
    let next = move |start: &usize| Some((start | skip).wrapping_add(1) & !skip).filter(|&next| next < dim);
    (length, std::iter::successors(Some(0), next))
}

/// Replaces each amplitude a whose index has `index & fixed == value` by f(a).
#[inline(always)]
#[expect(clippy::inline_always, reason = "f must be inlined into the loop for it to be vectorised")]
pub(super) fn for_each<T: Real>(
    state: &mut State<T>,
    fixed: usize,
    value: usize,
    f: impl Fn(Complex64) -> Complex64,
) {
    let (length, starts) = runs(state.dim(), fixed);
    for start in starts {
        let run = start | value..(start | value) + length;
        for (re, im) in state.re[run.clone()].iter_mut().zip(&mut state.im[run]) {
            let new = f(Complex64::new(re.double(), im.double()));
            (*re, *im) = (T::of(new.re), T::of(new.im));
        }
    }
}

/// Replaces each two amplitudes (a, b) by f(a, b), where a runs over the indices with
/// `index & fixed == low` and b has the same free bits and `index & fixed == high`.
///
/// `low < high` holds for each caller, so that the two halves never overlap.
#[inline(always)]
#[expect(clippy::inline_always, reason = "f must be inlined into the loop for it to be vectorised")]
pub(super) fn for_each_pair<T: Real>(
    state: &mut State<T>,
    fixed: usize,
    [low, high]: [usize; 2],
    f: impl Fn(Complex64, Complex64) -> (Complex64, Complex64),
) {
    let (length, starts) = runs(state.dim(), fixed);
    let State { re, im, .. } = state;
    if length < SHORT_RUN {
        for start in starts {
            for i in start..start + length {
                let (i, j) = (i | low, i | high);
                let at = |i: usize| Complex64::new(re[i].double(), im[i].double());
                let (a, b) = f(at(i), at(j));
                (re[i], im[i]) = (T::of(a.re), T::of(a.im));
                (re[j], im[j]) = (T::of(b.re), T::of(b.im));
            }
        }
        return;
    }
    for start in starts {
        let (i, j) = (start | low, start | high);
        let (re_low, re_high) = re.split_at_mut(j);
        let (im_low, im_high) = im.split_at_mut(j);
        let low = re_low[i..i + length].iter_mut().zip(&mut im_low[i..i + length]);
        let high = re_high[..length].iter_mut().zip(&mut im_high[..length]);
        for ((re_a, im_a), (re_b, im_b)) in low.zip(high) {
            let (a, b) =
                f(Complex64::new(re_a.double(), im_a.double()), Complex64::new(re_b.double(), im_b.double()));
            (*re_a, *im_a) = (T::of(a.re), T::of(a.im));
            (*re_b, *im_b) = (T::of(b.re), T::of(b.im));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_enumerate_exactly_the_indices_with_all_fixed_bits_zero() {
        for fixed in 0..32 {
            let (length, starts) = runs(32, fixed);
            let found: Vec<usize> = starts.flat_map(|start| start..start + length).collect();
            let expected: Vec<usize> = (0..32).filter(|i| i & fixed == 0).collect();
            assert_eq!(found, expected, "fixed bits {fixed:05b}");
        }
    }
}
