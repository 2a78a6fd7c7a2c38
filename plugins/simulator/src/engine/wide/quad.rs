//! A dense matrix on two qubits: four amplitudes at once.

use super::lanes::{Lanes, free, unzip, zip};
use super::{LANE_QUBITS, LANES};
use crate::engine::real::Real;

/// The groups of the four values of two qubits, one after the other: 00, 01 (the lower qubit is 1), 10, 11.
type Four<T> = [Lanes<T>; 4];

/// A complex 4×4 matrix: real and imaginary parts, row by row; the lower qubit is bit 0 of an index.
#[derive(Debug, Clone, PartialEq)]
pub struct Quad<T> {
    /// Real parts.
    pub re: [[T; 4]; 4],
    /// Imaginary parts.
    pub im: [[T; 4]; 4],
}

impl<T: Real> Quad<T> {
    /// Applies it to the qubits `low` < `high`, given as bits. There are at least 32 amplitudes.
    pub fn apply(&self, re: &mut [T], im: &mut [T], low: usize, high: usize) {
        let (re, im) = (re.as_chunks_mut::<LANES>().0, im.as_chunks_mut::<LANES>().0);
        match (low, high) {
            (1, 2) => self.inside::<1, 1>(re, im),
            (1, 4) => self.inside::<1, 2>(re, im),
            (2, 4) => self.inside::<2, 2>(re, im),
            (1, _) => self.half_inside::<1>(re, im, high),
            (2, _) => self.half_inside::<2>(re, im, high),
            (4, _) => self.half_inside::<4>(re, im, high),
            _ => self.across(re, im, low >> LANE_QUBITS, high >> LANE_QUBITS),
        }
    }

    /// Both qubits lie inside a group: four neighbouring groups are taken apart, first by the lower qubit
    /// `L`, then by the higher, which then stands at `H`.
    fn inside<const L: usize, const H: usize>(&self, re: &mut [Lanes<T>], im: &mut [Lanes<T>]) {
        let apart = |four: &Four<T>| {
            let (a0, a1) = unzip::<T, L>(&four[0], &four[1]);
            let (b0, b1) = unzip::<T, L>(&four[2], &four[3]);
            let ((x00, x10), (x01, x11)) = (unzip::<T, H>(&a0, &b0), unzip::<T, H>(&a1, &b1));
            [x00, x01, x10, x11]
        };
        let together = |[x00, x01, x10, x11]: Four<T>| {
            let ((a0, b0), (a1, b1)) = (zip::<T, H>(&x00, &x10), zip::<T, H>(&x01, &x11));
            let ((y0, y1), (y2, y3)) = (zip::<T, L>(&a0, &a1), zip::<T, L>(&b0, &b1));
            [y0, y1, y2, y3]
        };
        for (re, im) in re.as_chunks_mut::<4>().0.iter_mut().zip(im.as_chunks_mut::<4>().0) {
            let (mut r, mut i) = (apart(re), apart(im));
            self.multiply(&mut r, &mut i);
            (*re, *im) = (together(r), together(i));
        }
    }

    /// The lower qubit lies inside a group, the higher one tells groups apart.
    fn half_inside<const L: usize>(&self, re: &mut [Lanes<T>], im: &mut [Lanes<T>], high: usize) {
        if high == LANES {
            // Neighbours differ in the higher qubit: what is unzipped from them would mix both.
            for (re, im) in re.as_chunks_mut::<4>().0.iter_mut().zip(im.as_chunks_mut::<4>().0) {
                let swapped = |[a, b, c, d]: [Lanes<T>; 4]| [a, c, b, d];
                let (mut r, mut i) = (Self::halves::<L>(&swapped(*re)), Self::halves::<L>(&swapped(*im)));
                self.multiply(&mut r, &mut i);
                (*re, *im) = (swapped(Self::whole::<L>(&r)), swapped(Self::whole::<L>(&i)));
            }
            return;
        }
        let high = high >> LANE_QUBITS;
        for at in free(re.len().trailing_zeros(), high | 1) {
            let places = [at, at + 1, at | high, (at | high) + 1];
            let (mut r, mut i) =
                (Self::halves::<L>(&places.map(|at| re[at])), Self::halves::<L>(&places.map(|at| im[at])));
            self.multiply(&mut r, &mut i);
            let (r, i) = (Self::whole::<L>(&r), Self::whole::<L>(&i));
            for (place, at) in places.into_iter().enumerate() {
                re[at] = r[place];
                im[at] = i[place];
            }
        }
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a handful of shuffles")]
    fn halves<const L: usize>(four: &Four<T>) -> Four<T> {
        let ((x00, x01), (x10, x11)) = (unzip::<T, L>(&four[0], &four[1]), unzip::<T, L>(&four[2], &four[3]));
        [x00, x01, x10, x11]
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a handful of shuffles")]
    fn whole<const L: usize>(four: &Four<T>) -> Four<T> {
        let ((y0, y1), (y2, y3)) = (zip::<T, L>(&four[0], &four[1]), zip::<T, L>(&four[2], &four[3]));
        [y0, y1, y2, y3]
    }

    /// Both qubits tell groups apart.
    fn across(&self, re: &mut [Lanes<T>], im: &mut [Lanes<T>], low: usize, high: usize) {
        for start in free(re.len().trailing_zeros(), high | low | (low - 1)) {
            let end = start + high + low + low;
            let (re, im) = (&mut re[start..end], &mut im[start..end]);
            let (re_0, re_1) = re.split_at_mut(high);
            let (im_0, im_1) = im.split_at_mut(high);
            let ((re_00, re_01), (re_10, re_11)) =
                (re_0[..2 * low].split_at_mut(low), re_1.split_at_mut(low));
            let ((im_00, im_01), (im_10, im_11)) =
                (im_0[..2 * low].split_at_mut(low), im_1.split_at_mut(low));
            let res = re_00.iter_mut().zip(re_01).zip(re_10.iter_mut().zip(re_11));
            let ims = im_00.iter_mut().zip(im_01).zip(im_10.iter_mut().zip(im_11));
            for (((r0, r1), (r2, r3)), ((i0, i1), (i2, i3))) in res.zip(ims) {
                for lane in 0..LANES {
                    let (r, i) = self.product(
                        [r0[lane], r1[lane], r2[lane], r3[lane]],
                        [i0[lane], i1[lane], i2[lane], i3[lane]],
                    );
                    [r0[lane], r1[lane], r2[lane], r3[lane]] = r;
                    [i0[lane], i1[lane], i2[lane], i3[lane]] = i;
                }
            }
        }
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "part of the loop's body")]
    fn multiply(&self, re: &mut Four<T>, im: &mut Four<T>) {
        for lane in 0..LANES {
            let (r, i) =
                self.product([0, 1, 2, 3].map(|row| re[row][lane]), [0, 1, 2, 3].map(|row| im[row][lane]));
            for row in 0..4 {
                re[row][lane] = r[row];
                im[row][lane] = i[row];
            }
        }
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "part of the loop's body")]
    fn product(&self, re: [T; 4], im: [T; 4]) -> ([T; 4], [T; 4]) {
        let real = |row: usize, col: usize| self.re[row][col] * re[col] - self.im[row][col] * im[col];
        let imag = |row: usize, col: usize| self.re[row][col] * im[col] + self.im[row][col] * re[col];
        let sum = |part: &dyn Fn(usize) -> T| (part(0) + part(1)) + (part(2) + part(3));
        let r = std::array::from_fn(|row| sum(&|col| real(row, col)));
        let i = std::array::from_fn(|row| sum(&|col| imag(row, col)));
        (r, i)
    }
}
