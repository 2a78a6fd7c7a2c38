//! Shares finer than a percent.

use super::Unit;

/// A share from none to all. Written `100%`, `1%`, `0.1%`.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Ratio(f64);

impl Ratio {
    /// All of it.
    pub const ALL: Self = Self(1.0);
    /// None of it.
    pub const NONE: Self = Self(0.0);

    /// The share as a number from 0 to 1.
    pub fn get(self) -> f64 {
        self.0
    }

    /// The share that a number from 0 to 1 means.
    pub fn new(share: f64) -> Option<Self> {
        (0.0..=1.0).contains(&share).then_some(Self(share))
    }
}

impl Unit for Ratio {
    const ALLOWED: &'static str = "a percentage such as `1%` or `0.1%`, `0%` to `100%`";

    fn parse(text: &str) -> Result<Self, String> {
        let number = text.strip_suffix('%').ok_or_else(|| format!("`{text}` has no percent sign"))?;
        let number: f64 = number.trim_end().parse().map_err(|_| format!("`{text}` is no percentage"))?;
        Self::new(number / 100.0).ok_or_else(|| format!("`{text}` is not between none and all"))
    }

    fn render(&self) -> String {
        // Rounded where it is no longer what someone wrote but what the division by a hundred left over.
        format!("{}%", (self.0 * 1e14).round() / 1e12)
    }

    fn from_number(number: u64) -> Result<Self, String> {
        Err(format!("the bare number {number} has no percent sign"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for text in ["0%", "0.1%", "0.7%", "1%", "33.3%", "100%"] {
            assert_eq!(Ratio::parse(text).map(|ratio| ratio.render()), Ok(text.to_owned()));
        }
        for wrong in ["", "1", "101%", "-1%", "NaN%", "a%"] {
            assert!(Ratio::parse(wrong).is_err(), "{wrong}");
        }
    }
}
