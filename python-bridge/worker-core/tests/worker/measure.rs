//! How fast a worker starts and answers, with bounds far above what a busy machine needs. The figures are printed by
//! `cargo test --release -p eigen-worker-core --test worker -- --nocapture worker_starts`.

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
fn a_worker_starts_within_a_second_and_answers_thousands_of_calls_in_one() {
    let trivial = "from eigen_driver import BaseDriver
class Driver(BaseDriver):
    def get_devices(self): return []
    def execute_circuit(self, **_): return {}, 0, {}";
    let starts = (0..5).map(|_| {
        let begun = Instant::now();
        let _worker = Worker::start_with(hello(trivial));
        begun.elapsed()
    });
    let start = median(starts.collect());
    println!("start to Hello answer: {start:?}");
    assert!(start < Duration::from_secs(1), "{start:?}");
    for colour in ["def", "async def"] {
        let mut worker = no_op(colour);
        let trips = (0..1000).map(|_| {
            let begun = Instant::now();
            worker.execute();
            begun.elapsed()
        });
        println!("{colour}: round trip p50 {:?}", median(trips.collect()));
        let (begun, calls, depth) = (Instant::now(), 10_000, 32);
        for _ in 0..depth {
            worker.send(execute("dev"));
        }
        for done in 0..calls {
            worker.next();
            if done + depth < calls {
                worker.send(execute("dev"));
            }
        }
        let rate = f64::from(calls) / begun.elapsed().as_secs_f64();
        println!("{colour}: {rate:.0} calls/s at depth {depth}");
        assert!(rate > 2_000.0, "{rate}");
    }
}
