//! `--help`: every command explains itself.

use crate::stage::command;
use crate::support::program::finish;

#[tokio::test]
async fn every_command_explains_itself() {
    for (subcommand, words) in [
        ("serve", &["--config", "DRIVER_MANAGER_CONFIG", "SIGTERM"][..]),
        ("check", &["--config", "everything that is wrong"]),
        ("devices", &["--endpoint", "DRIVER_MANAGER_ENDPOINT", "http://127.0.0.1:50061", "--json"]),
        ("status", &["<DEVICE>", "--endpoint", "--json"]),
        ("calibrate", &["<DEVICE>", "--endpoint", "--json"]),
        (
            "run",
            &["<CIRCUIT>", "--device", "--shots", "--seed", "--param", "--option", "--timeout", "--output"],
        ),
    ] {
        let finished = finish(&mut command(&[subcommand, "--help"])).await;
        finished.exits(0);
        assert_eq!(finished.stderr, "");
        assert!(finished.stdout.contains(&format!("Usage: driver-manager {subcommand}")), "{finished:#?}");
        for word in words {
            assert!(finished.stdout.contains(word), "no {word:?}: {finished:#?}");
        }
    }
}

#[tokio::test]
async fn the_whole_lists_its_commands_and_exit_codes() {
    let finished = finish(&mut command(&["--help"])).await;
    finished.exits(0);
    for subcommand in ["serve", "check", "devices", "status", "run", "calibrate"] {
        let listed = |line: &str| line.trim_start().starts_with(&format!("{subcommand} "));
        assert!(finished.stdout.lines().any(listed), "no {subcommand}: {finished:#?}");
    }
    let codes = finished.stdout.lines().skip_while(|line| *line != "Exit codes:").skip(1);
    let numbers: Vec<_> = codes.filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(numbers, ["0", "1", "2", "3", "4", "5", "6"]);
}

#[tokio::test]
async fn the_version_is_that_of_the_package() {
    let finished = finish(&mut command(&["--version"])).await;
    finished.exits(0);
    assert_eq!(finished.stdout, format!("driver-manager {}", env!("CARGO_PKG_VERSION")));
}
