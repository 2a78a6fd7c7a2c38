//! A connection on loan.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;

use super::{Member, Pool};
use crate::driver::Connection;

/// A connection on loan; dropping it gives it back or, on any doubt, ends it.
pub struct Lease {
    member: Option<Member>,
    pool: Arc<Pool>,
    /// Free for the next only when the connection is back.
    _place: OwnedSemaphorePermit,
}

impl Lease {
    pub(super) fn new(member: Member, pool: Arc<Pool>, place: OwnedSemaphorePermit) -> Self {
        Self { member: Some(member), pool, _place: place }
    }

    /// Ends the connection instead of giving it back: something about its answer is not to be trusted.
    pub fn condemn(mut self) {
        if let Some(member) = self.member.take() {
            self.pool.end(member, "condemned");
        }
    }
}

impl Deref for Lease {
    type Target = dyn Connection;

    fn deref(&self) -> &Self::Target {
        #[expect(clippy::expect_used, reason = "taken only by what ends the lease")]
        self.member.as_ref().expect("a lease holds its connection").connection.as_ref()
    }
}

impl DerefMut for Lease {
    fn deref_mut(&mut self) -> &mut Self::Target {
        #[expect(clippy::expect_used, reason = "taken only by what ends the lease")]
        self.member.as_mut().expect("a lease holds its connection").connection.as_mut()
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(member) = self.member.take() {
            self.pool.give_back(member);
        }
    }
}
