//! The console as people meet it: the page in a real browser, `top` in a real terminal.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "../support/mod.rs"]
mod support;

mod browser;
mod page;
mod pictures;
mod stage;
mod state;
mod terminal;
mod top;
