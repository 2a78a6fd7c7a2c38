//! Drivers are tested natively, without a host: `cargo test`.
#![expect(clippy::panic, clippy::unwrap_used, reason = "tests")]

use eigen_qdriver::{ErrorCode, Pair, testing};

use super::*;

fn run(request: Request) -> Result<Vec<(String, u64)>> {
    match Abacus::default().execute(request)? {
        Outcome::Done(result) => Ok(result.counts),
        Outcome::Pending(_) => panic!("it answers at once"),
    }
}

#[test]
fn the_highest_bit_stands_leftmost() {
    let x = testing::step(Operation::X(0));
    let cx = testing::step(Operation::Cx(Pair { a: 0, b: 1 }));
    let measured = (0..3).map(|index| testing::measure(index, index));
    let circuit = testing::circuit(3, [x, cx].into_iter().chain(measured));
    assert_eq!(run(testing::request("abacus:bits", circuit)).unwrap(), [("011".to_owned(), 1000)]);
}

#[test]
fn a_gate_it_does_not_list_is_refused() {
    assert_eq!(run(testing::bell("abacus:bits")).unwrap_err().code, ErrorCode::Unimplemented);
}

#[test]
fn settings_change_the_size_and_a_wrong_key_is_named() {
    let mut abacus = Abacus::default();
    abacus.initialize(vec![("qubits".into(), "7".into())]).unwrap();
    assert_eq!(abacus.get_devices().unwrap()[0].limits[0].qubits, 7);
    let error = abacus.initialize(vec![("qbits".into(), "7".into())]).unwrap_err();
    assert!(error.message.contains("qbits"), "{}", error.message);
}
