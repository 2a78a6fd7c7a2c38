//! Exit codes, and how problems are told.

use std::process::ExitCode;

use tonic::{Code, Status};
use tonic_types::StatusExt as _;

/// Shown under `--help`.
pub(super) const HELP: &str = "\
Exit codes:
  0  done
  1  the host could not start, or `check` found problems
  2  the command line is wrong
  3  the request is wrong, or the device cannot do it: sending it again will not help
  4  the host or the backend is not available or overloaded, or time ran out: try again later
  5  credentials
  6  a defect in a driver or in the host";

/// Why a command ended without success.
#[derive(Debug)]
pub(super) enum Problem {
    /// The host could not start, or a check failed.
    Host(String),
    /// The command cannot be carried out as given, such as an unreadable file.
    Usage(String),
    /// Nobody answers at the endpoint.
    Unreachable(String),
    /// The circuit is wrong, or cannot be written as asked.
    Refused(String),
    /// The host's answer was an error.
    Status(Box<Status>),
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Host(text) | Self::Usage(text) | Self::Unreachable(text) | Self::Refused(text) => {
                f.write_str(text)
            }
            Self::Status(status) => f.write_str(status.message()),
        }
    }
}

impl From<Status> for Problem {
    fn from(status: Status) -> Self {
        Self::Status(Box::new(status))
    }
}

impl Problem {
    /// Writes the problem to stderr; returns the exit code.
    pub(super) fn report(&self) -> ExitCode {
        let code = match self {
            Self::Host(text) => {
                eprintln!("error: {text}");
                1
            }
            Self::Usage(text) => {
                eprintln!("error: {text}");
                2
            }
            Self::Refused(text) => {
                eprintln!("error: {text}");
                3
            }
            Self::Unreachable(text) => {
                eprintln!("error: {text}");
                4
            }
            Self::Status(status) => {
                report_status(status);
                exit_code(status.code())
            }
        };
        ExitCode::from(code)
    }
}

fn exit_code(code: Code) -> u8 {
    match code {
        Code::InvalidArgument
        | Code::NotFound
        | Code::Unimplemented
        | Code::FailedPrecondition
        | Code::OutOfRange
        | Code::AlreadyExists => 3,
        Code::Unavailable
        | Code::ResourceExhausted
        | Code::DeadlineExceeded
        | Code::Aborted
        | Code::Cancelled => 4,
        Code::Unauthenticated | Code::PermissionDenied => 5,
        Code::Ok | Code::Unknown | Code::Internal | Code::DataLoss => 6,
    }
}

fn report_status(status: &Status) {
    eprintln!("error: {}: {}", status.code().description(), status.message());
    let details = status.get_error_details();
    for violation in details.bad_request().iter().flat_map(|request| &request.field_violations) {
        eprintln!("  {}: {}", violation.field, violation.description);
    }
    let Some(info) = details.error_info() else { return };
    let said = |key: &str| info.metadata.get(key).filter(|text| !text.is_empty());
    for violation in details.precondition_failure().iter().flat_map(|failure| &failure.violations) {
        eprintln!("  {}", violation.description);
    }
    if info.reason.starts_with("PLUGIN_")
        || info.reason.starts_with("TRUST_")
        || info.reason.starts_with("COMPAT_")
    {
        eprintln!("  reason: {}", info.reason);
    }
    if let Some(remediation) = said("remediation") {
        eprintln!("  what to do: {remediation}");
    }
    if let Some(correlation) = said("correlation_id") {
        eprintln!("  correlation id: {correlation}");
    }
}
