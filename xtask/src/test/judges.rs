//! Other opinions on circuits: Qiskit, Braket and Cirq read what our front end reads, and must agree.
//!
//! It lives in a Python environment below the target folder, made once for each list of requirements.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

use super::{LIMIT, log};
use crate::process;
use crate::project::Project;

const FOLDER: &str = "circuit/tests/judge";

/// The environment's interpreter, with everything installed.
pub fn python(project: &Project) -> Result<PathBuf> {
    let home = project.target().join("tools/judges");
    let (python, stamp) = (home.join("bin/python"), home.join("requirements"));
    let wanted = fs::read_to_string(project.root().join(FOLDER).join("requirements.txt"))?;
    if python.is_file() && fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    let log = log(project, ".", "install-judges")?;
    let mut make = project.command("python3", ".");
    make.args(["-m", "venv", "--clear"]).arg(&home);
    process::logged("make a Python environment", &mut make, &log, LIMIT)
        .context("Python's venv module is needed: run `sudo apt-get install -y python3-venv`")?;
    let mut install = project.command(&python, FOLDER);
    install.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "-r",
        "requirements.txt",
    ]);
    process::logged("install Qiskit, Braket and Cirq (once)", &mut install, &log, LIMIT)?;
    fs::write(stamp, wanted)?;
    Ok(python)
}

/// Runs both judges over the corpus and over generated circuits, and shows what they say.
pub fn run(project: &Project) -> Result<()> {
    let python = python(project)?;
    let mut build = project.cargo(".");
    build.args(["build", "--package", "eigen-circuit", "--example", "steps"]);
    process::logged("build the front end", &mut build, &log(project, ".", "build-judged")?, LIMIT)?;
    let steps = project.target().join("debug/examples/steps");
    for (script, words) in [("judge.py", "judge the corpus"), ("families.py", "judge the families")] {
        let log = log(project, ".", script.trim_end_matches(".py"))?;
        let mut judge = project.command(&python, FOLDER);
        process::logged(words, judge.arg(script).arg(&steps), &log, LIMIT)?;
        let said = fs::read_to_string(&log)?;
        eprintln!("  {}", said.lines().last().unwrap_or_default());
    }
    Ok(())
}
