//! What exceptions become, and answers that are none.

use eigen_worker_core::message::{Error, Submission};

use crate::support::{Worker, executing};

fn failing(statement: &str) -> Error {
    let body = format!(
        "def execute_circuit(self, device_id, circuit, shots, options):\n    {}",
        statement.replace('\n', "\n    ")
    );
    Worker::start(&executing(&body)).error()
}

#[test]
fn pythons_own_exceptions_have_their_codes() {
    let codes = [
        ("ValueError('x')", 3),
        ("TypeError('x')", 3),
        ("NotImplementedError('x')", 12),
        ("TimeoutError('x')", 4),
        ("asyncio.TimeoutError('x')", 4),
        ("ConnectionResetError('x')", 14),
        ("OSError('x')", 14),
        ("PermissionError('x')", 7),
        ("MemoryError('x')", 8),
        ("KeyError('x')", 13),
    ];
    let body = "def execute_circuit(self, device_id, circuit, shots, options):\n    raise eval(device_id)";
    let mut worker = Worker::start(&executing(body));
    for (raised, code) in codes {
        let error = crate::support::error(worker.ask(crate::support::execute(raised)));
        assert_eq!((error.code, error.code_was_given), (code, false), "{raised}");
        assert!(error.traceback.contains("tested_driver.py"), "{}", error.traceback);
    }
}

#[test]
fn a_code_may_be_a_name_a_number_an_enum_or_a_method() {
    let body = "def execute_circuit(self, device_id, circuit, shots, options):
    import enum
    class StatusCode(enum.Enum):
        NOT_FOUND = (5, 'not found')
    class Rpc(Exception):
        def code(self): return StatusCode.NOT_FOUND
        def details(self): return 'said the server'
    class Http(OSError):
        code = 404
    raise eval(device_id)";
    let mut worker = Worker::start(&executing(body));
    let cases = [
        ("DriverExecutionError('UNAVAILABLE', 'm')", 14, "m", true),
        ("DriverExecutionError(8, 'm')", 8, "m", true),
        ("DriverExecutionError(StatusCode.NOT_FOUND, 'm')", 5, "m", true),
        ("Rpc()", 5, "said the server", true),
        ("Http('m')", 14, "m", false),
    ];
    for (raised, code, message, given) in cases {
        let error = crate::support::error(worker.ask(crate::support::execute(raised)));
        assert_eq!(
            (error.code, error.message.as_str(), error.code_was_given),
            (code, message, given),
            "{raised}"
        );
    }
}

#[test]
fn all_that_an_error_says_comes_through() {
    let error = failing(
        "raise DriverExecutionError('UNAVAILABLE', 'busy', retry_after=1.5, submission='unknown', provider_code='E7')",
    );
    assert_eq!(error.submission(), Submission::Unknown);
    assert_eq!((error.retry_after_ms, error.provider_code.as_str()), (Some(1500), "E7"));
    assert_eq!(error.exception, "eigen_driver.errors.DriverExecutionError");
}

#[test]
fn the_text_of_an_unexpected_exception_is_for_the_operator_alone() {
    let error = failing("raise KeyError('secret-token')");
    assert!(!error.message.contains("secret-token"));
    assert!(error.traceback.contains("secret-token"));
    assert!(error.traceback.contains("raise KeyError"), "the line of the source: {}", error.traceback);
    assert!(!error.traceback.contains("adapter.py"), "{}", error.traceback);
}

#[test]
fn a_driver_that_exits_gets_an_error_and_lives_on() {
    let plain = "def execute_circuit(self, device_id, circuit, shots, options):\n    raise SystemExit(1)";
    let coroutine = "async def execute_circuit(self, device_id, circuit, shots, options):\n    sys.exit(1)";
    let late = "async def execute_circuit(self, device_id, circuit, shots, options):
    await asyncio.sleep(0)
    raise KeyboardInterrupt";
    for body in [plain, coroutine, late] {
        let mut worker = Worker::start(&executing(body));
        for _ in 0..2 {
            let error = worker.error();
            assert_eq!((error.code, error.code_was_given), (13, false));
            assert!(error.message.contains("tried to end its process"), "{}", error.message);
        }
    }
}

#[test]
fn an_exception_that_cannot_be_shown_is_still_an_error() {
    let error = failing("class Bad(Exception):\n    def __str__(self): raise ValueError\nraise Bad");
    assert_eq!(error.code, 13);
}

#[test]
fn a_malformed_answer_is_the_drivers_fault_and_says_what_was_expected() {
    let body = "def execute_circuit(self, device_id, circuit, shots, options):\n    return eval(device_id)";
    let mut worker = Worker::start(&executing(body));
    let cases = [
        ("None", "expected ExecutionResult"),
        ("({'0': 1.5}, 0, {})", "expected a whole number"),
        ("({0: 1}, 0, {})", "expected a text of 0 and 1"),
        ("({'0': 1}, 'long', {})", "expected a number"),
        ("({'0': 1}, 0, [])", "expected a dict"),
        ("({'0': 2**70}, 0, {})", "expected a number of 64 bits"),
        ("PendingJob('')", "expected a text that is not empty"),
        ("PendingJob('t')", "write the method `poll_job`"),
        ("({chr(0xd800): 1}, 0, {})", "cannot be put on the wire"),
    ];
    for (answer, expected) in cases {
        let error = crate::support::error(worker.ask(crate::support::execute(answer)));
        assert_eq!(error.code, 13, "{answer}");
        assert!(error.message.contains(expected), "{answer}: {}", error.message);
    }
}
