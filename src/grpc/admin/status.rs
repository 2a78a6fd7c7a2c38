//! Statuses for operators: the reason's name for machines, the differences and the remedy for people.

use std::collections::HashMap;
use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::{
    BadRequest, ErrorDetail, ErrorInfo, FieldViolation, PreconditionFailure, PreconditionViolation,
    ResourceInfo, RetryInfo, StatusExt as _,
};

use crate::config::{Config, ConfigErrors};
use crate::plugin::ChangeError;

const DOMAIN: &str = "eigen.driver_manager";
/// Details travel in trailers, of which clients commonly accept 8 KiB.
const MOST_DETAILS: usize = 12;
const LONGEST: usize = 400;
/// Bytes of log directives that are read.
const LONGEST_LEVEL: usize = 4096;

/// The status of a change that was not made.
pub(super) fn of(error: &ChangeError) -> Status {
    let message = short(&error.to_string());
    match error {
        ChangeError::Unknown(name) => {
            let remedy = "`driver-manager plugin list` shows the drivers there are.";
            let details = vec![
                info("PLUGIN_UNKNOWN", remedy),
                ResourceInfo::new("driver", name.as_str(), "", &message).into(),
            ];
            Status::with_error_details_vec(Code::NotFound, message, details)
        }
        ChangeError::Busy(_) => {
            let details = vec![
                info(
                    "PLUGIN_BUSY",
                    "Wait for the other change, or watch it with `driver-manager plugin events`.",
                ),
                RetryInfo::new(Some(Duration::from_secs(1))).into(),
            ];
            Status::with_error_details_vec(Code::Aborted, message, details)
        }
        ChangeError::NoRollback { .. } => {
            let details = vec![info("PLUGIN_NO_ROLLBACK", "Swap in the artifact that is wanted.")];
            Status::with_error_details_vec(Code::FailedPrecondition, message, details)
        }
        ChangeError::Refused { driver, rejection } => {
            let mut details = vec![info(rejection.reason.name(), &rejection.remedy)];
            let lines = rejection.details.iter().take(MOST_DETAILS);
            let violations: Vec<_> = lines
                .map(|line| PreconditionViolation::new(rejection.reason.name(), driver.as_str(), short(line)))
                .collect();
            if !violations.is_empty() {
                details.push(PreconditionFailure::new(violations).into());
            }
            Status::with_error_details_vec(Code::FailedPrecondition, message, details)
        }
    }
}

/// A malformed call.
pub(super) fn invalid(field: &str, what: impl Into<String>) -> Status {
    let violation = FieldViolation::new(field, what);
    let details =
        vec![BadRequest::new(vec![violation]).into(), info("EIGEN_INVALID_ARGUMENT", "Correct the field.")];
    Status::with_error_details_vec(Code::InvalidArgument, "validation failed", details)
}

/// Something over its bound.
pub(super) fn too_large(field: &str, what: &str) -> Status {
    let violation = FieldViolation::new(field, what);
    let details = vec![
        BadRequest::new(vec![violation]).into(),
        info("EIGEN_BACKEND_CAPACITY", "Send less, or raise the limit."),
    ];
    Status::with_error_details_vec(Code::ResourceExhausted, format!("{field} {what}"), details)
}

/// Too many calls at once.
pub(super) fn crowded(most: usize) -> Status {
    let details = vec![
        info("EIGEN_BACKEND_CAPACITY", "Send it again later, or raise `admin.max_in_flight`."),
        RetryInfo::new(Some(Duration::from_secs(1))).into(),
    ];
    Status::with_error_details_vec(
        Code::ResourceExhausted,
        format!("{most} calls are already in progress"),
        details,
    )
}

/// A config file with mistakes.
pub(super) fn mistakes(errors: &ConfigErrors) -> Status {
    let text = errors.to_string();
    let lines = text.lines().take(MOST_DETAILS).map(|line| FieldViolation::new("config", short(line)));
    let details = vec![
        BadRequest::new(lines.collect::<Vec<_>>()).into(),
        info(
            "EIGEN_INVALID_ARGUMENT",
            "Correct the file; nothing has changed. `driver-manager check` names every mistake.",
        ),
    ];
    Status::with_error_details_vec(Code::InvalidArgument, "the config file has mistakes", details)
}

/// Refuses what is no level of the log.
pub(super) fn level(wanted: &str) -> Result<(), Status> {
    let problem = if wanted.len() > LONGEST_LEVEL {
        Some(format!("at most {LONGEST_LEVEL} bytes of directives are taken"))
    } else {
        Config::problem_of_level(wanted)
    };
    let Some(problem) = problem else { return Ok(()) };
    let details = vec![
        BadRequest::with_violation("levels", short(&problem)).into(),
        info("EIGEN_INVALID_ARGUMENT", "Name a level, or modules and their levels; nothing has changed."),
    ];
    Err(Status::with_error_details_vec(Code::InvalidArgument, short(&problem), details))
}

fn info(reason: &str, remedy: &str) -> ErrorDetail {
    let metadata = HashMap::from([("remediation".to_owned(), short(remedy))]);
    ErrorInfo::new(reason, DOMAIN, metadata).into()
}

fn short(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}
