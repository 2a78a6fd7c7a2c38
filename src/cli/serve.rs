//! `serve`: the host, from config to clean exit.

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::ConfigArgs;
use super::exit::Problem;
use crate::app::{self, Addresses};
use crate::config::{Config, LogFormat};
use crate::plugin::ReadConfig;
use crate::telemetry::{Telemetry, events, log};

/// Time for background work to end after the last call.
const SHUTDOWN: Duration = Duration::from_secs(2);

pub(super) fn serve(args: &ConfigArgs) -> Result<ExitCode, Problem> {
    let config = args.load().map_err(|errors| Problem::Host(errors.to_string()))?;
    let format = match config.log.format {
        LogFormat::Auto => log::Format::auto(),
        LogFormat::Json => log::Format::Json,
        LogFormat::Text => log::Format::Text,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Problem::Host(format!("cannot start the server's threads: {error}")))?;
    let telemetry = Telemetry::new(super::build_info());
    let (traces, sampling) = {
        // The connection to the collector lives in it.
        let _in_runtime = runtime.enter();
        app::start_traces(&config, &telemetry).map_err(|error| Problem::Host(format!("{error:#}")))?
    };
    let log = log::install(&config.log.level, format, traces.as_ref())
        .map_err(|error| Problem::Host(error.to_string()))?;
    let flush_timeout = config.telemetry.traces.flush_timeout;
    let done = runtime.block_on(run(
        config,
        args.reader(),
        telemetry.with_sampling(sampling).with_levels(log.levels()),
    ));
    if let Some(traces) = traces {
        traces.shutdown(flush_timeout);
    }
    runtime.shutdown_timeout(SHUTDOWN);
    // What is buffered is written.
    drop(log);
    done.map(|()| ExitCode::SUCCESS).map_err(|error| Problem::Host(format!("{error:#}")))
}

async fn run(config: Config, read_config: ReadConfig, telemetry: Telemetry) -> anyhow::Result<()> {
    for warning in config.warnings() {
        telemetry.emit(events::ConfigWarning { warning: &warning });
    }
    let stop = CancellationToken::new();
    tokio::spawn(cancel_on_signal(stop.clone())?);
    let reload = Arc::new(Notify::new());
    tokio::spawn(reload_on_signal(Arc::clone(&reload))?);
    let signals = app::Signals { stop, reload };
    app::serve(Arc::new(config), read_config, telemetry, signals, |Addresses { grpc, http, admin }| {
        let admin = admin.map(|admin| format!(" admin={admin}")).unwrap_or_default();
        // For whoever started us and waits; a closed stdout is no reason to stop.
        let _ = writeln!(std::io::stdout(), "ready grpc={grpc} http={http}{admin}");
    })
    .await
}

/// SIGHUP has the config read again, as is the custom.
fn reload_on_signal(reload: Arc<Notify>) -> std::io::Result<impl Future<Output = ()> + Send> {
    let mut hangup = signal(SignalKind::hangup())?;
    Ok(async move {
        while hangup.recv().await.is_some() {
            reload.notify_one();
        }
    })
}

/// The first signal drains; a second one ends the process where it stands.
fn cancel_on_signal(stop: CancellationToken) -> std::io::Result<impl Future<Output = ()> + Send> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        stop.cancel();
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        std::process::exit(1);
    })
}
