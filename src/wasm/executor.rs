//! Threads for guests alone: a guest that burns CPU never holds up the server's threads.
//!
//! Guests yield every `wasm.fuel_yield_interval`, so these threads time-slice among the running
//! calls. A call that nobody waits for any more is aborted at the guest's next yield.

use std::future::Future;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument as _;

use crate::telemetry::metrics::GuestQueue;

/// The guest threads. Dropping it stops them in the background.
pub(super) struct Executor {
    handle: Handle,
    runtime: Option<Runtime>,
    queue: GuestQueue,
}

impl Executor {
    /// Starts `threads` guest threads.
    pub(super) fn start(threads: usize, queue: GuestQueue) -> std::io::Result<Self> {
        let runtime =
            Builder::new_multi_thread().worker_threads(threads).thread_name("guest").enable_all().build()?;
        Ok(Self { handle: runtime.handle().clone(), runtime: Some(runtime), queue })
    }

    /// Runs a call on the guest threads, inside the caller's span.
    pub(super) fn spawn<F>(&self, call: F) -> AbortOnDropHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let waiting = self.queue.enter();
        let call = async move {
            waiting.begins();
            call.await
        };
        AbortOnDropHandle::new(self.handle.spawn(call.instrument(tracing::Span::current())))
    }
}

impl Drop for Executor {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
