//! Coroutines: many at once, cancelled one by one.

use std::time::{Duration, Instant};

use eigen_worker_core::message::{CancelRequest, GetDevices, from_worker::Answer, to_worker::Request};

use crate::support::{Gate, Worker, error, execute, executing, result};

const SLEEPER: &str = "
async def execute_circuit(self, device_id, circuit, shots, options):
    await asyncio.sleep({'short': 0.1}.get(device_id, 3600))
    return {'0': shots}, 0.1, {'job': current_call().job_id}";

#[test]
fn a_thousand_calls_wait_at_the_same_time() {
    let mut worker = Worker::start(&executing(SLEEPER));
    result(worker.ask(execute("short")));
    let begun = Instant::now();
    let ids: Vec<_> = (0..1000).map(|_| worker.send(execute("short"))).collect();
    for id in ids {
        assert_eq!(result(worker.answer(id)).metadata["job"], "job-1");
    }
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
}

#[test]
fn a_cancelled_coroutine_is_answered_with_cancelled() {
    let mut worker = Worker::start(&executing(SLEEPER));
    let id = worker.send(execute("long"));
    result(worker.ask(execute("short")));
    worker.send(Request::CancelRequest(CancelRequest { id }));
    assert_eq!(error(worker.answer(id)).code, 1);
}

#[test]
fn so_is_one_that_has_not_begun() {
    let mut worker = Worker::start(&executing(SLEEPER));
    let id = worker.send(execute("long"));
    worker.send(Request::CancelRequest(CancelRequest { id }));
    assert_eq!(error(worker.answer(id)).code, 1);
}

#[test]
fn a_driver_may_tidy_up_when_it_is_cancelled() {
    let mut worker = Worker::start(&executing(
        "async def execute_circuit(self, device_id, circuit, shots, options):
            if device_id == 'ready':
                return {'0': 1}, 0, {}
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                raise DriverExecutionError('ABORTED', 'told the provider', ticket='t-1')",
    ));
    let id = worker.send(execute("long"));
    result(worker.ask(execute("ready")));
    worker.send(Request::CancelRequest(CancelRequest { id }));
    let error = error(worker.answer(id));
    assert_eq!((error.code, error.submission, error.ticket.as_str()), (10, 2, "t-1"));
}

#[test]
fn a_queued_call_is_dropped_and_a_running_one_goes_on() {
    let (gate, driver) = Gate::driver();
    let mut worker = Worker::start(&driver);
    let running = worker.send(execute("running"));
    gate.wait_until_a_call_runs();
    let queued = worker.send(execute("queued"));
    worker.send(Request::CancelRequest(CancelRequest { id: queued }));
    let dropped = error(worker.answer(queued));
    assert_eq!((dropped.code, dropped.submission), (1, 1));
    worker.send(Request::CancelRequest(CancelRequest { id: running }));
    gate.open();
    result(worker.answer(running));
    assert_eq!(worker.output().stdout, b"running\n");
}

#[test]
fn a_plain_method_may_return_a_coroutine() {
    let mut worker = Worker::start(&executing(
        "def execute_circuit(self, device_id, circuit, shots, options):
            return self.later(shots)
        async def later(self, shots):
            before = current_call().job_id
            await asyncio.sleep(0)
            return {'0': shots}, 0, {'job': before + current_call().job_id}"
            .replace("\n        ", "\n")
            .as_str(),
    ));
    assert_eq!(worker.result().metadata["job"], "job-1job-1");
}

#[test]
fn plain_methods_run_beside_the_coroutines_of_the_same_driver() {
    let mut worker = Worker::start(&executing(SLEEPER));
    worker.send(execute("long"));
    assert!(matches!(worker.ask(Request::GetDevices(GetDevices {})), Answer::Devices(_)));
}
