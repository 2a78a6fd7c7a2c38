//! The label values that are closed sets, and the cleaning of those that are not.

use std::fmt;

use prometheus_client::encoding::{EncodeLabelValue, LabelValueEncoder};

/// Declares label sets.
macro_rules! label_sets {
    ($($name:ident { $($label:ident: $type:ty),+ })+) => {$(
        #[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
        struct $name { $($label: $type),+ }
    )+};
}

/// Longest label value, in bytes.
const MAX_LABEL: usize = 128;

/// A label value fit for a metrics page: no control characters, bounded length.
pub(super) fn clean(value: &str) -> String {
    let mut clean = String::with_capacity(value.len().min(MAX_LABEL));
    for character in value.chars().map(|c| if c.is_control() { '_' } else { c }) {
        if clean.len() + character.len_utf8() > MAX_LABEL {
            break;
        }
        clean.push(character);
    }
    clean
}

/// Declares an enum with the words that stand for its values in labels and log lines.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$variant_meta])* $variant,)+ }

        impl $name {
            /// The word in labels and log lines.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl EncodeLabelValue for $name {
            fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
                self.as_str().encode(encoder)
            }
        }
    };
}

words! {
    /// What the caller asked for.
    Operation {
        /// `ListDevices`.
        ListDevices = "list_devices",
        /// `GetDeviceStatus`.
        GetDeviceStatus = "get_device_status",
        /// `ExecuteCircuit`.
        ExecuteCircuit = "execute_circuit",
        /// `CalibrateDevice`.
        CalibrateDevice = "calibrate_device",
    }
}

words! {
    /// Whether a connection serves a call or waits for one.
    ConnectionState {
        /// Serves a call.
        Active = "active",
        /// Waits for one.
        Idle = "idle",
    }
}

words! {
    /// A gRPC status by its name.
    Status {
        /// 0.
        Ok = "OK",
        /// 1.
        Cancelled = "CANCELLED",
        /// 2, and every number that is no status.
        Unknown = "UNKNOWN",
        /// 3.
        InvalidArgument = "INVALID_ARGUMENT",
        /// 4.
        DeadlineExceeded = "DEADLINE_EXCEEDED",
        /// 5.
        NotFound = "NOT_FOUND",
        /// 6.
        AlreadyExists = "ALREADY_EXISTS",
        /// 7.
        PermissionDenied = "PERMISSION_DENIED",
        /// 8.
        ResourceExhausted = "RESOURCE_EXHAUSTED",
        /// 9.
        FailedPrecondition = "FAILED_PRECONDITION",
        /// 10.
        Aborted = "ABORTED",
        /// 11.
        OutOfRange = "OUT_OF_RANGE",
        /// 12.
        Unimplemented = "UNIMPLEMENTED",
        /// 13.
        Internal = "INTERNAL",
        /// 14.
        Unavailable = "UNAVAILABLE",
        /// 15.
        DataLoss = "DATA_LOSS",
        /// 16.
        Unauthenticated = "UNAUTHENTICATED",
    }
}

impl Status {
    /// The status of a number on the wire.
    pub fn from_code(code: i32) -> Self {
        const BY_CODE: [Status; 17] = [
            Status::Ok,
            Status::Cancelled,
            Status::Unknown,
            Status::InvalidArgument,
            Status::DeadlineExceeded,
            Status::NotFound,
            Status::AlreadyExists,
            Status::PermissionDenied,
            Status::ResourceExhausted,
            Status::FailedPrecondition,
            Status::Aborted,
            Status::OutOfRange,
            Status::Unimplemented,
            Status::Internal,
            Status::Unavailable,
            Status::DataLoss,
            Status::Unauthenticated,
        ];
        usize::try_from(code).ok().and_then(|code| BY_CODE.get(code).copied()).unwrap_or(Self::Unknown)
    }
}
