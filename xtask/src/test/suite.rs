//! The steps of a test run: headings, timing, and an honest count.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;

use super::{NO_WORKSPACE, named};
use crate::progress::seconds;
use crate::project::Project;

/// How many tests there were. A step that is not a run of tests counts as one.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// What holds.
    pub passed: usize,
    /// What does not.
    pub failed: usize,
    /// What was not tried.
    pub skipped: usize,
}

impl Tally {
    /// Sums up what `cargo test` says of all its binaries.
    pub fn of(output: &str) -> Self {
        let count = |line: &str, what: &str| {
            let mut parts = line.split(['.', ';']).map(str::trim);
            let number = parts.find_map(|part| part.strip_suffix(what));
            number.and_then(|number| number.trim().parse().ok()).unwrap_or(0)
        };
        let results = output.lines().filter_map(|line| line.trim().strip_prefix("test result: "));
        results.fold(Self::default(), |sum, line| Self {
            passed: sum.passed + count(line, " passed"),
            failed: sum.failed + count(line, " failed"),
            skipped: sum.skipped + count(line, " ignored"),
        })
    }
}

/// A test run under way.
#[derive(Default)]
pub struct Suite {
    tally: Tally,
    failed: Vec<String>,
    skipped: Vec<String>,
    started: Option<Instant>,
}

impl Suite {
    /// Runs one step; what it makes, unless it fails.
    pub fn step<T>(&mut self, name: &str, work: impl FnOnce() -> Result<T>) -> Option<T> {
        let made = self.timed(name, work);
        match made {
            Some(_) => self.tally.passed += 1,
            None => self.tally.failed += 1,
        }
        made
    }

    /// Runs a step that is many tests.
    pub fn tests(&mut self, name: &str, work: impl FnOnce() -> (Tally, Result<()>)) {
        let mut tally = Tally::default();
        let held = self.timed(name, || {
            let (counted, result) = work();
            tally = counted;
            eprintln!("  {} tests passed, {} failed", tally.passed, tally.failed);
            result
        });
        self.tally.passed += tally.passed;
        // A run that fails without a failed test (it does not compile, say) is a failure all the same.
        self.tally.failed += if held.is_some() { tally.failed } else { tally.failed.max(1) };
        self.tally.skipped += tally.skipped;
    }

    fn timed<T>(&mut self, name: &str, work: impl FnOnce() -> Result<T>) -> Option<T> {
        let now = Instant::now();
        self.started.get_or_insert(now);
        eprintln!("\n== {name}");
        match work() {
            Ok(made) => {
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
        self.tally.skipped += 1;
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
        let Tally { passed, failed, skipped } = self.tally;
        let verdict = format!("tests: {passed} passed, {failed} failed");
        if skipped == 0 { verdict } else { format!("{verdict}, {skipped} skipped") }
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
        assert_eq!(suite.verdict(), "tests: 2 passed, 1 failed, 1 skipped");
        assert_eq!(format!("{:?}", suite.finish()), format!("{:?}", ExitCode::FAILURE));
    }

    #[test]
    fn a_step_that_is_not_run_is_not_counted_as_passed() {
        let mut suite = Suite::default();
        suite.step("first", || Ok(()));
        suite.skip("second", "left out");
        assert_eq!(suite.verdict(), "tests: 1 passed, 0 failed, 1 skipped");
        assert_eq!(format!("{:?}", suite.finish()), format!("{:?}", ExitCode::SUCCESS));
    }

    #[test]
    fn tests_are_summed_over_all_binaries() {
        let output = "running 3 tests\ntest result: ok. 3 passed; 0 failed; 1 ignored; 0 measured\n\
                      test result: ok. 40 passed; 0 failed\ntest result: FAILED. 9 passed; 1 failed\n";
        assert_eq!(Tally::of(output), Tally { passed: 52, failed: 1, skipped: 1 });
        assert_eq!(Tally::of(""), Tally::default());
    }

    #[test]
    fn a_test_run_that_does_not_compile_counts_as_a_failure() {
        let mut suite = Suite::default();
        suite.tests("broken", || (Tally::default(), Err(anyhow::anyhow!("does not compile"))));
        assert_eq!(suite.verdict(), "tests: 0 passed, 1 failed");
    }
}
