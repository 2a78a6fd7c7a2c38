//! Quantities with their unit in the type: durations, sizes, percentages, fuel.
//!
//! Owns how a quantity is written in the file. The invariant: what [`Unit::render`] writes,
//! [`Unit::parse`] reads back unchanged, so a rendered configuration is a valid one. A bare number is
//! refused where a unit is due, because `timeout: 30` is read as seconds by one person and as
//! milliseconds by the next.
//!
//! Durations are `humantime`'s. Sizes are our own few lines: the usual crate takes a bare number, makes the
//! largest size of one that overflows, and rounds when it prints.

mod fuel;
mod rate;
mod ratio;
mod share;
mod size;

use std::{fmt, net::SocketAddr, time::Duration};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

pub use fuel::FuelBudget;
pub use rate::Rate;
pub use ratio::Ratio;
pub use share::{MemoryShare, Percent};
pub use size::ByteSize;

use super::plugins::PublicKey;
use crate::model::Digest;

/// A value written as text with a unit or a fixed shape.
pub(crate) trait Unit: Sized {
    /// What may be written, as a noun phrase with examples: the "allowed" part of an error.
    const ALLOWED: &'static str;

    /// Reads the text; the error is the problem as a sentence fragment.
    fn parse(text: &str) -> Result<Self, String>;

    /// Writes the value so that [`Unit::parse`] gives it back.
    fn render(&self) -> String;

    /// Takes a number written without a unit, where that has a meaning.
    fn from_number(number: u64) -> Result<Self, String> {
        Err(format!("the bare number {number} has no unit"))
    }
}

/// `#[serde(with = "units::text")]` for every [`Unit`] and every optional one.
pub(crate) mod text {
    use super::{Deserializer, Field, Serializer};

    pub(crate) fn serialize<T: Field, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        value.write(serializer)
    }

    pub(crate) fn deserialize<'de, T: Field, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        T::read(deserializer)
    }
}

/// A [`Unit`] or an `Option` of one, so that one serde helper serves required and optional fields.
pub(crate) trait Field: Sized {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
}

impl<T: Unit> Field for T {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UnitVisitor(std::marker::PhantomData))
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.render())
    }
}

impl<T: Unit> Field for Option<T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Wrapper<T>(T);
        impl<'de, T: Unit> Deserialize<'de> for Wrapper<T> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                T::read(deserializer).map(Wrapper)
            }
        }
        Ok(Option::<Wrapper<T>>::deserialize(deserializer)?.map(|wrapper| wrapper.0))
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Some(value) => value.write(serializer),
            None => serializer.serialize_none(),
        }
    }
}

struct UnitVisitor<T>(std::marker::PhantomData<T>);

impl<T: Unit> UnitVisitor<T> {
    /// Joins problem and remedy with the marker that the error renderer splits at.
    fn refuse<E: de::Error>(problem: &str) -> E {
        E::custom(format!("{problem}{ALLOWED_MARK}{}", T::ALLOWED))
    }
}

/// Stands between the problem and what is allowed in an error that crosses serde's string-only border.
pub(crate) const ALLOWED_MARK: &str = "\u{1f}";

/// An error of ours as a sentence, where it is not taken apart.
pub fn readable(error: &str) -> String {
    error.replace(ALLOWED_MARK, "; allowed: ")
}

impl<T: Unit> de::Visitor<'_> for UnitVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::ALLOWED)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        T::parse(text.trim()).map_err(|problem| Self::refuse(&problem))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<T, E> {
        T::from_number(number).map_err(|problem| Self::refuse(&problem))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<T, E> {
        Err(Self::refuse(&format!("{number} is not such a value")))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<T, E> {
        Err(Self::refuse(&format!("{number} is not such a value")))
    }
}

/// Derives `Serialize` and `Deserialize` from [`Unit`] for a type of ours.
macro_rules! serde_through_unit {
    ($($name:ty),+) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.write(serializer)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::read(deserializer)
            }
        }
    )+};
}

serde_through_unit!(ByteSize, Percent, MemoryShare, FuelBudget, Rate, PublicKey, Digest);

// === impl for std types ===

impl Unit for Duration {
    const ALLOWED: &'static str = "a duration with its unit, such as `1500ms`, `30s`, `5m` or `24h`";

    fn parse(text: &str) -> Result<Self, String> {
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(format!("the bare number {text} has no unit"));
        }
        humantime::parse_duration(text).map_err(|_| format!("`{text}` is no duration"))
    }

    fn render(&self) -> String {
        humantime::format_duration(*self).to_string()
    }
}

impl Unit for SocketAddr {
    const ALLOWED: &'static str = "a numeric address and a port, such as `127.0.0.1:50061` or `[::1]:50061`";

    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| format!("`{text}` is no socket address"))
    }

    fn render(&self) -> String {
        self.to_string()
    }

    fn from_number(number: u64) -> Result<Self, String> {
        Err(format!("{number} is no socket address"))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sizes_are_read_with_binary_and_decimal_units_and_with_or_without_a_space() {
        for (text, bytes) in [
            ("64MiB", 64 << 20),
            ("16 KiB", 16 << 10),
            ("1GiB", 1 << 30),
            ("10MB", 10_000_000),
            ("3kb", 3_000),
            ("7B", 7),
        ] {
            assert_eq!(ByteSize::parse(text), Ok(ByteSize(bytes)), "{text}");
        }
    }

    #[test]
    fn a_size_without_unit_with_an_unknown_unit_or_beyond_64_bits_is_refused() {
        for text in ["64", "", "MiB", "-1MiB", "1.5GiB", "64 M", "64 MiB extra", "99999999TiB"] {
            assert!(ByteSize::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn durations_need_a_unit() {
        assert_eq!(Duration::parse("1500ms"), Ok(Duration::from_millis(1500)));
        assert_eq!(Duration::parse("24h"), Ok(Duration::from_hours(24)));
        for text in ["30", "0", "", "soon", "-1s", "999999999999999999999h"] {
            assert!(Duration::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn percentages_end_at_a_hundred() {
        assert_eq!(Percent::parse("25%"), Ok(Percent(25)));
        for text in ["25", "101%", "-1%", "2.5%", "%", "999%"] {
            assert!(Percent::parse(text).is_err(), "{text}");
        }
        assert_eq!(Percent(50).of(ByteSize(u64::MAX)), ByteSize(u64::MAX / 2));
    }

    proptest! {
        #[test]
        fn what_is_rendered_is_read_back_unchanged(bytes: u64, percent in 0u8..=100, millis: u32, fuel: u64) {
            prop_assert_eq!(ByteSize::parse(&ByteSize(bytes).render()).unwrap(), ByteSize(bytes));
            prop_assert_eq!(Percent::parse(&Percent(percent).render()).unwrap(), Percent(percent));
            let duration = Duration::from_millis(u64::from(millis));
            prop_assert_eq!(Duration::parse(&duration.render()).unwrap(), duration);
            prop_assert_eq!(FuelBudget::parse(&fuel.to_string()).unwrap(), FuelBudget::Units(fuel));
        }
    }
}
