//! A refusal with all of its details, held against what is true of every refusal.

use std::collections::HashMap;

use tonic::{Code, Status};
use tonic_types::{ErrorDetail, StatusExt as _};

/// The order that details stand in.
const ORDER: [&str; 5] = ["BadRequest", "ErrorInfo", "RetryInfo", "PreconditionFailure", "ResourceInfo"];
/// The metadata that every `ErrorInfo` has.
const KEYS: [&str; 9] = [
    "taxonomy",
    "remediation",
    "correlation_id",
    "job_id",
    "provider",
    "trace",
    "retryable",
    "job_timeline",
    "precondition",
];
/// The statuses that a Kernel answers by sending again.
const RETRYABLE: [Code; 4] =
    [Code::Unavailable, Code::DeadlineExceeded, Code::ResourceExhausted, Code::Aborted];
/// Characters of a caller's text that come back.
const LONGEST_ECHO: usize = 128;
/// Bytes of trailers that every common client takes.
const TRAILERS: usize = 8 << 10;

/// What a refusal says beside its status.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Details {
    /// Of the `ErrorInfo`.
    pub reason: String,
    /// Of the `ErrorInfo`.
    pub metadata: HashMap<String, String>,
    /// Fields and what is wrong with them.
    pub violations: Vec<(String, String)>,
}

impl Details {
    /// Reads the details of the refusal of a request about a job, which may be "".
    ///
    /// # Errors
    /// The rule that it breaks, in words.
    pub fn of(status: &Status, job: &str) -> Result<Self, String> {
        let mut details = Self::default();
        let mut names = Vec::new();
        let mut owner = None;
        for detail in status.get_error_details_vec() {
            names.push(match detail {
                ErrorDetail::BadRequest(found) => {
                    let pairs = found.field_violations.into_iter();
                    details.violations = pairs.map(|one| (one.field, one.description)).collect();
                    "BadRequest"
                }
                ErrorDetail::ErrorInfo(found) => {
                    holds(found.domain == "eigen.driver_manager", "another domain")?;
                    (details.reason, details.metadata) = (found.reason, found.metadata);
                    "ErrorInfo"
                }
                ErrorDetail::RetryInfo(found) => {
                    holds(
                        found.retry_delay.is_some_and(|delay| !delay.is_zero()),
                        "RetryInfo without delay",
                    )?;
                    "RetryInfo"
                }
                ErrorDetail::PreconditionFailure(found) => {
                    holds(
                        found.violations.iter().all(|one| one.r#type == "STATE"),
                        "another type than STATE",
                    )?;
                    "PreconditionFailure"
                }
                ErrorDetail::ResourceInfo(found) => {
                    owner = Some((found.resource_type, found.resource_name, found.owner));
                    "ResourceInfo"
                }
                other => return Err(format!("an unexpected detail: {other:?}")),
            });
        }
        details.keeps_the_rules(status, &names)?;
        details.is_about(job, owner)?;
        Ok(details)
    }

    /// The value of a key of the metadata.
    pub fn said(&self, key: &str) -> &str {
        self.metadata.get(key).map_or("", String::as_str)
    }

    fn keeps_the_rules(&self, status: &Status, names: &[&str]) -> Result<(), String> {
        let expected: Vec<&str> = ORDER.into_iter().filter(|name| names.contains(name)).collect();
        holds(names == expected, "details out of order, or one twice")?;
        holds(names.contains(&"ErrorInfo"), "no ErrorInfo")?;
        holds(!status.message().is_empty(), "no message")?;
        for key in KEYS {
            holds(self.metadata.contains_key(key), key)?;
        }
        holds(!self.said("remediation").is_empty(), "no remediation")?;
        holds(!self.said("correlation_id").is_empty(), "no correlation id")?;
        let retryable = RETRYABLE.contains(&status.code());
        holds(self.said("retryable") == retryable.to_string(), "`retryable` does not fit the status")?;
        holds(names.contains(&"RetryInfo") == retryable, "RetryInfo does not fit the status")?;
        let state = self.reason == "EIGEN_BACKEND_PRECONDITION";
        holds(names.contains(&"PreconditionFailure") == state, "PreconditionFailure does not fit")?;
        holds(self.said("precondition").is_empty() != state, "`precondition` does not fit the status")?;
        let trailers = status.details().len().div_ceil(3) * 4 + status.message().len();
        holds(trailers <= TRAILERS, "the trailers are too large for common clients")
    }

    fn is_about(&self, job: &str, owner: Option<(String, String, String)>) -> Result<(), String> {
        let job: String = job.chars().take(LONGEST_ECHO).collect();
        holds(self.said("job_id") == job, "another job id")?;
        if job.is_empty() {
            holds(self.said("job_timeline").is_empty(), "a timeline of no job")?;
            return holds(owner.is_none(), "a resource of no job");
        }
        let timeline = format!("qfs://jobs/{job}/timeline.json");
        holds(self.said("job_timeline") == timeline, "another timeline")?;
        holds(owner == Some(("job".to_owned(), job, "eigen".to_owned())), "another resource")
    }
}

fn holds(rule: bool, otherwise: &str) -> Result<(), String> {
    if rule { Ok(()) } else { Err(otherwise.to_owned()) }
}
