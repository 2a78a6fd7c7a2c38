//! Good circuits with a few bytes changed: whatever comes of them, it is never an internal error.

use driver_manager::grpc::proto::CircuitFormat;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use tonic::Code;

use crate::case::{good, request};
use crate::support::details::Details;
use crate::support::guests::BELL;
use crate::support::host::Host;

const QASM: &str = "OPENQASM 3.0;\ninclude \"stdgates.inc\";\nqubit[2] q;\nbit[2] c;\nh q[0];\ncx q[0], q[1];\n\
                    rz(-3*pi/4 + 0.5) q[1];\nc = measure q;\n";
const CASES: u32 = 256;

/// A place, what happens there, and a byte for it.
type Change = (prop::sample::Index, u8, u8);

fn changed(circuit: &[u8], changes: &[Change]) -> Vec<u8> {
    let mut bytes = circuit.to_vec();
    for (place, how, byte) in changes {
        let place = place.index(bytes.len());
        match how % 4 {
            0 => bytes[place] = *byte,
            1 => bytes.insert(place, *byte),
            2 if bytes.len() > 1 => drop(bytes.remove(place)),
            // A piece of it once more.
            _ => {
                let piece = bytes[place..].iter().copied().take(usize::from(*byte)).collect::<Vec<_>>();
                bytes.splice(place..place, piece);
            }
        }
    }
    bytes
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_circuits_are_answered_or_refused_but_never_an_internal_error() {
    let host = Host::start("{plugins: {directories: []}, log: {level: error}}").await;
    let client = host.client().await;
    let runtime = tokio::runtime::Handle::current();
    let circuits = [(CircuitFormat::AqoJson, BELL), (CircuitFormat::Qasm3Text, QASM)];
    let changes = prop::collection::vec(any::<Change>(), 1..6);
    let strategy = (prop::sample::select(circuits.to_vec()), changes);
    let mut runner =
        TestRunner::new(ProptestConfig { cases: CASES, failure_persistence: None, ..Default::default() });
    let run = move || {
        runner.run(&strategy, |((format, circuit), changes)| {
            let request = request(format, changed(circuit.as_bytes(), &changes));
            let sent = runtime.block_on(client.clone().execute_circuit(request));
            let Err(status) = sent else { return Ok(()) };
            let internal = matches!(status.code(), Code::Internal | Code::Unknown | Code::Unavailable);
            prop_assert!(!internal, "{status:?}");
            let details = Details::of(&status, "malformed");
            prop_assert!(details.is_ok(), "{details:?} of {status:?}");
            Ok(())
        })
    };
    tokio::task::spawn_blocking(run).await.unwrap().unwrap();
    assert!(host.client().await.execute_circuit(good()).await.is_ok(), "the host did not survive");
}
