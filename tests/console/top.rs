//! `top`: once, and in a terminal.

use driver_manager::http::console::View;

use crate::stage;
use crate::support::host::{BINARY, Host, command};
use crate::support::program::{Finished, finish};
use crate::terminal::Terminal;

fn url(host: &Host) -> String {
    format!("http://{}", host.http)
}

async fn top(host: &Host, arguments: &[&str]) -> Finished {
    finish(command().args(["top", "--http", &url(host)]).args(arguments)).await
}

#[tokio::test]
async fn once_it_prints_what_there_is_and_ends() {
    let host = stage::host().await;
    stage::swap(&host).await;
    let shown = top(&host, &["--once"]).await;
    shown.exits(0);
    let line = |start: &str| {
        let found = shown.stdout.lines().find(|line| line.starts_with(start));
        found.unwrap_or_else(|| panic!("no {start:?} in\n{}", shown.stdout)).to_owned()
    };
    assert!(line("Driver Manager").contains("● Ready"));
    assert!(line("● active  lab").contains("#2"), "{}", shown.stdout);
    assert!(line("  PLUGIN_START_FAILED").contains("broken"));
    assert!(line("DEVICES").contains("online"));
    assert!(!shown.stdout.contains('\u{1b}'), "what is piped has no colours: {:?}", shown.stdout);
}

#[tokio::test]
async fn for_machines_it_prints_the_state_as_it_is() {
    let host = stage::host().await;
    let shown = top(&host, &["--json"]).await;
    shown.exits(0);
    let view: View = serde_json::from_str(&shown.stdout).unwrap();
    assert!(view.ready && view.drivers.rows.iter().any(|driver| driver.name == "lab"), "{view:?}");
}

#[tokio::test]
async fn a_host_that_is_not_there_is_named() {
    let arguments = ["top", "--once", "--http", "http://127.0.0.1:1"];
    finish(command().args(arguments)).await.exits(4).complains(&["http://127.0.0.1:1", "--http"]);
    let arguments = ["top", "--once", "--http", "ftp://example"];
    finish(command().args(arguments)).await.exits(2).complains(&["--http"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_terminal_a_swap_appears_and_q_gives_the_terminal_back() {
    let host = stage::host().await;
    let mut terminal = Terminal::run(BINARY, &["top", "--http", &url(&host)], (40, 120));
    let serves = |generation: &'static str| {
        move |screen: &str| {
            screen.lines().any(|line| {
                line.starts_with("● active") && line.contains("lab ") && line.contains(generation)
            })
        }
    };
    terminal.wait_until("shows generation 1", serves("#1"));
    assert!(terminal.is_full_screen());
    stage::swap(&host).await;
    terminal.wait_until("shows generation 2", serves("#2"));
    terminal.press('q');
    assert!(terminal.wait().success());
    terminal.wait_until("gives the screen back", |screen| screen.trim().is_empty());
    assert!(!terminal.is_full_screen());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_terminal_shows_less_of_everything_and_a_larger_one_more() {
    let host = stage::host().await;
    let mut terminal = Terminal::run(BINARY, &["top", "--http", &url(&host)], (18, 60));
    let parts =
        |screen: &str| ["DRIVERS", "DEVICES", "BREAKERS", "EVENTS"].iter().all(|part| screen.contains(part));
    terminal.wait_until("shows every part", |screen| parts(screen) && screen.contains(" more"));
    terminal.resize((60, 160));
    terminal.wait_until("shows all", |screen| {
        parts(screen) && !screen.contains(" more") && screen.contains("lab:b")
    });
    terminal.press('q');
    assert!(terminal.wait().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_goes_is_waited_for() {
    let mut host = stage::host().await;
    let mut terminal = Terminal::run(BINARY, &["top", "--http", &url(&host)], (40, 120));
    terminal.wait_until("is ready", |screen| screen.contains("● Ready"));
    host.stop().await;
    terminal.wait_until("says that it is gone", |screen| screen.contains("✕ No contact"));
    assert!(terminal.text().contains("lab:a"), "what was last known still stands");
    terminal.press('\u{3}');
    assert!(terminal.wait().success());
}
