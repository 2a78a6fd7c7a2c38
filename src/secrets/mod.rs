//! Secrets: where they come from, and a type that keeps them to itself.
//!
//! The invariant: a secret is never printed, compared or copied by accident, and its bytes are overwritten when
//! it goes. It is fetched when it is needed and not before, so that a rotated one is taken up by itself.

mod core_files;
mod source;
mod veil;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::config::SecretSource;
use source::Source;
pub use source::{CommandPatience, SecretError};
pub use veil::Veil;

/// Text that is not to be seen.
#[derive(Clone)]
pub struct Secret(Arc<Zeroizing<String>>);

impl Secret {
    /// Takes a text.
    pub fn new(text: String) -> Self {
        Self(Arc::new(Zeroizing::new(text)))
    }

    /// The text, for the one place that sends it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The secrets that the configuration names.
#[derive(Debug, Default)]
pub struct Secrets(BTreeMap<String, Source>);

impl Secrets {
    /// Those of a configuration; nothing is fetched yet. A process that has secrets leaves no core file.
    pub fn new(sources: &BTreeMap<String, SecretSource>, patience: CommandPatience) -> Self {
        if !sources.is_empty() {
            core_files::prevent();
        }
        Self(sources.iter().map(|(name, source)| (name.clone(), Source::new(source, patience))).collect())
    }

    /// Fetches a secret. Blocking: it may read a file or run a command.
    ///
    /// # Errors
    /// If there is none of that name, or its source does not give it. The error never holds what it gave.
    pub fn fetch(&self, name: &str) -> Result<Secret, SecretError> {
        self.0.get(name).ok_or(SecretError::Unknown)?.fetch()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::time::Duration;

    use super::*;

    fn secrets(source: SecretSource) -> Secrets {
        let patience = CommandPatience { timeout: Duration::from_secs(10), ttl: Duration::from_mins(5) };
        Secrets::new(&[("key".to_owned(), source)].into(), patience)
    }

    #[test]
    fn a_secret_does_not_show() {
        let secret = Secret::new("hunter2".to_owned());
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        assert_eq!(secret.reveal(), "hunter2");
    }

    #[test]
    fn a_file_is_read_again_when_it_has_changed() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "first\n").unwrap();
        let secrets = secrets(SecretSource { file: Some(file.path().to_owned()), ..SecretSource::default() });
        assert_eq!(secrets.fetch("key").unwrap().reveal(), "first");
        let beside = file.path().with_extension("new");
        std::fs::write(&beside, "second").unwrap();
        std::fs::rename(&beside, file.path()).unwrap();
        assert_eq!(secrets.fetch("key").unwrap().reveal(), "second");
    }

    #[test]
    fn a_command_s_output_is_the_secret_and_its_failure_says_nothing_of_it() {
        let run = |words: &[&str]| {
            let command = Some(words.iter().map(|word| (*word).to_owned()).collect());
            secrets(SecretSource { command, ..SecretSource::default() }).fetch("key")
        };
        assert_eq!(run(&["printf", "tok\n"]).unwrap().reveal(), "tok");
        let failed = run(&["sh", "-c", "echo hunter2; echo hunter2 >&2; exit 3"]).unwrap_err().to_string();
        assert!(!failed.contains("hunter2") && failed.contains('3'), "{failed}");
        assert!(run(&["/no/such/program"]).is_err());
    }

    #[test]
    fn what_is_empty_or_could_end_a_header_is_no_secret() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let secrets = secrets(SecretSource { file: Some(file.path().to_owned()), ..SecretSource::default() });
        for wrong in ["", "\n", "two\nlines", "a\0b"] {
            std::fs::write(file.path(), wrong).unwrap();
            assert!(secrets.fetch("key").is_err(), "{wrong:?}");
        }
        assert!(matches!(secrets.fetch("other"), Err(SecretError::Unknown)));
    }
}
