//! Gates that mix two amplitudes a and b: those of a qubit at 0 and at 1, under controls.

use super::lanes::{chosen, free, select, spread, unzip, zip};
use super::{LANE_MASK, LANE_QUBITS, LANES};
use crate::engine::gate::Controls;
use crate::engine::real::Real;

/// What becomes of a pair (a, b).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pair<T> {
    /// (b, a)
    Flip,
    /// (p·b, q·a), complex p and q.
    Cross([T; 4]),
    /// (p·a, q·b), complex p and q.
    Scale([T; 4]),
    /// A real matrix, row by row.
    Real([T; 4]),
    /// Real on the diagonal, imaginary off it: [p, iq; ir, s].
    Imaginary([T; 4]),
    /// A complex matrix, row by row, real and imaginary parts in turn.
    Dense([T; 8]),
}

impl<T: Real> Pair<T> {
    /// Applies it to the qubit `bit`, wherever the controls hold. There are at least 16 amplitudes.
    pub fn apply(&self, re: &mut [T], im: &mut [T], bit: usize, on: Controls) {
        match *self {
            Self::Flip => each(re, im, bit, on, |ar, ai, br, bi| [br, bi, ar, ai]),
            Self::Cross([pr, pi, qr, qi]) => each(re, im, bit, on, |ar, ai, br, bi| {
                [pr * br - pi * bi, pr * bi + pi * br, qr * ar - qi * ai, qr * ai + qi * ar]
            }),
            Self::Scale([pr, pi, qr, qi]) => each(re, im, bit, on, |ar, ai, br, bi| {
                [pr * ar - pi * ai, pr * ai + pi * ar, qr * br - qi * bi, qr * bi + qi * br]
            }),
            Self::Real([p, q, r, s]) => each(re, im, bit, on, |ar, ai, br, bi| {
                [p * ar + q * br, p * ai + q * bi, r * ar + s * br, r * ai + s * bi]
            }),
            Self::Imaginary([p, q, r, s]) => each(re, im, bit, on, |ar, ai, br, bi| {
                [p * ar - q * bi, p * ai + q * br, s * br - r * ai, s * bi + r * ar]
            }),
            Self::Dense([pr, pi, qr, qi, rr, ri, sr, si]) => each(re, im, bit, on, |ar, ai, br, bi| {
                [
                    (pr * ar - pi * ai) + (qr * br - qi * bi),
                    (pr * ai + pi * ar) + (qr * bi + qi * br),
                    (rr * ar - ri * ai) + (sr * br - si * bi),
                    (rr * ai + ri * ar) + (sr * bi + si * br),
                ]
            }),
        }
    }
}

/// Calls f(re a, im a, re b, im b) for each pair and stores what it gives.
#[inline(always)]
#[expect(clippy::inline_always, reason = "f must be inlined into the loop for it to be vectorised")]
fn each<T: Real>(re: &mut [T], im: &mut [T], bit: usize, on: Controls, f: impl Fn(T, T, T, T) -> [T; 4]) {
    match bit {
        1 => within::<T, 1>(re, im, on, f),
        2 => within::<T, 2>(re, im, on, f),
        4 => within::<T, 4>(re, im, on, f),
        _ => across(re, im, bit, on, f),
    }
}

/// The qubit lies inside a group: two neighbouring groups are taken apart.
#[inline(always)]
#[expect(clippy::inline_always, reason = "f must be inlined into the loop for it to be vectorised")]
fn within<T: Real, const S: usize>(
    re: &mut [T],
    im: &mut [T],
    on: Controls,
    f: impl Fn(T, T, T, T) -> [T; 4],
) {
    let (re, im) = (re.as_chunks_mut::<LANES>().0, im.as_chunks_mut::<LANES>().0);
    let groups = re.len().trailing_zeros();
    let lanes = chosen(on.mask, on.value, spread::<S>);
    let all = on.mask & (2 * LANE_MASK + 1) == 0;
    let value = on.value >> (LANE_QUBITS + 1) << 1;
    for at in free(groups, on.mask >> (LANE_QUBITS + 1) << 1 | 1) {
        let at = at | value;
        let [re0, re1] = &mut re[at..at + 2] else { return };
        let [im0, im1] = &mut im[at..at + 2] else { return };
        let (ar, br) = unzip::<T, S>(re0, re1);
        let (ai, bi) = unzip::<T, S>(im0, im1);
        let new: [[T; 4]; LANES] = std::array::from_fn(|lane| f(ar[lane], ai[lane], br[lane], bi[lane]));
        let [mut car, mut cai, mut cbr, mut cbi] = [0, 1, 2, 3].map(|part| new.map(|new| new[part]));
        if !all {
            car = select(&lanes, &car, &ar);
            cai = select(&lanes, &cai, &ai);
            cbr = select(&lanes, &cbr, &br);
            cbi = select(&lanes, &cbi, &bi);
        }
        (*re0, *re1) = zip::<T, S>(&car, &cbr);
        (*im0, *im1) = zip::<T, S>(&cai, &cbi);
    }
}

/// The qubit tells groups apart.
#[inline(always)]
#[expect(clippy::inline_always, reason = "f must be inlined into the loop for it to be vectorised")]
fn across<T: Real>(re: &mut [T], im: &mut [T], bit: usize, on: Controls, f: impl Fn(T, T, T, T) -> [T; 4]) {
    let (re, im) = (re.as_chunks_mut::<LANES>().0, im.as_chunks_mut::<LANES>().0);
    let groups = re.len().trailing_zeros();
    let lanes = chosen(on.mask & LANE_MASK, on.value & LANE_MASK, |lane| lane);
    let all = on.mask & LANE_MASK == 0;
    let (bit, fixed, value) = (bit >> LANE_QUBITS, (on.mask | bit) >> LANE_QUBITS, on.value >> LANE_QUBITS);
    let run = 1 << fixed.trailing_zeros();
    for at in free(groups, fixed | (run - 1)) {
        let at = at | value;
        let (re_a, re_b) = re[at..at + bit + run].split_at_mut(bit);
        let (im_a, im_b) = im[at..at + bit + run].split_at_mut(bit);
        let groups = re_a.iter_mut().zip(im_a).zip(re_b.iter_mut().zip(im_b)).take(run);
        if all {
            for ((ar, ai), (br, bi)) in groups {
                for lane in 0..LANES {
                    [ar[lane], ai[lane], br[lane], bi[lane]] = f(ar[lane], ai[lane], br[lane], bi[lane]);
                }
            }
        } else {
            for ((ar, ai), (br, bi)) in groups {
                for lane in 0..LANES {
                    let new = f(ar[lane], ai[lane], br[lane], bi[lane]);
                    let old = [ar[lane], ai[lane], br[lane], bi[lane]];
                    [ar[lane], ai[lane], br[lane], bi[lane]] = if lanes[lane] { new } else { old };
                }
            }
        }
    }
}
