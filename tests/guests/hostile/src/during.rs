//! Hostile while it executes: with the processor, memory, handles, the log, clocks, chance and the network.

use std::hint::black_box;
use std::time::Duration;

use eigen_qdriver::{log, random, time};
use wasip2::clocks::monotonic_clock;
use wasip2::http::outgoing_handler;
use wasip2::http::types::{Fields, OutgoingRequest, Scheme};
use wasip2::io::poll::{Pollable, poll};

/// What is never given back.
#[derive(Default)]
pub struct Hoard {
    memory: Vec<Vec<u8>>,
    pollables: Vec<Pollable>,
    headers: Vec<Fields>,
}

const MIB: usize = 1 << 20;

/// Never returns.
pub fn burn() -> ! {
    let mut number = 0u64;
    loop {
        number = black_box(number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
    }
}

/// Takes memory in steps until it is refused.
pub fn eat(step: usize) -> ! {
    let mut eaten = Vec::new();
    loop {
        eaten.push(black_box(vec![1u8; step]));
    }
}

fn recurse(depth: u64) -> u64 {
    let frame = black_box([depth; 64]);
    if depth == u64::MAX { 0 } else { recurse(depth + 1) + frame[7] }
}

#[expect(clippy::panic, reason = "it is what the word says")]
pub fn misbehave(word: &str, hoard: &mut Hoard) {
    match word {
        "cpu-loop" => burn(),
        "cpu-host-calls" => loop {
            black_box(time::unix_ms());
        },
        "cpu-allocate" => loop {
            black_box(vec![0u8; 4096]);
        },
        "memory-steps" => eat(MIB),
        "memory-bytes" => eat(64),
        "memory-at-once" => drop(black_box(vec![1u8; 1 << 31])),
        "memory-leak" => hoard.memory.push(vec![1u8; MIB]),
        "stack" => drop(black_box(recurse(0))),
        "panic" => panic!("no"),
        "abort" => std::process::abort(),
        "exit" => std::process::exit(0),
        "unreachable" => std::process::exit(7),
        "handles-pollables" => loop {
            hoard.pollables.push(monotonic_clock::subscribe_duration(3_600_000_000_000));
        },
        "handles-headers" => loop {
            hoard.headers.push(Fields::new());
        },
        "headers-fill" => {
            let headers = Fields::new();
            while headers.append("x", b"0123456789012345678901234567890123456789").is_ok() {}
        }
        "log-flood" => (0..100_000).for_each(|number| log::info("flood", &[("number", &number)])),
        "log-giant" => log::error(&"x".repeat(8 * MIB), &[]),
        "log-control" => log::warn("a\nb\u{1b}[2J{\"event\":\"forged\"}", &[("k\n", &"v\u{7}")]),
        "stdout-flood" => (0..100_000).for_each(|number| println!("flood {number}")),
        "stderr-endless-line" => (0..1000).for_each(|_| eprint!("{}", "x".repeat(4096))),
        "random-flood" => loop {
            random::fill(&mut [0; 4096]);
        },
        "clock-storm" => loop {
            black_box(time::monotonic_ns());
        },
        "sleep" => time::sleep(Duration::from_hours(1)),
        "sleep-storm" => loop {
            time::sleep(Duration::from_nanos(1));
        },
        "poll-storm" => loop {
            let ready = monotonic_clock::subscribe_duration(0);
            black_box(poll(&[&ready]));
        },
        "http-storm" => (0..10_000).for_each(|_| request("127.0.0.1:1")),
        "http-metadata" => request("169.254.169.254"),
        "http-strange" => {
            for authority in ["", "@", "a@b", "[::ffff:127.0.0.1]:1", "127.1:1", "xn--:1"] {
                request(authority);
            }
        }
        _ => {}
    }
}

pub fn cancel(word: &str) {
    if word == "cancel-loop" {
        burn();
    }
}

/// A request to where nothing is granted. What comes of it is of no interest.
fn request(authority: &str) {
    let request = OutgoingRequest::new(Fields::new());
    let _ = request.set_scheme(Some(&Scheme::Http));
    let _ = request.set_authority(Some(authority));
    let _ = request.set_path_with_query(Some("/"));
    if let Ok(answer) = outgoing_handler::handle(request, None) {
        answer.subscribe().block();
    }
}
