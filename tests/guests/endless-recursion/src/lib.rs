//! Calls itself until the stack is used up.

use std::hint::black_box;

use fixture::Fault;
use fixture::sdk::{Outcome, Request, Result};

#[derive(Default)]
struct EndlessRecursion;

impl Fault for EndlessRecursion {
    const NAME: &'static str = "endless-recursion";

    fn execute(&mut self, request: Request) -> Result<Outcome> {
        black_box(descend(request.shots));
        Ok(fixture::well(&request).into())
    }
}

/// Ends after 2^64 levels. Both halves depend on the level below, so that it cannot become a loop;
/// it keeps nothing in linear memory, so that it is the machine's stack that ends.
#[inline(never)]
fn descend(level: u64) -> u64 {
    if level == 0 {
        1
    } else {
        descend(level.wrapping_add(1)).rotate_left(7) ^ descend(level.wrapping_add(2))
    }
}

fixture::export!(EndlessRecursion);
