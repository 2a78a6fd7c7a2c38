//! `cargo xtask pictures`: the pictures of the console in `docs/images`, taken anew.

use std::time::Duration;

use anyhow::Result;

use crate::project::Project;
use crate::test::checks;
use crate::{guests, process, toolchain};

/// A first build takes most of it.
const LIMIT: Duration = Duration::from_hours(1);

/// Builds what is needed, and takes them.
pub fn run(project: &Project) -> Result<()> {
    checks::monitoring(project)?;
    let toolchain = toolchain::ready(project)?;
    guests::build(project, &toolchain, guests::PLUGINS)?;
    guests::build(project, &toolchain, guests::FIXTURES)?;
    let mut test = project.cargo(".");
    test.args(["test", "--test", "console", "pictures"]);
    test.env("DRIVER_MANAGER_PICTURES", project.root().join("docs/images"));
    process::logged("take the pictures", &mut test, &project.log("xtask", "pictures")?, LIMIT)
}
