//! `cargo xtask demo`: from a fresh checkout to a Bell circuit's histogram, through the real server.

use std::time::Duration;

use anyhow::{Result, anyhow};

use crate::project::Project;
use crate::server::Server;
use crate::{guests, process, toolchain};

const CIRCUITS: [&str; 2] = ["examples/bell.aqo.json", "examples/bell.qasm"];

/// A first build compiles some four hundred crates.
const BUILD_LIMIT: Duration = Duration::from_hours(1);

/// Builds everything, shows a circuit on its way, and cleans up.
pub fn run(project: &Project) -> Result<()> {
    let toolchain = toolchain::ready(project)?;
    guests::build(project, &toolchain, guests::PLUGINS)?;
    let log = project.log("demo", "build")?;
    let mut build = project.cargo(".");
    build.args(["build", "--package", "driver-manager"]);
    process::logged("build the driver manager", &mut build, &log, BUILD_LIMIT)?;

    let server = Server::start(project)?;
    visit(project, &server).map_err(|error| anyhow!("{error:#}{}", process::tail(server.log())))?;
    server.stop()?;
    println!("{NEXT}");
    Ok(())
}

/// What a first visitor would do at the command line.
fn visit(project: &Project, server: &Server) -> Result<()> {
    let endpoint = server.endpoint();
    command(project, &["devices", "--endpoint", &endpoint])?;
    for circuit in CIRCUITS {
        let device = ["--device", "sim:local", "--shots", "1000", "--seed", "7"];
        let how = ["--output", "chart", "--endpoint", &endpoint];
        command(project, &[&["run", circuit][..], &device, &how].concat())?;
    }
    Ok(())
}

/// Runs the command line with its output in plain view, as if typed.
fn command(project: &Project, arguments: &[&str]) -> Result<()> {
    println!("\n$ driver-manager {}", arguments.join(" "));
    process::inherit(project.command(project.program("driver-manager"), ".").args(arguments))
}

const NEXT: &str = "
Each circuit went over gRPC into the driver manager, was checked there, ran inside a sandboxed
WebAssembly component, and came back as counts.

What to do next:
  target/debug/driver-manager serve         a server of your own; then, in another terminal:
  target/debug/driver-manager run examples/bell.qasm --device sim:local --shots 1000
  cargo xtask test                          format, lints, and every test
  plugins/template                          a driver to copy; `cargo xtask guests` builds it
  README.md                                 where to look for what";
