//! The options that the host itself understands; all others pass through unread.

use std::time::Duration;

use super::validate::Violations;
use crate::cache::CacheMode;
use crate::model::Properties;
use crate::resilience::failover;

/// Known options, typed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    /// `seed`: unsigned decimal.
    pub(super) seed: Option<u64>,
    /// The smaller of `dm.timeout` and the older `timeout_sec`.
    pub(super) timeout: Option<Duration>,
    /// `dm.cache`: what the result cache may do.
    pub(super) cache: CacheMode,
    /// `dm.failover`: whether another device may take over.
    pub(super) failover: failover::Mode,
    /// `dm.on_deadline`: what becomes of a job that is at the provider when the deadline passes.
    pub(super) on_deadline: OnDeadline,
    /// `non_idempotent` is there: the caller does not want it executed twice, wherever it runs.
    pub(super) non_idempotent: bool,
    /// `simulate_error` is there: whatever goes wrong was asked for.
    pub(super) wants_error: bool,
}

/// What becomes of a job that is at the provider when the deadline passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum OnDeadline {
    /// The provider is asked to cancel it.
    #[default]
    Cancel,
    /// It goes on, and the answer names it.
    Detach,
}

/// Reads the known options; what does not parse is a violation.
pub(super) fn read(options: &Properties, violations: &mut Violations) -> Known {
    let seed = options.get("seed").and_then(|text| {
        let decimal = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let seed = text.parse().ok().filter(|_| decimal);
        if seed.is_none() {
            violations.add("options.seed", "must be an unsigned decimal number below 2^64");
        }
        seed
    });
    let timeouts = ["dm.timeout", "timeout_sec"].map(|key| {
        let text = options.get(key)?;
        let parsed = timeout(text);
        if parsed.is_none() {
            violations.add(
                &format!("options.{key}"),
                "must be a positive duration, such as 30s or 1500ms, or seconds",
            );
        }
        parsed
    });
    Known {
        seed,
        timeout: timeouts.into_iter().flatten().min(),
        cache: word(options, "dm.cache", CacheMode::parse, "use, bypass, refresh or only", violations),
        failover: word(options, "dm.failover", failover::Mode::parse, "auto or never", violations),
        on_deadline: word(options, "dm.on_deadline", on_deadline, "cancel or detach", violations),
        non_idempotent: options.contains_key("non_idempotent"),
        wants_error: options.contains_key("simulate_error"),
    }
}

/// One of a few words; the default if it is not given, or is none of them, which is a violation.
fn word<T: Default>(
    options: &Properties,
    key: &str,
    parse: impl Fn(&str) -> Option<T>,
    allowed: &str,
    violations: &mut Violations,
) -> T {
    let Some(text) = options.get(key) else { return T::default() };
    parse(text).unwrap_or_else(|| {
        violations.add(&format!("options.{key}"), format!("must be {allowed}"));
        T::default()
    })
}

fn on_deadline(text: &str) -> Option<OnDeadline> {
    match text.trim().to_ascii_lowercase().as_str() {
        "cancel" => Some(OnDeadline::Cancel),
        "detach" => Some(OnDeadline::Detach),
        _ => None,
    }
}

/// A bare number means seconds.
fn timeout(text: &str) -> Option<Duration> {
    let text = text.trim();
    let duration = match text.parse::<f64>() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).ok()?,
        Err(_) => humantime::parse_duration(text).ok()?,
    };
    Some(duration).filter(|duration| !duration.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(pairs: &[(&str, &str)]) -> (Known, bool) {
        let options = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let mut violations = Violations::default();
        let known = read(&options, &mut violations);
        (known, violations.finish().is_ok())
    }

    #[test]
    fn the_smaller_of_two_timeouts_counts() {
        let (known, fine) = known(&[("dm.timeout", "1500ms"), ("timeout_sec", "3")]);
        assert!(fine);
        assert_eq!(known.timeout, Some(Duration::from_millis(1500)));
    }

    #[test]
    fn a_seed_is_an_unsigned_decimal_and_nothing_else() {
        assert_eq!(known(&[("seed", "18446744073709551615")]).0.seed, Some(u64::MAX));
        for wrong in ["", "-1", "+1", "0x10", "1.0", "seven", "18446744073709551616", " 7"] {
            assert!(!known(&[("seed", wrong)]).1, "{wrong:?} was taken");
        }
    }

    #[test]
    fn unknown_options_mean_nothing() {
        assert_eq!(known(&[("dm.unheard_of", "x"), ("colour", "blue")]), (Known::default(), true));
    }

    #[test]
    fn a_word_that_is_not_known_is_a_violation() {
        for key in ["dm.cache", "dm.failover", "dm.on_deadline"] {
            assert!(!known(&[(key, "perhaps")]).1, "{key}");
        }
        let (known, fine) = known(&[("dm.cache", "Only"), ("dm.failover", "never"), ("non_idempotent", "")]);
        assert!(fine && known.non_idempotent);
        assert_eq!((known.cache, known.failover), (CacheMode::Only, failover::Mode::Never));
    }

    #[test]
    fn a_timeout_that_is_no_duration_is_a_violation() {
        for wrong in ["", "soon", "-3", "0", "NaN", "inf", "1e300"] {
            assert!(!known(&[("dm.timeout", wrong)]).1, "{wrong:?} was taken");
        }
    }
}
