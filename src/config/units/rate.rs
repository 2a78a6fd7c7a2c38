//! How often something may happen.

use std::num::NonZeroU32;
use std::time::Duration;

use super::Unit;

/// How often something may happen, on average: so many times in a second, minute or hour. Written
/// `100/s`, `30/min`, `5/h`, or `unlimited`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rate {
    /// So many times in each such period.
    Times(NonZeroU32, Duration),
    /// As often as one likes.
    Unlimited,
}

const PERIODS: [(&str, Duration); 3] =
    [("s", Duration::from_secs(1)), ("min", Duration::from_mins(1)), ("h", Duration::from_hours(1))];

impl Unit for Rate {
    const ALLOWED: &'static str = "a rate such as `100/s`, `30/min` or `5/h`, or `unlimited`";

    fn parse(text: &str) -> Result<Self, String> {
        if text.eq_ignore_ascii_case("unlimited") {
            return Ok(Self::Unlimited);
        }
        let (times, unit) = text.split_once('/').ok_or_else(|| format!("`{text}` is no rate"))?;
        let times = times.trim_end().replace('_', "").parse().map_err(|_| format!("`{text}` is no rate"))?;
        let times = NonZeroU32::new(times).ok_or("a rate of 0 lets nothing through")?;
        let period = PERIODS.iter().find(|(name, _)| *name == unit.trim_start());
        let (_, period) = period.ok_or_else(|| format!("`{unit}` is no period of a rate"))?;
        Ok(Self::Times(times, *period))
    }

    fn render(&self) -> String {
        match self {
            Self::Unlimited => "unlimited".to_owned(),
            Self::Times(times, period) => {
                let unit = PERIODS.iter().find(|(_, length)| length == period).map_or("s", |(name, _)| name);
                format!("{times}/{unit}")
            }
        }
    }

    fn from_number(number: u64) -> Result<Self, String> {
        Err(format!("the bare number {number} names no period"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_as_they_are_written() {
        for text in ["100/s", "30/min", "5/h", "unlimited"] {
            assert_eq!(Rate::parse(text).map(|rate| rate.render()).as_deref(), Ok(text));
        }
        assert_eq!(Rate::parse("1_000 / s"), Rate::parse("1000/s"));
    }

    #[test]
    fn what_names_no_number_or_no_period_is_refused() {
        for text in ["", "100", "/s", "0/s", "-1/s", "1.5/s", "5/d", "5/", "s/5", "99999999999/s"] {
            assert!(Rate::parse(text).is_err(), "{text}");
        }
    }
}
