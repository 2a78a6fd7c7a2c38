//! Programs of a few bytes that keep the front end busy: their callers wait, nobody else.

use std::time::Duration;

use driver_manager::grpc::proto::CircuitFormat;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tonic::Code;

use crate::case::{good, request};
use crate::support::host::Host;
use crate::wanted::too_large;

/// More than the threads that serve.
const CALLERS: usize = 6;
const ENDLESS: &str = "OPENQASM 3.0; include \"stdgates.inc\"; qubit q; while (true) { x q; }";

#[tokio::test]
async fn loops_without_end_do_not_keep_others_from_their_answers() {
    let host = Host::start("{plugins: {directories: []}, circuits: {max_operations: 3_000_000}}").await;
    let mut endless = JoinSet::new();
    for _ in 0..CALLERS {
        let mut client = host.client().await;
        endless
            .spawn(async move { client.execute_circuit(request(CircuitFormat::Qasm3Text, ENDLESS)).await });
    }
    let mut client = host.client().await;
    let mut answered = 0;
    while endless.len() == CALLERS {
        assert!(client.execute_circuit(good()).await.is_ok());
        answered += 1;
        if let Some(first) = endless.try_join_next() {
            let status = first.unwrap().unwrap_err();
            assert_eq!(too_large("operations").check(&status, "malformed"), Ok(()), "{status:?}");
        }
    }
    assert!(answered >= 10, "only {answered} answers before the first loop was given up");
}

/// So much work that only a clock ends it, and so few operations that no other limit does.
const BUSY: &str = "OPENQASM 3.0; qubit q; int i = 0; while (i >= 0) { i += 1; }";
const SHORT: &str = "OPENQASM 3.0; qubit q;";

#[tokio::test]
async fn a_circuit_whose_caller_is_gone_is_read_no_further() {
    let circuits = "max_reading: 1, max_work: 100_000_000_000, max_read_time: 1h";
    let host = Host::start(&format!("{{plugins: {{directories: []}}, circuits: {{{circuits}}}}}")).await;
    let mut client = host.client().await;
    let mut late = request(CircuitFormat::Qasm3Text, BUSY);
    late.options.insert("dm.timeout".to_owned(), "200ms".to_owned());
    let status = client.execute_circuit(late).await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded, "{status:?}");
    let mut abandoned = host.client().await;
    let call = async move { abandoned.execute_circuit(request(CircuitFormat::Qasm3Text, BUSY)).await };
    assert!(timeout(Duration::from_millis(200), call).await.is_err(), "nothing ends it but its caller");
    // The one place for reading is free again, long before the hour is over.
    let answer = client.execute_circuit(request(CircuitFormat::Qasm3Text, SHORT));
    assert!(timeout(Duration::from_secs(20), answer).await.unwrap().is_ok());
}

#[tokio::test]
async fn reading_a_circuit_takes_no_longer_than_the_config_allows() {
    let circuits = "max_work: 100_000_000_000, max_read_time: 50ms";
    let host = Host::start(&format!("{{plugins: {{directories: []}}, circuits: {{{circuits}}}}}")).await;
    let mut client = host.client().await;
    let status = client.execute_circuit(request(CircuitFormat::Qasm3Text, BUSY)).await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded, "{status:?}");
    assert!(status.message().contains("reading the payload took longer than it may"), "{status:?}");
    assert!(client.execute_circuit(request(CircuitFormat::Qasm3Text, SHORT)).await.is_ok());
}
