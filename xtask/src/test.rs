//! `cargo xtask test`: everything that has to hold before a change goes in, the cheapest first.
//!
//! A step that fails does not stop the others that do not need it; the summary at the end lists all that
//! went wrong. What is not run is said, with the reason, and is never counted as passed.

pub mod checks;
mod judges;
mod suite;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, ensure};
use clap::Args;

use crate::bridge;
use crate::guests;
use crate::project::Project;
use crate::python_sdks;
use crate::{process, toolchain};
use suite::{Suite, Tally};

/// No build or test run of ours takes longer.
const LIMIT: Duration = Duration::from_hours(1);

/// How much to run.
#[derive(Args)]
pub struct Options {
    /// Leave out what takes long: test fixtures, integration and doc tests, the licence check
    #[arg(long)]
    fast: bool,
}

const SLOW: &str = "left out by --fast";

/// Runs every step; the exit code says whether all passed.
pub fn run(project: &Project, options: &Options) -> ExitCode {
    let mut suite = Suite::default();
    suite.step("tools", || checks::tools(project));
    for workspace in WORKSPACES {
        suite.step_in(project, workspace, "format", || {
            cargo(project, workspace, "fmt", &["fmt", "--all", "--check", "--", "--color", "never"])
        });
    }
    for workspace in WORKSPACES {
        suite.step_in(project, workspace, "lock file", || {
            cargo(project, workspace, "lock", &["metadata", "--locked", "--format-version", "1"])
        });
    }
    suite.step("engine features", || checks::engine_features(project));
    for workspace in WORKSPACES {
        if options.fast {
            suite.skip(&named("licences and sources", workspace), SLOW);
        } else {
            suite.step_in(project, workspace, "licences and sources", || checks::deny(project, workspace));
        }
    }

    let redis = if options.fast {
        suite.skip("Redis server", SLOW);
        None
    } else {
        suite.step("Redis server", || checks::redis(project))
    };
    let monitoring = if options.fast {
        suite.skip("Prometheus and Chromium", SLOW);
        None
    } else {
        suite.step("Prometheus and Chromium", || checks::monitoring(project))
    };
    let toolchain = suite.step("wasm toolchain", || toolchain::ready(project));
    let drivers = suite.after("drivers", "the wasm toolchain", toolchain.as_ref(), |toolchain| {
        guests::build(project, toolchain, guests::PLUGINS)
    });
    let worker = suite.step("Python worker", || bridge::build(project));
    let sdks = if options.fast {
        suite.skip("SDKs of Python drivers", SLOW);
        None
    } else {
        suite.step("SDKs of Python drivers", || python_sdks::build(project))
    };
    let fixtures = if options.fast {
        suite.skip("test fixtures", SLOW);
        None
    } else if guests::FIXTURES.exist(project) {
        suite.after("test fixtures", "the wasm toolchain", toolchain.as_ref(), |toolchain| {
            guests::build(project, toolchain, guests::FIXTURES)
        })
    } else {
        suite.skip("test fixtures", NO_WORKSPACE);
        Some(())
    };

    for workspace in WORKSPACES {
        suite.step_in(project, workspace, "clippy", || {
            let arguments = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
            cargo(project, workspace, "clippy", &arguments)
        });
    }
    suite.tests(&named("tests", PLUGINS), || tests(project, PLUGINS, &["test", "--workspace"]));
    suite.tests(&named("tests", bridge::FOLDER), || {
        tests(project, bridge::FOLDER, &["test", "--package", "eigen-worker-core"])
    });
    suite.step("tests of the Python package", || bridge::package_tests(project));
    if options.fast {
        suite.skip("integration and doc tests", SLOW);
        let arguments = ["test", "--workspace", "--lib", "--bins", "--no-fail-fast"];
        match drivers {
            Some(()) => suite.tests("unit tests", || tests(project, ROOT, &arguments)),
            None => suite.skip("unit tests", "it needs the drivers"),
        }
    } else {
        let arguments = ["test", "--workspace", "--no-fail-fast"];
        match drivers.and(fixtures).and(redis).and(monitoring).and(worker).and(sdks) {
            Some(()) => suite.tests("unit, integration and doc tests", || tests(project, ROOT, &arguments)),
            None => {
                suite.skip(
                    "unit, integration and doc tests",
                    "it needs the drivers, test fixtures, the Python worker and SDKs, Redis, Prometheus and Chromium",
                );
            }
        }
    }
    if options.fast {
        suite.skip("circuits judged by Qiskit, Braket and Cirq", SLOW);
    } else {
        suite.step("circuits judged by Qiskit, Braket and Cirq", || judges::run(project));
    }
    suite.finish()
}

const ROOT: &str = ".";
const PLUGINS: &str = guests::PLUGINS.folder;

/// The workspaces, as folders relative to the root.
const WORKSPACES: [&str; 4] = [ROOT, PLUGINS, guests::FIXTURES.folder, bridge::FOLDER];

const NO_WORKSPACE: &str = "there is no such workspace";

/// What a step is called in one of the workspaces.
fn named(step: &str, workspace: &str) -> String {
    if workspace == ROOT { step.to_owned() } else { format!("{step} ({workspace})") }
}

/// Runs cargo in a workspace, with a log of its own.
fn cargo(project: &Project, workspace: &str, step: &str, arguments: &[&str]) -> Result<()> {
    let mut command = project.cargo(workspace);
    if workspace == bridge::FOLDER {
        command.env(bridge::BUILD_WITHOUT_PYTHON.0, bridge::BUILD_WITHOUT_PYTHON.1);
    }
    let label = format!("cargo {}", arguments[0]);
    process::logged(&label, command.args(arguments), &log(project, workspace, step)?, LIMIT)
}

/// Runs `cargo test` and counts its tests, failed ones too; none at all is a mistake, not a success.
fn tests(project: &Project, workspace: &str, arguments: &[&str]) -> (Tally, Result<()>) {
    let run = cargo(project, workspace, "test", arguments);
    let output = log(project, workspace, "test").and_then(|log| Ok(std::fs::read_to_string(log)?));
    let tally = Tally::of(&output.unwrap_or_default());
    let some = || {
        ensure!(tally.passed > 0, "cargo test ran no test in {workspace}");
        Ok(())
    };
    (tally, run.and_then(|()| some()))
}

fn log(project: &Project, workspace: &str, step: &str) -> Result<std::path::PathBuf> {
    let name = if workspace == ROOT { "root".to_owned() } else { workspace.replace('/', "-") };
    project.log("xtask", &format!("{step}-{name}"))
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn steps_outside_the_root_name_their_workspace() {
        assert_eq!(named("clippy", "."), "clippy");
        assert_eq!(named("clippy", "plugins"), "clippy (plugins)");
    }
}
