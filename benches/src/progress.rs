//! How far a benchmark is: a bar on a terminal, else a line for each of its parts.

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A known number of steps, in parts. Dropped, the bar disappears.
pub struct Progress {
    bar: ProgressBar,
    terminal: bool,
}

impl Progress {
    /// So many steps lie ahead.
    pub fn new(steps: usize) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let target = if terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(steps as u64), target);
        if let Ok(style) =
            ProgressStyle::with_template("  {bar:30} {percent:>3} % {eta:>4} to go  {wide_msg}")
        {
            bar.set_style(style);
        }
        Self { bar, terminal }
    }

    /// Begins the part that the words name.
    pub fn part(&self, words: impl Into<String>) {
        let words = words.into();
        if !self.terminal {
            eprintln!("  {words}");
        }
        self.bar.set_message(words);
    }

    /// One step is done.
    pub fn step(&self) {
        self.bar.inc(1);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
