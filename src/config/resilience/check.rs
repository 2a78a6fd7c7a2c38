//! What the types of these sections cannot say: ranges, and keys that must agree.

use std::time::Duration;

use super::{Callers, DriverResilience, Fallback, ResilienceOverrides};
use crate::config::{
    Config,
    check::{MAX_DURATION, Rules},
    tree::{KeyPath, printable},
    units::Percent,
};

/// The rules of these sections, for all drivers and for each that overrides something.
pub(in crate::config) fn check(config: &Config, rules: &mut Rules) {
    let all = KeyPath::dotted("resilience");
    sections(&ResilienceOverrides::default().resolve(&config.resilience), |key| all.then(key), rules);
    callers(&config.resilience.callers, &all, rules);
    fallbacks(&config.resilience.fallbacks, &all, rules);
    for (name, driver) in &config.drivers {
        let (own, overrides) = (KeyPath::dotted("drivers").key(name).then("resilience"), &driver.resilience);
        let sets = |key: &str| match key.split_once('.') {
            Some(("retry", field)) => overrides.retry.sets(field),
            Some(("breaker", field)) => overrides.breaker.sets(field),
            Some(("admission", field)) => overrides.admission.sets(field),
            _ => false,
        };
        let mut found = Rules::default();
        let place = |key: &str| if sets(key) { own.then(key) } else { all.then(key) };
        sections(&overrides.resolve(&config.resilience), place, &mut found);
        // What the driver inherits was checked above.
        rules.take_those_about(&own, found);
    }
}

fn sections(values: &DriverResilience, key: impl Fn(&str) -> KeyPath, rules: &mut Rules) {
    let tick = Duration::from_millis(1);
    let retry = &values.retry;
    rules.within(key("retry.attempts"), retry.attempts, 1..=100);
    rules.within(key("retry.first_delay"), retry.first_delay, tick..=MAX_DURATION);
    rules.within(key("retry.longest_delay"), retry.longest_delay, tick..=MAX_DURATION);
    rules.within(key("retry.within"), retry.within, Duration::ZERO..=MAX_DURATION);
    rules.within(key("retry.budget"), retry.budget, Percent(0)..=Percent(100));
    rules.within(key("retry.budget_burst"), retry.budget_burst, 1..=1_000_000);
    rules.ordered(
        (key("retry.first_delay"), retry.first_delay),
        (key("retry.longest_delay"), retry.longest_delay),
    );

    let breaker = &values.breaker;
    let span = Duration::from_millis(10)..=MAX_DURATION;
    rules.within(key("breaker.window"), breaker.window, span.clone());
    rules.within(key("breaker.min_calls"), breaker.min_calls, 1..=1_000_000);
    rules.within(key("breaker.error_rate"), breaker.error_rate, Percent(1)..=Percent(100));
    rules.within(key("breaker.slow_call"), breaker.slow_call, Duration::ZERO..=MAX_DURATION);
    rules.within(key("breaker.slow_rate"), breaker.slow_rate, Percent(1)..=Percent(100));
    rules.within(key("breaker.open_for"), breaker.open_for, span.clone());
    rules.within(key("breaker.open_longest"), breaker.open_longest, span);
    rules.within(key("breaker.probes"), breaker.probes, 1..=1000);
    rules.within(key("breaker.close_after"), breaker.close_after, 1..=1000);
    rules.within(key("breaker.patience"), breaker.patience, Duration::ZERO..=MAX_DURATION);
    rules.ordered(
        (key("breaker.open_for"), breaker.open_for),
        (key("breaker.open_longest"), breaker.open_longest),
    );

    let admission = &values.admission;
    rules.within(key("admission.burst"), admission.burst, 1..=1_000_000);
    rules.within(key("admission.concurrent"), admission.concurrent, 1..=1_000_000);
    rules.within(key("admission.waiting"), admission.waiting, 0..=1_000_000);
    rules.within(key("admission.wait"), admission.wait, Duration::ZERO..=MAX_DURATION);
}

fn callers(callers: &Callers, all: &KeyPath, rules: &mut Rules) {
    let key = |name: &str| all.then("callers").then(name);
    rules.within(key("burst"), callers.burst, 1..=1_000_000);
    rules.within(key("concurrent"), callers.concurrent, 1..=1_000_000);
    rules.within(key("waiting"), callers.waiting, 0..=1_000_000);
    rules.within(key("wait"), callers.wait, Duration::ZERO..=MAX_DURATION);
    rules.within(key("known"), callers.known, 1..=1_000_000);
}

fn fallbacks(fallbacks: &[Fallback], all: &KeyPath, rules: &mut Rules) {
    let key = all.then("fallbacks");
    rules.within(key.clone(), fallbacks.len(), 0..=1024);
    for (index, rule) in fallbacks.iter().enumerate() {
        let key = key.index(index);
        let Fallback { device, fallback, .. } = rule;
        let same = |other: &Fallback| other.device == *device && other.fallback == *fallback;
        let problem = if device.is_empty() || fallback.is_empty() {
            "a device has no name".to_owned()
        } else if device == fallback {
            format!("`{}` cannot take over from itself", printable(device))
        } else if fallbacks[..index].iter().any(same) {
            format!("`{}` is already a fallback of this device", printable(fallback))
        } else {
            continue;
        };
        rules.broken(key, vec![], problem, "two different devices, each pair once".to_owned());
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::path::Path;

    use super::*;
    use crate::config::RetryConfig;

    fn load(text: &str) -> Result<Config, String> {
        Config::from_yaml(text, Path::new("dm.yaml"), &|_| None).map_err(|errors| errors.to_string())
    }

    #[test]
    fn a_driver_overrides_single_keys_and_inherits_the_others() {
        let config = load(
            "resilience: {retry: {attempts: 3}}\n\
             drivers: {ibm: {resilience: {retry: {budget: 10%}, breaker: {slow_call: 30s}}}}",
        )
        .unwrap();
        let (ibm, other) = (config.resilience_of("ibm"), config.resilience_of("other"));
        assert_eq!((ibm.retry.attempts, ibm.retry.budget), (3, Percent(10)));
        assert_eq!((other.retry.attempts, other.retry.budget), (3, RetryConfig::default().budget));
        assert_eq!(ibm.breaker.slow_call, Duration::from_secs(30));
    }

    #[test]
    fn mistakes_are_shown_where_they_were_written() {
        for (text, start) in [
            (
                "resilience: {retry: {first_delay: 1m}}",
                "dm.yaml:1:22: resilience.retry.first_delay: 1m is more than `resilience.retry.longest_delay`",
            ),
            (
                "drivers: {a: {resilience: {breaker: {open_longest: 1s}}}}",
                "dm.yaml:1:38: resilience.breaker.open_for: 5s is more than `drivers.a.resilience.breaker.open_longest`",
            ),
            (
                "resilience: {admission: {rate: 100}}",
                "dm.yaml:1:32: resilience.admission.rate: the bare number 100 names no period",
            ),
            (
                "resilience: {fallbacks: [{device: a, fallback: a}]}",
                "dm.yaml:1:26: resilience.fallbacks[0]: `a` cannot take over from itself",
            ),
            (
                "resilience: {fallbacks: [{device: a, fallback: b, on: [INVALID_ARGUMENT]}]}",
                "dm.yaml:1:56: resilience.fallbacks[0].on[0]: unknown value `INVALID_ARGUMENT`",
            ),
        ] {
            let line = load(text).unwrap_err();
            assert!(line.starts_with(start), "{text}\ngave {line}\nshould start with {start}");
            assert_eq!(line.lines().count(), 1, "{line}");
        }
    }

    #[test]
    fn a_wrong_value_for_all_is_reported_once_not_for_every_driver() {
        let text = "resilience: {breaker: {probes: 0}}\ndrivers: {a: {resilience: {retry: {attempts: 2}}}}";
        assert_eq!(load(text).unwrap_err().lines().count(), 1);
    }
}
