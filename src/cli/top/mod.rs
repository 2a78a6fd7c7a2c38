//! `top`: the console in a terminal.
//!
//! It reads what the page reads, `/console/state`, once a second. The invariant: however it ends, the terminal
//! is as it was before.

mod fetch;
mod lines;
mod screen;

use std::io::{self, IsTerminal as _, Write};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use crossterm::event::{Event, EventStream, KeyCode, KeyEventKind, KeyModifiers};
use crossterm::{cursor, execute, queue, terminal};
use futures::StreamExt as _;
use tokio::time::{MissedTickBehavior, interval};

use super::exit::Problem;
use super::{chart, say};
use crate::http::console::View;
use fetch::Host;

/// Between two looks.
const EVERY: Duration = Duration::from_secs(1);

/// Which host, and how it is shown.
#[derive(Debug, Args)]
pub(super) struct TopArgs {
    /// The host's address for metrics, health and the console.
    #[arg(long, env = "DRIVER_MANAGER_HTTP", value_name = "URL", default_value = "http://127.0.0.1:9092")]
    http: String,
    /// Print it once and end.
    #[arg(long)]
    once: bool,
    /// Print JSON, once.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: &TopArgs) -> Result<ExitCode, Problem> {
    let host = Host::at(&args.http)?;
    let first = host.look().await?;
    if args.json {
        let text = serde_json::to_string_pretty(&first).map_err(|error| Problem::Host(error.to_string()))?;
        say(text);
    } else if args.once || !io::stdout().is_terminal() {
        for line in screen::draw(&first, None, chart::terminal_width(), usize::MAX) {
            say(line.plain());
        }
    } else {
        let terminal = Terminal::enter().map_err(trouble)?;
        let ended = watch(&host, first).await;
        drop(terminal);
        ended.map_err(trouble)?;
    }
    Ok(ExitCode::SUCCESS)
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` takes")]
fn trouble(error: io::Error) -> Problem {
    Problem::Host(format!("the terminal cannot be used: {error}"))
}

/// Shows the host until somebody presses `q`. A host that is gone is waited for.
async fn watch(host: &Host, first: View) -> io::Result<()> {
    let mut view = first;
    let mut lost: Option<String> = None;
    let mut keys = EventStream::new();
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        show(&view, lost.as_deref())?;
        tokio::select! {
            key = keys.next() => match key {
                Some(Ok(Event::Key(key))) if key.kind != KeyEventKind::Release => {
                    let interrupt = key.modifiers.contains(KeyModifiers::CONTROL) && key.code == KeyCode::Char('c');
                    if interrupt || matches!(key.code, KeyCode::Char('q') | KeyCode::Esc) {
                        return Ok(());
                    }
                }
                // A new size, most likely: it is drawn anew in any case.
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error),
                None => return Ok(()),
            },
            _ = ticks.tick() => match host.look().await {
                Ok(new) => (view, lost) = (new, None),
                Err(problem) => lost = Some(problem.to_string()),
            },
        }
    }
}

fn show(view: &View, lost: Option<&str>) -> io::Result<()> {
    let (width, height) = terminal::size()?;
    let (width, height) = (usize::from(width).max(1), usize::from(height).max(1));
    let mut out = io::stdout().lock();
    // In one piece, so that nothing flickers.
    queue!(out, terminal::BeginSynchronizedUpdate, cursor::MoveTo(0, 0))?;
    let lines = screen::draw(view, lost, width, height);
    for (index, line) in lines.iter().take(height).enumerate() {
        queue!(out, cursor::MoveTo(0, u16::try_from(index).unwrap_or(u16::MAX)))?;
        line.write(&mut out, width)?;
        queue!(out, terminal::Clear(terminal::ClearType::UntilNewLine))?;
    }
    queue!(out, terminal::Clear(terminal::ClearType::FromCursorDown), terminal::EndSynchronizedUpdate)?;
    out.flush()
}

/// The terminal while it is ours.
struct Terminal;

impl Terminal {
    fn enter() -> io::Result<Self> {
        terminal::enable_raw_mode()?;
        let terminal = Self;
        execute!(io::stdout(), terminal::EnterAlternateScreen, cursor::Hide)?;
        Ok(terminal)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Nobody is left to be told.
        let _ = execute!(io::stdout(), cursor::Show, terminal::LeaveAlternateScreen);
        let _ = terminal::disable_raw_mode();
    }
}
