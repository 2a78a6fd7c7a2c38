//! Figures, printed by `cargo test --release -- --ignored --nocapture measure`.

use std::time::{Duration, Instant};

use crate::support::{Worker, execute, executing, hello};

fn no_op(colour: &str) -> Worker {
    let method =
        "execute_circuit(self, device_id, circuit, shots, options):\n    return {'0': shots}, 0.0, {}";
    Worker::start(&executing(&format!("{colour} {method}")).replace("import asyncio, os, sys, time\n", ""))
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

#[test]
#[ignore = "a measurement"]
fn measure() {
    let trivial = "from eigen_driver import BaseDriver
class Driver(BaseDriver):
    def get_devices(self): return []
    def execute_circuit(self, **_): return {}, 0, {}";
    let starts = (0..15).map(|_| {
        let begun = Instant::now();
        let _worker = Worker::start_with(hello(trivial));
        begun.elapsed()
    });
    println!("start to Hello answer: {:?}", median(starts.collect()));
    for colour in ["def", "async def"] {
        let mut worker = no_op(colour);
        let trips = (0..5000).map(|_| {
            let begun = Instant::now();
            worker.execute();
            begun.elapsed()
        });
        println!("{colour}: round trip p50 {:?}", median(trips.collect()));
        let (begun, calls, depth) = (Instant::now(), 50_000, 32);
        for _ in 0..depth {
            worker.send(execute("dev"));
        }
        for done in 0..calls {
            worker.next();
            if done + depth < calls {
                worker.send(execute("dev"));
            }
        }
        println!(
            "{colour}: {:.0} calls/s at depth {depth}",
            f64::from(calls) / begun.elapsed().as_secs_f64()
        );
    }
}
