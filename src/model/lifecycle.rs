//! A generation's life, and the reasons for which a driver is refused.
//!
//! The life is a pure state machine: [`Stage::after`] says where an event leads, and that an event is
//! impossible where it is. Names of states and reasons are the platform's and part of the contract.

use std::fmt;

/// Where a generation is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Found, not read yet.
    Discovered,
    /// Manifest read, accepted as a candidate.
    Registered,
    /// Verified, compiled and probed.
    Validated,
    /// Answers requests.
    Active,
    /// Finishes its calls, gets no new ones.
    Draining,
    /// Out of service, in good order.
    Deactivated,
    /// Failed; the operator acts.
    Error,
    /// Not trusted; never compiled.
    Quarantined,
}

/// What happens to a generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Happening {
    /// Its manifest was read.
    Registered,
    /// It passed verification, preflight, compilation and probe.
    Validated,
    /// It was published.
    Published,
    /// Another generation took over, or it is taken out of service.
    Withdrawn,
    /// Its last call has ended.
    Drained,
    /// It is brought back after it had served.
    Restored,
    /// A step failed.
    Failed,
    /// It is not trusted.
    Distrusted,
}

/// An event that cannot happen in a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a generation that is {stage} cannot be {happening:?}")]
pub struct Impossible {
    /// Where the generation is.
    pub stage: Stage,
    /// What was to happen.
    pub happening: Happening,
}

impl Stage {
    /// Where an event leads.
    pub fn after(self, happening: Happening) -> Result<Self, Impossible> {
        use Happening as H;
        Ok(match (self, happening) {
            (Self::Discovered, H::Registered) => Self::Registered,
            (Self::Registered, H::Validated) | (Self::Deactivated, H::Restored) => Self::Validated,
            (Self::Validated, H::Published) => Self::Active,
            (Self::Active, H::Withdrawn) => Self::Draining,
            (Self::Draining, H::Drained) => Self::Deactivated,
            (Self::Discovered | Self::Registered | Self::Validated | Self::Active, H::Failed) => Self::Error,
            (Self::Discovered | Self::Registered, H::Distrusted) => Self::Quarantined,
            (stage, happening) => return Err(Impossible { stage, happening }),
        })
    }

    /// The name in the contract.
    pub fn name(self) -> &'static str {
        match self {
            Self::Discovered => "DISCOVERED",
            Self::Registered => "REGISTERED",
            Self::Validated => "VALIDATED",
            Self::Active => "ACTIVE",
            Self::Draining => "DRAINING",
            Self::Deactivated => "DEACTIVATED",
            Self::Error => "ERROR",
            Self::Quarantined => "QUARANTINED",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)+) => {
        /// Why a driver was refused; the names are for machines and never change.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum RejectReason { $($(#[$doc])* $variant,)+ }

        impl RejectReason {
            /// The name on the wire, in logs and in metrics.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }
    };
}

reasons! {
    /// The manifest's range of host versions does not hold this one.
    VersionMismatch = "COMPAT_VERSION_MISMATCH",
    /// Another version of the plugin interface or of the manifest.
    UnsupportedApi = "COMPAT_UNSUPPORTED_PLUGIN_API",
    /// A signature is required and there is none.
    SignatureMissing = "TRUST_SIGNATURE_MISSING",
    /// The signature is not of a trusted key over this manifest.
    SignatureInvalid = "TRUST_SIGNATURE_INVALID",
    /// The artifact's digest is not the one that the manifest, the config or the caller names.
    DigestMismatch = "TRUST_DIGEST_MISMATCH",
    /// The operator's policy does not allow it.
    PolicyDenied = "TRUST_POLICY_DENIED",
    /// It asks for more than the operator grants.
    SandboxViolation = "PLUGIN_SANDBOX_PROFILE_VIOLATION",
    /// Two plugins of one name or id.
    DuplicateId = "PLUGIN_CONFLICT_DUPLICATE_ID",
    /// One of its devices belongs to another driver.
    DeviceClash = "PLUGIN_CONFLICT_DEVICE",
    /// The manifest cannot be read or breaks its schema.
    ManifestInvalid = "PLUGIN_MANIFEST_INVALID",
    /// The artifact cannot be read, or is too large.
    Unreadable = "PLUGIN_ARTIFACT_UNREADABLE",
    /// This host cannot run drivers of that kind.
    RuntimeMissing = "PLUGIN_RUNTIME_UNAVAILABLE",
    /// Imports or exports do not fit this host.
    InterfaceMismatch = "PLUGIN_INTERFACE_MISMATCH",
    /// It does not compile.
    CompileFailed = "PLUGIN_COMPILE_FAILED",
    /// Compiling took too long.
    CompileTimeout = "PLUGIN_COMPILE_TIMEOUT",
    /// It could not be started: a trap or an error in handshake or initialize.
    StartFailed = "PLUGIN_START_FAILED",
    /// It started, but does not work.
    ProbeFailed = "PLUGIN_PROBE_FAILED",
    /// It did worse on trial than it may.
    CanaryFailed = "PLUGIN_CANARY_FAILED",
    /// The change could not be written down, so it was not made.
    NotSaved = "PLUGIN_STATE_NOT_SAVED",
}

impl RejectReason {
    /// Whether it is a matter of trust: such an artifact is quarantined and never compiled.
    pub fn quarantines(self) -> bool {
        matches!(
            self,
            Self::SignatureMissing
                | Self::SignatureInvalid
                | Self::DigestMismatch
                | Self::PolicyDenied
                | Self::SandboxViolation
        )
    }
}

impl fmt::Display for RejectReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A refusal, with what the author or the operator can do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Rejection {
    /// The class of reason.
    pub reason: RejectReason,
    /// What is wrong, in one line.
    pub message: String,
    /// Single differences, one readable line each, where there are several.
    pub details: Vec<String>,
    /// What to do about it: the one line of config, or what to build against. May be empty.
    pub remedy: String,
}

impl Rejection {
    /// A refusal without single differences.
    pub fn new(reason: RejectReason, message: impl Into<String>) -> Self {
        Self { reason, message: printable(message.into()), details: Vec::new(), remedy: String::new() }
    }

    /// Says what to do about it.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = printable(remedy.into());
        self
    }

    /// Lists single differences.
    #[must_use]
    pub fn details(mut self, details: Vec<String>) -> Self {
        self.details = details.into_iter().map(printable).collect();
        self
    }
}

/// What comes from a plugin's files goes to terminals and logs: it must not steer them.
fn printable(text: String) -> String {
    if !text.contains(char::is_control) {
        return text;
    }
    let shown = |character: char| {
        if character.is_control() { character.escape_default().to_string() } else { character.to_string() }
    };
    text.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAGES: [Stage; 8] = [
        Stage::Discovered,
        Stage::Registered,
        Stage::Validated,
        Stage::Active,
        Stage::Draining,
        Stage::Deactivated,
        Stage::Error,
        Stage::Quarantined,
    ];
    const HAPPENINGS: [Happening; 8] = [
        Happening::Registered,
        Happening::Validated,
        Happening::Published,
        Happening::Withdrawn,
        Happening::Drained,
        Happening::Restored,
        Happening::Failed,
        Happening::Distrusted,
    ];

    #[test]
    fn a_refusal_steers_no_terminal() {
        let rejection = Rejection::new(RejectReason::ManifestInvalid, "a\u{1b}[2J b")
            .remedy("one\ntwo")
            .details(vec!["\r".to_owned(), "fine: é".to_owned()]);
        let texts = [&rejection.message, &rejection.remedy, &rejection.details[0]];
        assert!(texts.iter().all(|text| !text.contains(char::is_control)), "{rejection:?}");
        assert_eq!((rejection.remedy.as_str(), rejection.details[1].as_str()), ("one\\ntwo", "fine: é"));
    }

    #[test]
    fn a_whole_life_ends_out_of_service_and_can_be_taken_up_again() {
        use Happening as H;
        let life = [H::Registered, H::Validated, H::Published, H::Withdrawn, H::Drained, H::Restored];
        let end = life.into_iter().try_fold(Stage::Discovered, Stage::after);
        assert_eq!(end, Ok(Stage::Validated));
    }

    #[test]
    fn nothing_leads_into_service_but_publication_of_what_was_validated() {
        for stage in STAGES {
            for happening in HAPPENINGS {
                if stage.after(happening) == Ok(Stage::Active) {
                    assert_eq!((stage, happening), (Stage::Validated, Happening::Published));
                }
            }
        }
    }

    #[test]
    fn nothing_leads_out_of_quarantine_or_error() {
        for stage in [Stage::Error, Stage::Quarantined] {
            for happening in HAPPENINGS {
                assert!(stage.after(happening).is_err(), "{stage} {happening:?}");
            }
        }
    }

    #[test]
    fn what_was_compiled_is_no_longer_a_matter_of_quarantine() {
        for stage in [Stage::Validated, Stage::Active, Stage::Draining, Stage::Deactivated] {
            assert!(stage.after(Happening::Distrusted).is_err());
        }
    }
}
