//! What a request says about the result cache, as `dm.cache`.

/// How a request uses the result cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CacheMode {
    /// Remembered results count if the run would come out the same again.
    #[default]
    Auto,
    /// Remembered results count even if the run is random, and this one is remembered.
    Use,
    /// Nothing is read and nothing is remembered.
    Bypass,
    /// The run is made anew, and remembered even if it is random.
    Refresh,
    /// Only a remembered result counts; nothing is run.
    Only,
}

impl CacheMode {
    /// Reads the option: `use`, `bypass`, `refresh` or `only`, in any case.
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "use" => Some(Self::Use),
            "bypass" => Some(Self::Bypass),
            "refresh" => Some(Self::Refresh),
            "only" => Some(Self::Only),
            _ => None,
        }
    }

    /// Whether the cache is concerned at all with a run that is, or is not, the same every time.
    pub(super) fn takes_part(self, deterministic: bool) -> bool {
        match self {
            Self::Auto => deterministic,
            Self::Bypass => false,
            Self::Use | Self::Refresh | Self::Only => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_random_run_takes_part_only_if_its_caller_asks_for_it() {
        assert!(CacheMode::Auto.takes_part(true) && !CacheMode::Auto.takes_part(false));
        for text in ["use", "refresh", " ONLY "] {
            assert_eq!(CacheMode::parse(text).map(|mode| mode.takes_part(false)), Some(true), "{text}");
        }
        assert_eq!(CacheMode::parse("bypass").map(|mode| mode.takes_part(true)), Some(false));
        assert_eq!(CacheMode::parse("sometimes"), None);
    }
}
