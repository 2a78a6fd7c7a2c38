//! Sessions: refreshed when old, closed when idle and at the end.

use eigen_worker_core::message::Hello;

use crate::support::{Worker, executing, hello, result};

fn driver(colour: &str) -> String {
    executing(
        &format!(
            "def session_key(self, device_id, options):
            return None if device_id == 'none' else 'session-' + device_id
        {colour} refresh_session(self, key):
            print('refresh', key)
        {colour} close_session(self, key):
            print('close', key)
        {colour} execute_circuit(self, device_id, circuit, shots, options):
            return {{'0': shots}}, 0, {{}}
        def shutdown(self):
            print('shutdown')"
        )
        .replace("\n            ", "\n    ")
        .replace("\n        ", "\n"),
    )
}

fn lines(worker: Worker) -> String {
    String::from_utf8(worker.output().stdout).expect("text")
}

fn started(colour: &str, session_idle_ms: u64, session_refresh_ms: u64) -> Worker {
    Worker::start_with(Hello { session_idle_ms, session_refresh_ms, ..hello(&driver(colour)) }).0
}

#[test]
fn a_young_session_is_used_as_it_is_and_closed_at_the_end() {
    for colour in ["def", "async def"] {
        let mut worker = started(colour, 60_000, 60_000);
        (0..3).for_each(|_| drop(worker.result()));
        result(worker.ask(crate::support::execute("none")));
        assert_eq!(lines(worker), "close session-dev\nshutdown\n", "{colour}");
    }
}

#[test]
fn an_old_one_is_refreshed_before_its_next_use() {
    for colour in ["def", "async def"] {
        let mut worker = started(colour, 60_000, 0);
        (0..2).for_each(|_| drop(worker.result()));
        assert_eq!(
            lines(worker).lines().filter(|line| *line == "refresh session-dev").count(),
            2,
            "{colour}"
        );
    }
}

#[test]
fn an_idle_one_is_closed() {
    use std::io::{BufRead as _, BufReader};
    for colour in ["def", "async def"] {
        let mut worker = started(colour, 1, 60_000);
        worker.result();
        let mut line = String::new();
        let stdout = worker.child.stdout.take().expect("piped");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        assert_eq!(line, "close session-dev\n", "{colour}");
    }
}
