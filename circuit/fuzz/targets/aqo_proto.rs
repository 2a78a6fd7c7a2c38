//! See [`bodies::aqo_proto`].

#![no_main]

#[path = "../bodies.rs"]
mod bodies;
#[path = "../timed.rs"]
mod timed;

libfuzzer_sys::fuzz_target!(|data: &[u8]| timed::timed(bodies::aqo_proto, data));
