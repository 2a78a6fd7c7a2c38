//! Programs of a few bytes that keep the front end busy: their callers wait, nobody else.

use driver_manager::grpc::proto::CircuitFormat;
use tokio::task::JoinSet;

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
