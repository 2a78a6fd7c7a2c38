//! The host's side of one instance: its limiter, its empty WASI, its log.

use std::sync::Arc;
use std::time::Instant;

use tracing::Level;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use super::limits::{HostMemory, Limiter};
use super::outbound::Outbound;
use super::output::OutputStream;
use super::time_slice::Slice;
use crate::config::DriverLimits;
use crate::egress;
use crate::telemetry::guest::GuestLog;

/// The most random bytes a guest may ask for at once.
const MAX_RANDOM: u64 = 1 << 20;

/// What a store carries.
pub(super) struct Guest {
    pub(super) limiter: Limiter,
    pub(super) log: Arc<GuestLog>,
    output: [OutputStream; 2],
    wasi: WasiCtx,
    http: WasiHttpCtx,
    pub(super) outbound: Outbound,
    pub(super) slice: Slice,
    table: ResourceTable,
}

impl Guest {
    /// WASI 0.2 is there, because ordinary toolchains import it, but holds nothing: no files, no
    /// environment, no arguments, no input, no sockets. Clocks and randomness work; HTTP goes out through
    /// `egress`, by permission.
    pub(super) fn new(
        limits: &DriverLimits,
        host_memory: Arc<HostMemory>,
        log: Arc<GuestLog>,
        way: Arc<egress::Driver>,
    ) -> Self {
        let output = [Level::INFO, Level::WARN].map(|level| OutputStream::new(Arc::clone(&log), level));
        let [stdout, stderr] = output.clone();
        let wasi = WasiCtx::builder()
            .stdout(stdout)
            .stderr(stderr)
            .allow_tcp(false)
            .allow_udp(false)
            .allow_ip_name_lookup(false)
            .max_random_size(MAX_RANDOM)
            .build();
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.handles);
        let outbound = Outbound { way, deadline: Instant::now(), sent: Arc::default() };
        let (http, slice) = (WasiHttpCtx::new(), Slice::begin());
        Self { limiter: Limiter::new(limits, host_memory), log, output, wasi, http, outbound, slice, table }
    }

    /// Handles that it holds on what the host has made for it.
    pub(super) fn handles(&mut self) -> usize {
        self.table.iter_mut().count()
    }

    /// What the guest wrote without ending the line is a line of this call.
    pub(super) fn end_call(&self) {
        self.output.iter().for_each(OutputStream::end_line);
    }
}

impl WasiView for Guest {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for Guest {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { hooks: &mut self.outbound, table: &mut self.table, ctx: &mut self.http }
    }
}
