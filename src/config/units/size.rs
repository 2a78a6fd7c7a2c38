//! Amounts of memory and data, exact to the byte.

use std::fmt;

use super::Unit;

/// An amount of memory or data, in bytes. Written `64MiB`, `16 KiB`, `1GiB`; also decimal: `10MB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ByteSize(pub u64);

/// Units, largest first within each family so that rendering finds the shortest exact form.
const SIZES: [(&str, u64); 9] = [
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("TB", 1_000_000_000_000),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("kB", 1_000),
    ("B", 1),
];

impl ByteSize {
    /// `count` times 1,024 bytes.
    pub const fn kib(count: u64) -> Self {
        Self(count << 10)
    }

    /// `count` times 1,048,576 bytes.
    pub const fn mib(count: u64) -> Self {
        Self(count << 20)
    }

    /// The number of bytes.
    pub const fn bytes(self) -> u64 {
        self.0
    }

    /// The number of bytes as a length in memory; capped at `usize::MAX` on a 32-bit machine.
    pub fn as_usize(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exact = SIZES.iter().find(|(_, size)| self.0 >= *size && self.0.is_multiple_of(*size));
        let (unit, size) = exact.copied().unwrap_or(("B", 1));
        write!(f, "{}{unit}", self.0 / size)
    }
}

impl Unit for ByteSize {
    const ALLOWED: &'static str = "a whole number with its unit, such as `64KiB`, `16 MiB`, `1GiB` or `10MB`";

    fn parse(text: &str) -> Result<Self, String> {
        let (number, unit) = split_number(text);
        let number: u64 = number.parse().map_err(|_| format!("`{text}` is no size"))?;
        if unit.is_empty() {
            return Self::from_number(number);
        }
        let size = SIZES.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit));
        let (_, size) = size.ok_or_else(|| format!("`{unit}` is no unit of size"))?;
        number.checked_mul(*size).map(Self).ok_or_else(|| format!("`{text}` is too large"))
    }

    fn render(&self) -> String {
        self.to_string()
    }
}

/// Splits `16 MiB` into `16` and `MiB`.
fn split_number(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    (number, unit.trim_start())
}
