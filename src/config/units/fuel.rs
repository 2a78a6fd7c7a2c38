//! How much a guest may compute.

use super::Unit;

/// How much a guest may compute in one call: a number of fuel units (about one WebAssembly instruction
/// each, a billion take some 85 ms), or `unlimited` when only the deadline bounds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FuelBudget {
    /// So many units a call.
    Units(u64),
    /// Bounded by the call's deadline alone.
    Unlimited,
}

impl FuelBudget {
    /// The number of units, `None` when unlimited.
    pub fn units(self) -> Option<u64> {
        match self {
            Self::Units(units) => Some(units),
            Self::Unlimited => None,
        }
    }
}

impl Unit for FuelBudget {
    const ALLOWED: &'static str = "a whole number of fuel units such as `100_000_000_000`, or `unlimited`";

    fn parse(text: &str) -> Result<Self, String> {
        if text.eq_ignore_ascii_case("unlimited") {
            return Ok(Self::Unlimited);
        }
        let digits = text.replace('_', "");
        digits.parse().map(Self::Units).map_err(|_| format!("`{text}` is no fuel budget"))
    }

    fn render(&self) -> String {
        match self {
            Self::Units(units) => units.to_string(),
            Self::Unlimited => "unlimited".to_owned(),
        }
    }

    fn from_number(number: u64) -> Result<Self, String> {
        Ok(Self::Units(number))
    }
}
