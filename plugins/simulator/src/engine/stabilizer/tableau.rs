//! The tableau: n stabilizers, n destabilizers, packed 64 rows to a word for each qubit.
//!
//! Gates touch the columns of their qubits, 64 rows at a time; a measurement multiplies all rows that need it by
//! the pivot row at once. Row k of the first half (destabilizers) anticommutes with row k of the second half
//! (stabilizers) and commutes with all other rows. Signs are kept for the stabilizers alone; those of
//! destabilizers mean nothing.

/// A bit that is a constant plus unknown bits, all modulo 2.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sum {
    /// The constant.
    pub value: bool,
    /// Which unknown bits are added, 64 to a word; missing words are zero.
    pub unknowns: Vec<u64>,
}

impl Sum {
    /// No unknown bits.
    #[must_use]
    pub fn constant(value: bool) -> Self {
        Self { value, unknowns: Vec::new() }
    }

    /// Adds another one.
    pub fn add(&mut self, other: &Self) {
        self.value ^= other.value;
        if self.unknowns.len() < other.unknowns.len() {
            self.unknowns.resize(other.unknowns.len(), 0);
        }
        for (word, more) in self.unknowns.iter_mut().zip(&other.unknowns) {
            *word ^= more;
        }
    }

    /// Whether the unknown bit `index` is added.
    #[must_use]
    pub fn has(&self, index: usize) -> bool {
        self.unknowns.get(index / 64).is_some_and(|word| word >> (index % 64) & 1 == 1)
    }

    fn flip(&mut self, index: usize) {
        if self.unknowns.len() <= index / 64 {
            self.unknowns.resize(index / 64 + 1, 0);
        }
        self.unknowns[index / 64] ^= 1 << (index % 64);
    }
}

/// A stabilizer state whose signs depend on unknown bits.
#[derive(Debug)]
pub struct Tableau {
    qubits: usize,
    /// Words of half a column.
    half: usize,
    /// X parts, one column of 2·half words a qubit: destabilizers, then stabilizers.
    x: Vec<u64>,
    /// Z parts.
    z: Vec<u64>,
    /// The constant parts of the stabilizers' signs.
    signs: Vec<u64>,
    /// For each unknown bit, the stabilizers whose sign has it.
    unknowns: Vec<Vec<u64>>,
}

impl Tableau {
    /// |0…0⟩: stabilizers Z, destabilizers X.
    #[must_use]
    pub fn zero(qubits: usize) -> Self {
        let half = qubits.div_ceil(64);
        let words = qubits * 2 * half;
        let (mut x, mut z) = (vec![0; words], vec![0; words]);
        for qubit in 0..qubits {
            let at = qubit * 2 * half + qubit / 64;
            x[at] = 1 << (qubit % 64);
            z[at + half] = 1 << (qubit % 64);
        }
        Self { qubits, half, x, z, signs: vec![0; half], unknowns: Vec::new() }
    }

    fn column(&self, qubit: usize) -> std::ops::Range<usize> {
        let words = 2 * self.half;
        qubit * words..(qubit + 1) * words
    }

    /// The stabilizers' part of a column.
    fn lower(&self, qubit: usize) -> std::ops::Range<usize> {
        let column = self.column(qubit);
        column.start + self.half..column.end
    }

    /// X ↔ Z; Y changes its sign.
    pub fn h(&mut self, qubit: u32) {
        let (column, lower) = (self.column(qubit as usize), self.lower(qubit as usize));
        for ((sign, x), z) in self.signs.iter_mut().zip(&self.x[lower.clone()]).zip(&self.z[lower]) {
            *sign ^= x & z;
        }
        self.x[column.clone()].swap_with_slice(&mut self.z[column]);
    }

    /// X → Y, Y → −X.
    pub fn s(&mut self, qubit: u32) {
        let (column, lower) = (self.column(qubit as usize), self.lower(qubit as usize));
        for ((sign, x), z) in self.signs.iter_mut().zip(&self.x[lower.clone()]).zip(&self.z[lower]) {
            *sign ^= x & z;
        }
        for (x, z) in self.x[column.clone()].iter().zip(&mut self.z[column]) {
            *z ^= x;
        }
    }

    /// X of the control spreads to the target, Z of the target to the control.
    pub fn cx(&mut self, control: u32, target: u32) {
        let (c, t) = (self.column(control as usize).start, self.column(target as usize).start);
        for (row, sign) in (self.half..).zip(&mut self.signs) {
            let (xc, zc, xt, zt) = (self.x[c + row], self.z[c + row], self.x[t + row], self.z[t + row]);
            *sign ^= xc & zt & !(xt ^ zc);
        }
        for row in 0..2 * self.half {
            self.x[t + row] ^= self.x[c + row];
            self.z[c + row] ^= self.z[t + row];
        }
    }

    /// A Pauli operator, done if `when` is 1: the signs of all stabilizers that anticommute with it change.
    pub fn pauli(&mut self, qubit: u32, x: bool, z: bool, when: &Sum) {
        let lower = self.lower(qubit as usize);
        let parts = self.x[lower.clone()].iter().zip(&self.z[lower]);
        let anticommuting: Vec<u64> =
            parts.map(|(xs, zs)| if z { *xs } else { 0 } ^ if x { *zs } else { 0 }).collect();
        let flip =
            |signs: &mut [u64]| signs.iter_mut().zip(&anticommuting).for_each(|(sign, row)| *sign ^= row);
        if when.value {
            flip(&mut self.signs);
        }
        for (index, signs) in self.unknowns.iter_mut().enumerate() {
            if when.has(index) {
                flip(signs);
            }
        }
    }

    /// Measures Z: what is known of the outcome.
    pub fn measure(&mut self, qubit: u32) -> Sum {
        let qubit = qubit as usize;
        let stabilizers = &self.x[self.lower(qubit)];
        match stabilizers.iter().position(|word| *word != 0) {
            Some(word) => self.undetermined(qubit, 64 * word + stabilizers[word].trailing_zeros() as usize),
            None => self.determined(qubit),
        }
    }

    /// The stabilizer `pivot` anticommutes with Z: the outcome is a new unknown bit.
    fn undetermined(&mut self, qubit: usize, pivot: usize) -> Sum {
        let (word, bit) = (pivot / 64, 1u64 << (pivot % 64));
        let half = self.half;
        // All rows with X here are multiplied by the pivot, so that they commute with Z again.
        let mut rows = self.x[self.column(qubit)].to_vec();
        rows[half + word] &= !bit;
        let (mut ones, mut twos) = (vec![0u64; half], vec![0u64; half]);
        for other in 0..self.qubits {
            let start = self.column(other).start;
            let pivot_x = self.x[start + half + word] & bit != 0;
            let pivot_z = self.z[start + half + word] & bit != 0;
            if !pivot_x && !pivot_z {
                self.x[start + word] &= !bit;
                self.z[start + word] &= !bit;
                continue;
            }
            let (px, pz) = (if pivot_x { u64::MAX } else { 0 }, if pivot_z { u64::MAX } else { 0 });
            let (xs, zs) = (&mut self.x[start..start + 2 * half], &mut self.z[start..start + 2 * half]);
            for row in 0..half {
                // Powers of i, counted modulo 4 in two planes of bits.
                let (x, z, chosen) = (xs[half + row], zs[half + row], rows[half + row]);
                let crossed = x & pz;
                let anti = (crossed ^ (z & px)) & chosen;
                twos[row] ^= (ones[row] ^ x ^ px ^ z ^ pz ^ crossed) & anti;
                ones[row] ^= anti;
            }
            for (row, chosen) in rows.iter().enumerate() {
                xs[row] ^= px & chosen;
                zs[row] ^= pz & chosen;
            }
            // The pivot becomes a destabilizer, and Z takes its place.
            for part in [(&mut *xs, pivot_x), (&mut *zs, pivot_z)] {
                part.0[word] = part.0[word] & !bit | if part.1 { bit } else { 0 };
                part.0[half + word] &= !bit;
            }
        }
        let lower = &rows[half..];
        let pivot_sign = self.signs[word] & bit != 0;
        for ((sign, chosen), two) in self.signs.iter_mut().zip(lower).zip(&twos) {
            *sign ^= two & chosen ^ if pivot_sign { *chosen } else { 0 };
        }
        self.signs[word] &= !bit;
        for signs in &mut self.unknowns {
            if signs[word] & bit != 0 {
                signs.iter_mut().zip(lower).for_each(|(sign, chosen)| *sign ^= chosen);
                signs[word] &= !bit;
            }
        }
        let place = self.column(qubit).start + half + word;
        self.z[place] |= bit;
        let mut unknown = vec![0; half];
        unknown[word] = bit;
        self.unknowns.push(unknown);
        let mut outcome = Sum::default();
        outcome.flip(self.unknowns.len() - 1);
        outcome
    }

    /// Z is, up to its sign, the product of the stabilizers whose destabilizers have X here.
    ///
    /// With Y = iXZ, the product of rows k is a product of i^{xz}·XˣZᶻ. Bringing all X to the left costs a sign for
    /// each Z of a row and X of a later one, which are counted by the parity of what came before.
    fn determined(&self, qubit: usize) -> Sum {
        let start = self.column(qubit).start;
        let rows = &self.x[start..start + self.half];
        let parity = |signs: &[u64]| {
            signs.iter().zip(rows).fold(0, |sum, (sign, row)| sum ^ (sign & row)).count_ones() & 1 == 1
        };
        let mut quarter_turns = 0;
        for other in 0..self.qubits {
            let lower = self.lower(other);
            let mut before = 0;
            for ((x, z), row) in self.x[lower.clone()].iter().zip(&self.z[lower]).zip(rows) {
                if *row == 0 {
                    continue;
                }
                let (x, z) = (x & row, z & row);
                let up_to = prefix_parity(z);
                quarter_turns += (x & z).count_ones() + 2 * (((up_to ^ z) ^ before) & x).count_ones();
                before ^= 0u64.wrapping_sub(up_to >> 63);
            }
        }
        let mut outcome = Sum::constant(parity(&self.signs) ^ (quarter_turns & 2 == 2));
        for (index, signs) in self.unknowns.iter().enumerate() {
            if parity(signs) {
                outcome.flip(index);
            }
        }
        outcome
    }
}

/// Bit k of the result is the parity of the bits 0 to k.
fn prefix_parity(mut word: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        word ^= word << shift;
    }
    word
}
