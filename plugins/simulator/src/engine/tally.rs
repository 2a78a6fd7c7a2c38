//! Counting bitstrings, within a bound on memory.
//!
//! Entries are appended and merged by sorting whenever their number has doubled, so that memory
//! stays within a factor of two of what the different bitstrings need, and the answer is sorted.

use thiserror::Error;

/// More different bitstrings came out than fit into memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("more than {outcomes} different bitstrings of {output_bits} bits do not fit into memory")]
pub struct TooManyOutcomes {
    /// Different bitstrings so far.
    pub outcomes: u64,
    /// The length of each.
    pub output_bits: u32,
}

/// How often each bitstring came.
#[derive(Debug)]
pub struct Tally {
    entries: Vec<(String, u64)>,
    /// Entries merged so far: they are sorted and different.
    merged: usize,
    output_bits: u32,
}

/// Merging below this many entries is not worth it.
const MERGE_FROM: usize = 1024;

impl Tally {
    /// Of bitstrings with `output_bits` characters.
    #[must_use]
    pub fn new(output_bits: u32) -> Self {
        Self { entries: Vec::new(), merged: 0, output_bits }
    }

    /// An upper bound on the bytes that one bitstring takes until it is in the caller's hands: the
    /// entry here in a vector that may have just doubled, its text with the allocator's header, the
    /// entry in the answer.
    #[must_use]
    pub fn entry_bytes(output_bits: u32) -> u64 {
        3 * size_of::<(String, u64)>() as u64 + u64::from(output_bits).next_multiple_of(16) + 32
    }

    /// Adds `count` of one bitstring; `free` are the bytes that the tally may take in all.
    pub fn add(&mut self, bitstring: String, count: u64, free: u64) -> Result<(), TooManyOutcomes> {
        let room = free / Self::entry_bytes(self.output_bits);
        if self.entries.len() >= (2 * self.merged).max(MERGE_FROM) || self.entries.len() as u64 >= room {
            self.merge();
            // Nearly full counts as full: else each further shot would need a merge of its own.
            if self.entries.len() as u64 >= room - room / 4 {
                return Err(TooManyOutcomes {
                    outcomes: self.entries.len() as u64,
                    output_bits: self.output_bits,
                });
            }
        }
        self.entries.push((bitstring, count));
        Ok(())
    }

    /// The bitstrings in increasing order, each once.
    #[must_use]
    pub fn into_counts(mut self) -> Vec<(String, u64)> {
        self.merge();
        self.entries
    }

    fn merge(&mut self) {
        self.entries.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        self.entries.dedup_by(|later, kept| {
            let same = later.0 == kept.0;
            if same {
                kept.1 += later.1;
            }
            same
        });
        self.merged = self.entries.len();
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn counts_of_the_same_bitstring_add_up_across_merges() {
        let mut tally = Tally::new(3);
        for i in 0..10_000u64 {
            tally.add(format!("{:03b}", i % 5), 2, u64::MAX).unwrap();
        }
        let expected: Vec<_> = (0..5).map(|i| (format!("{i:03b}"), 4000)).collect();
        assert_eq!(tally.into_counts(), expected);
    }

    #[test]
    fn repetition_fits_into_room_that_variety_does_not() {
        let room = 10 * Tally::entry_bytes(8);
        let mut tally = Tally::new(8);
        for i in 0..1000u32 {
            tally.add(format!("{:08b}", i % 7), 1, room).unwrap();
        }
        let mut new = (100..).map(|i| tally.add(format!("{i:08b}"), 1, room));
        let error = new.find_map(Result::err).unwrap();
        assert!((8..=10).contains(&error.outcomes), "refused at {}", error.outcomes);
    }
}
