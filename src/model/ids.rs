//! Names of things. Each is a type of its own so that they cannot be mixed up.

use std::fmt;
use std::sync::Arc;

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Wraps the text.
            pub fn new(text: impl Into<Arc<str>>) -> Self {
                Self(text.into())
            }

            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

text_id! {
    /// A device as callers name it, such as `sim:local`.
    DeviceId
}
text_id! {
    /// A driver as operators name it, such as `simulator`.
    DriverName
}
text_id! {
    /// Who asks, as far as limits tell callers apart: a certificate's subject, a tenant and its user, or
    /// an address.
    CallerId
}
text_id! {
    /// Identifies one execution over all its attempts: 64 hexadecimal digits (SHA-256).
    ExecutionKey
}
text_id! {
    /// Names a job at a provider, for one driver. Opaque to the host.
    Ticket
}

/// Counts the replacements of one driver, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Generation(pub u64);

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
