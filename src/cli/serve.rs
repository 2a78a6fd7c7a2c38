//! `serve`: the host, from config to clean exit.

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::ConfigArgs;
use super::exit::Problem;
use crate::app;
use crate::config::{Config, LogFormat};
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
    let _flushed_at_exit =
        log::install(&config.log.level, format).map_err(|error| Problem::Host(error.to_string()))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Problem::Host(format!("cannot start the server's threads: {error}")))?;
    let done = runtime.block_on(run(config));
    runtime.shutdown_timeout(SHUTDOWN);
    done.map(|()| ExitCode::SUCCESS).map_err(|error| Problem::Host(format!("{error:#}")))
}

async fn run(config: Config) -> anyhow::Result<()> {
    let telemetry = Telemetry::new(super::build_info());
    for warning in config.warnings() {
        telemetry.emit(events::ConfigWarning { warning: &warning });
    }
    let stop = CancellationToken::new();
    tokio::spawn(cancel_on_signal(stop.clone())?);
    app::serve(Arc::new(config), telemetry, stop, |grpc, http| {
        // For whoever started us and waits; a closed stdout is no reason to stop.
        let _ = writeln!(std::io::stdout(), "ready grpc={grpc} http={http}");
    })
    .await
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
