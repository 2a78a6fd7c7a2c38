//! Takes memory, a mebibyte at a time, until it is refused; then it dies of it, as programs do.

use std::hint::black_box;

use fixture::Fault;
use fixture::sdk::{Outcome, Request, Result};

#[derive(Default)]
struct MemoryBomb;

impl Fault for MemoryBomb {
    const NAME: &'static str = "memory-bomb";

    fn execute(&mut self, _request: Request) -> Result<Outcome> {
        let mut hoard = Vec::new();
        loop {
            hoard.push(black_box(vec![1_u8; 1 << 20]));
        }
    }
}

fixture::export!(MemoryBomb);
