//! Shares of a whole, and memory given as one.

use super::{ByteSize, Unit};

/// A whole percentage from 0 to 100. Written `50%`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percent(pub u8);

impl Percent {
    /// This share of `total`, rounded down.
    pub fn of(self, total: ByteSize) -> ByteSize {
        let share = u128::from(total.0) * u128::from(self.0.min(100)) / 100;
        ByteSize(u64::try_from(share).unwrap_or(total.0))
    }
}

impl Unit for Percent {
    const ALLOWED: &'static str = "a whole percentage, `0%` to `100%`";

    fn parse(text: &str) -> Result<Self, String> {
        let number = text.strip_suffix('%').ok_or_else(|| format!("`{text}` has no percent sign"))?;
        let number = number.trim_end().parse().map_err(|_| format!("`{text}` is no percentage"))?;
        if number > 100 {
            return Err(format!("`{text}` is more than all"));
        }
        Ok(Self(number))
    }

    fn render(&self) -> String {
        format!("{}%", self.0)
    }

    fn from_number(number: u64) -> Result<Self, String> {
        Err(format!("the bare number {number} has no percent sign"))
    }
}

// === MemoryShare ===

/// An amount of memory, absolute or as a share of the machine's. Written `2GiB` or `50%`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemoryShare {
    /// So many bytes, whatever the machine has.
    Bytes(ByteSize),
    /// A share of the machine's memory.
    Percent(Percent),
}

impl MemoryShare {
    /// The amount on a machine that has `total` memory.
    pub fn of(self, total: ByteSize) -> ByteSize {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Percent(percent) => percent.of(total),
        }
    }
}

impl Unit for MemoryShare {
    const ALLOWED: &'static str = "a size such as `2GiB`, or a share of the machine's memory such as `50%`";

    fn parse(text: &str) -> Result<Self, String> {
        if text.ends_with('%') {
            Percent::parse(text).map(Self::Percent)
        } else {
            ByteSize::parse(text).map(Self::Bytes)
        }
    }

    fn render(&self) -> String {
        match self {
            Self::Bytes(bytes) => bytes.render(),
            Self::Percent(percent) => percent.render(),
        }
    }
}
