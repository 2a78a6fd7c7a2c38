//! What a refusal has to be, as the contract's table of errors has it.

use tonic::{Code, Status};

use crate::support::details::Details;

/// A line of the contract's table of errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// The request or its circuit is wrong.
    Invalid,
    /// The same, but a driver says so.
    InvalidByDriver,
    Unimplemented,
    UnknownDevice,
    Precondition,
    TooLarge,
}

/// What a refusal has to be.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// One of these.
    classes: &'static [Class],
    /// In the message, or in one of the violations, which are written `FIELD: DESCRIPTION`.
    says: &'static str,
    /// How the field of every violation begins.
    within: &'static str,
}

/// The request or its circuit is wrong.
pub const fn invalid(says: &'static str) -> Wanted {
    Wanted { classes: &[Class::Invalid], says, within: "" }
}

/// A driver finds the request wrong.
pub const fn invalid_by_driver(says: &'static str) -> Wanted {
    Wanted { classes: &[Class::InvalidByDriver], says, within: "" }
}

/// The format, the opcode or the construct is known, but not offered.
pub const fn unimplemented(says: &'static str) -> Wanted {
    Wanted { classes: &[Class::Unimplemented], says, within: "" }
}

/// Wrong, or nothing that is offered: it depends on how much of a language is read.
pub const fn invalid_or_unimplemented(says: &'static str) -> Wanted {
    Wanted { classes: &[Class::Invalid, Class::Unimplemented], says, within: "" }
}

/// Nobody has the device.
pub const fn unknown_device(says: &'static str) -> Wanted {
    Wanted { classes: &[Class::UnknownDevice], says, within: "" }
}

/// The version is another major's.
pub const fn precondition(says: &'static str) -> Wanted {
    Wanted { classes: &[Class::Precondition], says, within: "" }
}

/// Larger than a bound.
pub const fn too_large(says: &'static str) -> Wanted {
    Wanted { classes: &[Class::TooLarge], says, within: "" }
}

impl Wanted {
    /// The same, and every violation is about this field or a part of it.
    pub fn within(self, field: &'static str) -> Self {
        Self { within: field, ..self }
    }

    /// Holds a refusal about a job against this.
    ///
    /// # Errors
    /// What is different.
    pub fn check(&self, status: &Status, job: &str) -> Result<(), String> {
        let details = Details::of(status, job)?;
        let found = (status.code(), details.reason.as_str(), details.said("taxonomy"));
        if !self.classes.iter().any(|class| class.triple() == found) {
            return Err(format!("{found:?}, not {:?}", self.classes));
        }
        if found.1 == "EIGEN_INVALID_ARGUMENT" && details.violations.is_empty() {
            return Err("no BadRequest".to_owned());
        }
        if let Some((field, _)) = details.violations.iter().find(|(field, _)| !field.starts_with(self.within))
        {
            return Err(format!("a violation in {field:?}"));
        }
        let violations = details.violations.iter().map(|(field, text)| format!("{field}: {text}"));
        let said: Vec<String> = violations.chain([status.message().to_owned()]).collect();
        if said.iter().any(|text| text.contains(self.says)) {
            Ok(())
        } else {
            Err(format!("{:?} is not in {said:?}", self.says))
        }
    }
}

impl Class {
    /// Status, reason and taxonomy.
    fn triple(self) -> (Code, &'static str, &'static str) {
        match self {
            Self::Invalid => (Code::InvalidArgument, "EIGEN_INVALID_ARGUMENT", "internal"),
            Self::InvalidByDriver => (Code::InvalidArgument, "EIGEN_BACKEND_INVALID_ARGUMENT", "provider"),
            Self::Unimplemented => (Code::Unimplemented, "EIGEN_BACKEND_PROVIDER", "provider"),
            Self::UnknownDevice => (Code::NotFound, "EIGEN_BACKEND_INVALID_ARGUMENT", "provider"),
            Self::Precondition => (Code::FailedPrecondition, "EIGEN_BACKEND_PRECONDITION", "runtime"),
            Self::TooLarge => (Code::ResourceExhausted, "EIGEN_BACKEND_CAPACITY", "quota"),
        }
    }
}
