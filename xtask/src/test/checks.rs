//! The steps of a test run that are more than one call of cargo.

use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};

use super::{LIMIT, log};
use crate::project::Project;
use crate::{apt, process, tools};

/// Features of wasmtime that must stay off: they widen the sandbox's attack surface and nothing here
/// needs them. The worst advisories of recent releases were in the first.
const FORBIDDEN: [&str; 6] =
    ["component-model-async", "gc", "threads", "stack-switching", "debug", "wmemcheck"];

/// Makes sure that the tools are there that a minimal installation of Rust leaves out.
pub fn tools(project: &Project) -> Result<()> {
    let missing = |tool: &str| process::output(project.cargo(".").args([tool, "--version"])).is_err();
    if missing("fmt") || missing("clippy") {
        let log = log(project, ".", "components")?;
        let mut add = project.command("rustup", ".");
        add.args(["component", "add", "rustfmt", "clippy"]);
        process::logged("rustup component add rustfmt clippy", &mut add, &log, Duration::from_mins(3))
            .context("install rustfmt and clippy for the active toolchain")?;
    }
    process::output(project.command("python3", ".").arg("--version")).context(
        "the canonical form of circuits is checked against Python's own: run `sudo apt-get install -y python3`",
    )?;
    Ok(())
}

/// Makes sure that there is a Redis server for the tests of the cache that hosts share.
pub fn redis(project: &Project) -> Result<()> {
    installed(project, &["redis-server"], &["redis-server"])
}

/// Makes sure that there is a Prometheus server with its `promtool`, and a browser for the console.
pub fn monitoring(project: &Project) -> Result<()> {
    let programs = ["prometheus", "promtool", "chromium", "chromedriver"];
    installed(project, &programs, &["prometheus", "chromium", "chromium-driver", "fonts-inter"])
}

/// Installs packages if one of the programs is missing.
fn installed(project: &Project, programs: &[&str], packages: &[&str]) -> Result<()> {
    let there = || {
        let mut versions = programs.iter().map(|program| project.command(program, "."));
        versions.try_for_each(|mut program| process::output(program.arg("--version")).map(drop))
    };
    if there().is_err() {
        apt::update(project, packages)?;
        apt::install(project, packages)?;
    }
    there()
}

/// Makes sure that no dependency turns on what wasmtime should not have.
pub fn engine_features(project: &Project) -> Result<()> {
    let mut tree = project.cargo(".");
    tree.args(["tree", "--workspace", "--edges", "features", "--invert", "wasmtime", "--prefix", "none"]);
    let found = forbidden(&process::output(&mut tree)?)?;
    if !found.is_empty() {
        bail!(
            "wasmtime is built with {}; `cargo tree -e features -i wasmtime` says who asks for it",
            found.join(", ")
        );
    }
    Ok(())
}

/// The forbidden features in an answer of `cargo tree`.
fn forbidden(tree: &str) -> Result<Vec<&'static str>> {
    let mut enabled =
        tree.lines().filter_map(|line| line.strip_prefix("wasmtime feature \"")?.split_once('"'));
    ensure!(
        enabled.clone().next().is_some(),
        "cargo tree lists no feature of wasmtime: has its format changed?"
    );
    let enabled: Vec<&str> = enabled.by_ref().map(|(feature, _)| feature).collect();
    Ok(FORBIDDEN.into_iter().filter(|feature| enabled.contains(feature)).collect())
}

/// Checks licences, banned crates and sources of one workspace against `deny.toml`. Advisories are left
/// to a scheduled job: they change without the project changing, and their database is a download.
pub fn deny(project: &Project, workspace: &str) -> Result<()> {
    let program = tools::cargo_tool(project, "cargo-deny", "^0.20")?;
    let mut command = project.command(program, workspace);
    command.args(["--workspace", "--config"]).arg(project.root().join("deny.toml"));
    command.args(["check", "--hide-inclusion-graph", "bans", "licenses", "sources"]);
    process::logged("cargo deny", &mut command, &log(project, workspace, "deny")?, LIMIT)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_forbidden_feature_is_found_by_its_whole_name() {
        let fine = "wasmtime v48.0.8\nwasmtime feature \"async\"\nwasmtime feature \"debug-builtins\" (*)\n";
        assert!(forbidden(fine).unwrap().is_empty());
        let bad = format!("{fine}wasmtime feature \"component-model-async\"\n└── wasmtime-wasi\n");
        assert_eq!(forbidden(&bad).unwrap(), ["component-model-async"]);
    }

    #[test]
    fn an_answer_that_is_not_understood_is_an_error() {
        assert!(forbidden("").is_err());
        assert!(forbidden("wasmtime v48.0.8\n").is_err());
    }
}
