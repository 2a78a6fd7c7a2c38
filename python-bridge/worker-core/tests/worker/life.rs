//! How a worker's life ends, and what goes on while the driver is stuck.

use std::time::Duration;

use eigen_worker_core::message::{Hello, Shutdown, from_worker::Answer, to_worker::Request};

use crate::support::{Gate, Worker, error, execute, executing, hello, scratch, wait_for};

/// Signals that it runs, and holds the interpreter's lock from then on.
fn stuck() -> (Worker, u64) {
    let running = scratch().join("running");
    // A match that never yields: no bytecode runs in which another thread could get the lock.
    let mut worker = Worker::start(&executing(&format!(
        "def execute_circuit(self, device_id, circuit, shots, options):
            import re
            open({running:?}, 'w').close()
            re.match('(a+)+$', 'a' * 64 + 'b')"
    )));
    let id = worker.send(execute("dev"));
    wait_for(&running);
    (worker, id)
}

#[test]
fn a_driver_that_holds_the_lock_answers_pings_but_not_those_through_python() {
    let (mut worker, _) = stuck();
    let through_python = worker.ping(true);
    let direct = worker.ping(false);
    assert!(matches!(worker.answer(direct), Answer::Pong(_)));
    assert!(!worker.has_answered(through_python));
}

#[test]
fn a_healthy_driver_answers_both() {
    let mut worker = Worker::start(&executing("def execute_circuit(self, **_):\n    pass"));
    for through_python in [false, true] {
        let id = worker.ping(through_python);
        assert!(matches!(worker.answer(id), Answer::Pong(_)));
    }
}

#[test]
fn the_end_of_the_host_is_the_end_of_a_stuck_worker() {
    let (mut worker, _) = stuck();
    worker.hang_up();
    let (status, after) = worker.ended();
    assert!(status.success() && after < Duration::from_millis(200), "{status} after {after:?}");
}

#[test]
fn and_of_one_that_is_still_importing() {
    let mut worker = Worker::spawn();
    worker.send(Request::Hello(hello("import re\nre.match('(a+)+$', 'a' * 64 + 'b')")));
    let ping = worker.ping(false);
    assert!(matches!(worker.answer(ping), Answer::Pong(_)));
    worker.hang_up();
    assert!(worker.ended().1 < Duration::from_millis(200));
}

#[test]
fn what_has_not_started_at_shutdown_is_not_started() {
    let (gate, driver) = Gate::driver();
    let mut worker = Worker::start(&driver);
    let running = worker.send(execute("dev"));
    gate.wait_until_a_call_runs();
    let waiting = worker.send(execute("dev"));
    let shutdown = worker.send(Request::Shutdown(Shutdown {}));
    let late = worker.send(execute("dev"));
    assert_eq!([error(worker.answer(waiting)).code, error(worker.answer(late)).code], [10, 10]);
    gate.open();
    crate::support::result(worker.answer(running));
    assert!(matches!(worker.answer(shutdown), Answer::Done(_)));
    assert!(worker.ended().0.success());
}

#[test]
fn as_many_plain_calls_run_at_once_as_there_are_threads() {
    let body = "def execute_circuit(self, device_id, circuit, shots, options):
    import threading
    self.meet = self.__dict__.setdefault('meet', threading.Barrier(3))
    self.meet.wait(10)
    return {'0': shots}, 0, {}";
    let (mut worker, _) = Worker::start_with(Hello { sync_threads: 3, ..hello(&executing(body)) });
    let ids: Vec<_> = (0..3).map(|_| worker.send(execute("dev"))).collect();
    for id in ids {
        crate::support::result(worker.answer(id));
    }
}
