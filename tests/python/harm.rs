//! Drivers that do harm to themselves: their callers are told what happened, another driver's callers notice nothing,
//! and the next call meets a driver that works.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use tonic::Code;

use crate::stage::{Stage, ask, code, worker};
use crate::support::guests::{answer, bell};

/// What a driver does when it is told to.
const HARM: &str = "
what = options.get('do')
if what == 'segfault':
    import ctypes; ctypes.string_at(0)
elif what == 'exit':
    os._exit(3)
elif what == 'hold':
    import re; re.match('(a+)+$', 'a' * 64 + 'b')
elif what == 'memory':
    held = []
    while True: held.append(bytearray(16 << 20))
elif what == 'fork':
    while True: os.fork()
elif what == 'deadlock':
    import threading; lock = threading.Lock(); lock.acquire(); lock.acquire()
elif what == 'result':
    seen['much'] = 'x' * (1 << 30)
elif what == 'garbage':
    for descriptor in range(3, 64):
        try: os.write(descriptor, b'\\xff' * 64)
        except OSError: pass
    time.sleep(3600)
elif what == 'threads':
    import threading
    wait = threading.Event()
    for _ in range(200): threading.Thread(target=wait.wait, daemon=True).start()
    time.sleep(3600)
elif what == 'flood':
    for _ in range(20000): print('x' * 1000)";

/// What a driver does, and what its caller gets.
const CASES: &[(&str, &[Code])] = &[
    ("segfault", &[Code::Unavailable]),
    ("exit", &[Code::Unavailable]),
    ("hold", &[Code::DeadlineExceeded]),
    ("memory", &[Code::ResourceExhausted]),
    ("fork", &[Code::PermissionDenied]),
    ("deadlock", &[Code::DeadlineExceeded]),
    ("result", &[Code::ResourceExhausted]),
    ("garbage", &[Code::Unavailable]),
    ("threads", &[Code::ResourceExhausted]),
    ("flood", &[Code::Ok]),
];

fn stage() -> Stage {
    Stage::new(json!({
        "resilience": { "retry": { "attempts": 1 } },
        "drivers": { "lab": { "limits": { "memory": "256MiB" } } },
    }))
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_driver_does_to_itself_its_caller_is_told_and_the_callers_of_another_notice_nothing() {
    let stage = stage();
    stage.install("1.0.0", "def", HARM);
    let host = stage.start().await;
    let client = host.client().await;
    worker(&ask(&client, &[]).await.unwrap());
    let over = Arc::new(AtomicBool::new(false));
    let beside = tokio::spawn({
        let (client, over) = (client.clone(), Arc::clone(&over));
        async move {
            let mut served = 0;
            while !over.load(Ordering::Relaxed) {
                answer(&client, bell("other", "sim:local", &[])).await;
                served += 1;
            }
            served
        }
    });
    for (what, expected) in CASES {
        let answered = ask(&client, &[("do", what), ("dm.timeout", "4s")]).await;
        let told = format!("{answered:?}");
        let got = answered.map_or_else(|status| status.code(), |_| Code::Ok);
        assert!(expected.contains(&got), "{what}: {told}");
        for (limit, key) in [("memory", "drivers.lab.limits.memory"), ("threads", "python.max_threads")] {
            assert!(limit != *what || told.contains(key), "{what}: {told}");
        }
        // One that holds on is killed a little later, with whoever came meanwhile.
        let until = Instant::now() + Duration::from_secs(25);
        while let Err(status) = ask(&client, &[("after", what)]).await {
            assert_eq!(status.code(), Code::Unavailable, "{what}: {status:?}");
            assert!(Instant::now() < until, "{what}: {status:?}");
        }
    }
    over.store(true, Ordering::Relaxed);
    assert!(beside.await.unwrap() > 10);
}

#[tokio::test]
async fn a_worker_that_holds_the_interpreters_lock_is_killed_long_before_its_calls_deadline() {
    let stage = Stage::new(json!({
        "python": { "ping_interval": "100ms", "ping_timeout": "500ms" },
        "resilience": { "retry": { "attempts": 1 } },
    }));
    stage.install("1.0.0", "def", HARM);
    let host = stage.start().await;
    let client = host.client().await;
    let asked = Instant::now();
    let status = ask(&client, &[("do", "hold"), ("dm.timeout", "60s")]).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status:?}");
    assert!(asked.elapsed() < Duration::from_secs(30), "{:?}", asked.elapsed());
    host.log().wait_for("the reason", |line| line.to_string().contains("python.ping_timeout")).await;
}

#[tokio::test]
async fn a_driver_whose_initialize_raises_is_refused_and_the_log_says_what() {
    let stage = stage();
    stage.install_file("1.0.0", "class Driver:\n    def initialize(self, config): raise RuntimeError('no-such-lab')\n    def get_devices(self): return []\n    def execute_circuit(self, **_): pass\n");
    let host = stage.start().await;
    assert_eq!(code(ask(&host.client().await, &[]).await), Code::NotFound);
    host.log().wait_for("the reason", |line| line.to_string().contains("no-such-lab")).await;
}

#[tokio::test]
async fn a_worker_that_dies_shut_in_has_submitted_nothing_so_its_call_is_made_again() {
    let stage = Stage::new(json!({}));
    // It declares nothing about repetition; what it leaves behind is the second attempt's number.
    let driver = "
import os
from eigen_driver import current_call
class Driver:
    def get_devices(self): return [{'device_id': 'py:a', 'capabilities': {'max_qubits': 5}}]
    def execute_circuit(self, device_id, circuit, shots, options):
        if current_call().attempt == 1: os._exit(7)
        return {'01': shots}, 0.001, {'attempt': str(current_call().attempt)}
";
    stage.install_file("1.0.0", driver);
    let host = stage.start().await;
    assert_eq!(ask(&host.client().await, &[]).await.unwrap().metadata["attempt"], "2");
}

#[tokio::test]
async fn a_worker_that_stands_by_takes_over_from_one_that_dies() {
    let stage = Stage::new(json!({ "python": { "standby": 1 } }));
    stage.install_file("1.0.0", "
import os
class Driver:
    def initialize(self, config): print('initialised', os.getpid())
    def get_devices(self): return [{'device_id': 'py:a', 'capabilities': {'max_qubits': 5, 'idempotent': True}}]
    def execute_circuit(self, device_id, circuit, shots, options): return {'01': shots}, 0.001, {'pid': str(os.getpid())}
");
    let host = stage.start().await;
    let client = host.client().await;
    let first = worker(&ask(&client, &[]).await.unwrap());
    let said = |line: &serde_json::Value| {
        let said = line["message"].as_str().and_then(|said| said.strip_prefix("initialised "));
        said.and_then(|pid| pid.parse().ok()).filter(|pid| *pid != first)
    };
    let line = host.log().wait_for("another worker", |line| said(line).is_some()).await;
    let standing_by: i32 = said(&line).unwrap();
    worker(&ask(&client, &[("seed", "2")]).await.unwrap());
    kill_process(Pid::from_raw(first).unwrap(), Signal::KILL).unwrap();
    assert_eq!(worker(&ask(&client, &[("seed", "3")]).await.unwrap()), standing_by);
}
