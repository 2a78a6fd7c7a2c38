//! Frames over the cap, in both directions.

use eigen_worker_core::message::{Hello, from_worker::Answer, to_worker::Request};

use crate::support::{Worker, error, execute, executing, hello, result};

const WIDE: &str = "def execute_circuit(self, device_id, circuit, shots, options):
    return {f'{i:020b}': 1 for i in range(int(device_id))}, 0, {}";

#[test]
fn an_answer_over_the_cap_becomes_an_error_with_both_sizes() {
    let (mut worker, _) = Worker::start_with(Hello { max_frame_bytes: 4096, ..hello(&executing(WIDE)) });
    let refused = error(worker.ask(execute("1000")));
    assert_eq!(refused.code, 8);
    assert!(refused.message.contains("4096"), "{}", refused.message);
    assert_eq!(result(worker.ask(execute("10"))).counts.len(), 10);
}

#[test]
fn a_long_answer_under_the_cap_arrives_whole() {
    let mut worker = Worker::start(&executing(WIDE));
    assert_eq!(result(worker.ask(execute("200000"))).counts.len(), 200_000);
}

#[test]
fn a_length_over_the_cap_ends_the_worker() {
    let mut worker = Worker::start(&executing(WIDE));
    worker.send_raw(&u32::MAX.to_be_bytes());
    let output = worker.printed();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("TooLong"));
}

#[test]
fn bytes_that_are_no_message_end_the_worker() {
    let mut worker = Worker::start(&executing(WIDE));
    worker.send_raw(&[0, 0, 0, 2, 0xff, 0xff]);
    assert!(!worker.ended().0.success());
}

#[test]
fn another_version_of_the_protocol_is_refused() {
    let mut worker = Worker::spawn();
    let refused = error(worker.ask(Request::Hello(Hello { protocol: 2, ..hello("") })));
    assert_eq!(refused.code, 9);
    assert!(refused.message.contains("version 2"), "{}", refused.message);
    assert!(!worker.ended().0.success());
}

#[test]
fn nothing_comes_before_hello() {
    let mut worker = Worker::spawn();
    let answer = worker.ask(execute("dev"));
    assert!(matches!(answer, Answer::Error(error) if error.message.contains("`Hello`")));
    assert!(!worker.ended().0.success());
}

#[test]
fn an_error_over_the_cap_loses_its_traceback_and_keeps_its_message() {
    let body = "def execute_circuit(self, device_id, circuit, shots, options):
    raise ValueError('too big' + '!' * int(device_id))";
    let (mut worker, _) = Worker::start_with(Hello { max_frame_bytes: 4096, ..hello(&executing(body)) });
    let failed = error(worker.ask(execute("2500")));
    assert_eq!((failed.code, failed.traceback.as_str()), (3, ""));
    assert!(failed.message.starts_with("too big!"));
    assert_eq!(error(worker.ask(execute("9000"))).code, 8);
}
