//! Grows its table of functions, a thousand elements at a time, until it is refused; then it dies.
//!
//! A host without a limit would run out of memory. So that it does not take the machine along,
//! the bomb answers well at ten million elements (80 MB in the host): a test sees that it got away.

use fixture::Fault;
use fixture::sdk::{Outcome, Request, Result};

#[cfg(target_arch = "wasm32")]
#[expect(unsafe_code, reason = "made by the build script, which states its signature")]
mod table {
    unsafe extern "C" {
        pub safe fn grow_table(elements: u32) -> i32;
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod table {
    pub fn grow_table(_elements: u32) -> i32 {
        -1
    }
}

#[derive(Default)]
struct TableBomb;

impl Fault for TableBomb {
    const NAME: &'static str = "table-bomb";

    fn execute(&mut self, request: Request) -> Result<Outcome> {
        loop {
            match table::grow_table(1000) {
                -1 => std::process::abort(),
                10_000_000.. => return Ok(fixture::well(&request).into()),
                _ => {}
            }
        }
    }
}

fixture::export!(TableBomb);
