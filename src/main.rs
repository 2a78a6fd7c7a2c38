//! The `driver-manager` binary; everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    driver_manager::cli::main()
}
