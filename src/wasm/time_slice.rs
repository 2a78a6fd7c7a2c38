//! Time slices of guests that mostly call the host.
//!
//! Fuel makes a guest yield after so many instructions, but a host call costs none, however long it takes: a guest
//! that does nothing else would hold its thread a hundred times longer than one that computes. So the clock is
//! looked at on each way back from the host.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use wasmtime::{CallHook, CallHookHandler, StoreContextMut};

use super::guest::Guest;

/// The slice that a guest is in.
#[derive(Debug)]
pub(super) struct Slice(Instant);

impl Slice {
    pub(super) fn begin() -> Self {
        Self(Instant::now())
    }
}

/// Lets others run once a slice of this length is over.
pub(super) struct TimeSlice(pub(super) Duration);

#[async_trait]
impl CallHookHandler<Guest> for TimeSlice {
    async fn handle_call_event(
        &self,
        mut store: StoreContextMut<'_, Guest>,
        event: CallHook,
    ) -> wasmtime::Result<()> {
        if matches!(event, CallHook::ReturningFromHost) && store.data().slice.0.elapsed() > self.0 {
            tokio::task::yield_now().await;
            store.data_mut().slice = Slice::begin();
        }
        Ok(())
    }
}
