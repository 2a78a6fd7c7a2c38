//! The steps of a test run: headings, timing, and an honest count.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;

use super::{NO_WORKSPACE, named};
use crate::progress::seconds;
use crate::project::Project;

/// A test run under way.
#[derive(Default)]
pub struct Suite {
    passed: usize,
    failed: Vec<String>,
    skipped: Vec<String>,
    started: Option<Instant>,
}

impl Suite {
    /// Runs one step; what it makes, unless it fails.
    pub fn step<T>(&mut self, name: &str, work: impl FnOnce() -> Result<T>) -> Option<T> {
        let now = Instant::now();
        self.started.get_or_insert(now);
        eprintln!("\n== {name}");
        match work() {
            Ok(made) => {
                self.passed += 1;
                eprintln!("   passed ({})", seconds(now.elapsed()));
                Some(made)
            }
            Err(error) => {
                eprintln!("   FAILED ({}): {error:#}", seconds(now.elapsed()));
                self.failed.push(name.to_owned());
                None
            }
        }
    }

    /// Runs a step in one workspace, if it exists.
    pub fn step_in(
        &mut self,
        project: &Project,
        workspace: &str,
        step: &str,
        work: impl FnOnce() -> Result<()>,
    ) {
        let name = named(step, workspace);
        if project.root().join(workspace).join("Cargo.toml").is_file() {
            self.step(&name, work);
        } else {
            self.skip(&name, NO_WORKSPACE);
        }
    }

    /// Runs a step that needs what earlier steps made.
    pub fn after<N, T>(
        &mut self,
        name: &str,
        needs: &str,
        made: Option<N>,
        work: impl FnOnce(N) -> Result<T>,
    ) -> Option<T> {
        if let Some(made) = made {
            return self.step(name, || work(made));
        }
        self.skip(name, &format!("it needs {needs}"));
        None
    }

    /// Says that a step is not run.
    pub fn skip(&mut self, name: &str, reason: &str) {
        eprintln!("\n== {name}\n   not run: {reason}");
        self.skipped.push(format!("{name}: {reason}"));
    }

    /// Sums up.
    pub fn finish(self) -> ExitCode {
        eprintln!();
        for step in &self.skipped {
            eprintln!("not run: {step}");
        }
        for step in &self.failed {
            eprintln!("FAILED: {step}");
        }
        if let Some(started) = self.started {
            eprintln!("total time: {}", seconds(started.elapsed()));
        }
        println!("{}", self.verdict());
        if self.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    fn verdict(&self) -> String {
        let verdict = format!("{} steps passed, {} failed", self.passed, self.failed.len());
        match self.skipped.len() {
            0 => verdict,
            skipped => format!("{verdict}, {skipped} not run"),
        }
    }
}

#[cfg(test)]
mod tests {
    use anyhow::bail;

    use super::*;

    #[test]
    fn a_failure_does_not_stop_the_others_but_decides_the_end() {
        let mut suite = Suite::default();
        assert_eq!(suite.step("first", || Ok(1)), Some(1));
        let broken: Option<()> = suite.step("second", || bail!("broken"));
        assert_eq!(suite.after("third", "the second", broken, |()| Ok(())), None);
        assert_eq!(suite.step("fourth", || Ok(())), Some(()));
        assert_eq!(suite.verdict(), "2 steps passed, 1 failed, 1 not run");
        assert_eq!(format!("{:?}", suite.finish()), format!("{:?}", ExitCode::FAILURE));
    }

    #[test]
    fn a_step_that_is_not_run_is_not_counted_as_passed() {
        let mut suite = Suite::default();
        suite.step("first", || Ok(()));
        suite.skip("second", "left out");
        assert_eq!(suite.verdict(), "1 steps passed, 0 failed, 1 not run");
        assert_eq!(format!("{:?}", suite.finish()), format!("{:?}", ExitCode::SUCCESS));
    }
}
