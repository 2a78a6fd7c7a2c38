//! The operator's settings of the simulator, `drivers.simulator.settings`.

use eigen_qdriver::{Error, Properties};

/// The settings, with their defaults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// `devices`: the ids under which the simulator is offered, as a comma list.
    pub devices: Vec<String>,
    /// `default_seed`: the seed of requests without one; drawn at random if absent.
    pub default_seed: Option<u64>,
    /// `precision`: `double` (complex128, the default) or `single` (complex64, half the memory); a request's
    /// option `precision` goes before it.
    pub precision: Precision,
    /// `fault_injection`: whether requests may ask for an error by their option `simulate_error`.
    pub fault_injection: bool,
}

/// The precision of amplitudes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Precision {
    /// 53 bits.
    #[default]
    Double,
    /// 24 bits.
    Single,
}

impl Precision {
    /// Reads `double` or `single`, in any case.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.trim().to_ascii_lowercase().as_str() {
            "double" => Ok(Self::Double),
            "single" => Ok(Self::Single),
            _ => Err(format!("`{text}` is neither `double` nor `single`")),
        }
    }

    /// What an amplitude is called.
    #[must_use]
    pub fn amplitude(self) -> &'static str {
        match self {
            Self::Double => "complex128",
            Self::Single => "complex64",
        }
    }
}

/// The longest device id that the interface allows, in bytes.
const LONGEST_ID: usize = 256;

const KEYS: [&str; 4] = ["devices", "default_seed", "precision", "fault_injection"];

impl Default for Settings {
    fn default() -> Self {
        Self {
            devices: ["sim:local", "cluster:auto", "runtime:deterministic"].map(String::from).to_vec(),
            default_seed: None,
            precision: Precision::Double,
            fault_injection: false,
        }
    }
}

impl Settings {
    /// Reads the settings. Errors: `invalid-argument` naming each key that is wrong.
    pub fn parse(properties: &Properties) -> Result<Self, Error> {
        let mut settings = Self::default();
        let mut wrong = Vec::new();
        for (key, value) in properties {
            if let Err(problem) = settings.set(key, value.trim()) {
                wrong.push(format!("{key}: {problem}"));
            }
        }
        if wrong.is_empty() { Ok(settings) } else { Err(Error::invalid_argument(wrong.join("; "))) }
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        match key {
            "devices" => self.devices = device_ids(value)?,
            "default_seed" => {
                let seed =
                    value.parse().map_err(|_| format!("`{value}` is not a number from 0 to 2^64 - 1"))?;
                self.default_seed = Some(seed);
            }
            "precision" => self.precision = Precision::parse(value)?,
            "fault_injection" => {
                self.fault_injection = match value {
                    "true" => true,
                    "false" => false,
                    _ => return Err(format!("`{value}` is neither `true` nor `false`")),
                };
            }
            unknown => return Err(unknown_key(unknown)),
        }
        Ok(())
    }
}

fn device_ids(list: &str) -> Result<Vec<String>, String> {
    let mut ids: Vec<String> = Vec::new();
    for id in list.split(',').map(str::trim) {
        if id.is_empty() || id.len() > LONGEST_ID || id.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(format!("an id has 1 to {LONGEST_ID} bytes and no white space, unlike `{id}`"));
        }
        if ids.iter().any(|known| known == id) {
            return Err(format!("`{id}` stands there twice"));
        }
        ids.push(id.to_owned());
    }
    Ok(ids)
}

fn unknown_key(key: &str) -> String {
    let closest =
        KEYS.into_iter().max_by(|a, b| strsim::jaro_winkler(a, key).total_cmp(&strsim::jaro_winkler(b, key)));
    match closest {
        Some(known) if strsim::jaro_winkler(known, key) > 0.75 => {
            format!("no such setting; did you mean `{known}`?")
        }
        _ => format!("no such setting; there are `{}`", KEYS.join("`, `")),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use eigen_qdriver::ErrorCode;

    use super::*;

    fn parse(pairs: &[(&str, &str)]) -> Result<Settings, Error> {
        Settings::parse(&pairs.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect())
    }

    #[test]
    fn without_settings_the_three_usual_devices_draw_random_seeds_and_inject_no_faults() {
        assert_eq!(parse(&[]).unwrap(), Settings::default());
    }

    #[test]
    fn every_setting_is_read() {
        let settings = parse(&[
            ("devices", "a, b:c"),
            ("default_seed", "18446744073709551615"),
            ("precision", "single"),
            ("fault_injection", "true"),
        ]);
        let expected = Settings {
            devices: vec!["a".into(), "b:c".into()],
            default_seed: Some(u64::MAX),
            precision: Precision::Single,
            fault_injection: true,
        };
        assert_eq!(settings.unwrap(), expected);
    }

    #[test]
    fn all_mistakes_come_in_one_error() {
        let error =
            parse(&[("defualt_seed", "1"), ("default_seed", "-1"), ("fault_injection", "yes"), ("zzz", "")])
                .unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidArgument);
        for part in
            ["defualt_seed: no such setting; did you mean `default_seed`?", "`-1`", "`yes`", "zzz: no such"]
        {
            assert!(error.message.contains(part), "{part} is missing in {}", error.message);
        }
    }

    #[test]
    fn ids_that_are_empty_doubled_or_too_long_are_refused() {
        for list in ["", "a,,b", "a, a", "a b", &"x".repeat(257)] {
            assert!(parse(&[("devices", list)]).is_err(), "`{list}` was accepted");
        }
    }
}
