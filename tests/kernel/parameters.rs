//! Parameters: an angle by name, and all the ways to say what it is.

use serde_json::{Value, json};
use tonic::Code;

use crate::stage::{aqo, circuit, is, outcome, refusal, with};

/// As an angle of RX: turns 0 into 1.
const FLIP: &str = "3.141592653589793";

/// One rotation by this angle, with these entries of the circuit's own.
fn turned_by(theta: &str, parameters: Value) -> Value {
    let mut circuit = circuit(1, json!([{"op": "RX", "q": [0], "params": {"theta": theta}}]));
    circuit["parameters"] = parameters;
    circuit
}

/// What the rotation by `angle` gives under these options.
async fn measured(parameters: Value, options: &[(&str, &str)]) -> String {
    outcome(with(aqo(turned_by("angle", parameters), 20), options)).await
}

#[tokio::test]
async fn every_spelling_of_an_option_binds_a_parameter() {
    for key in ["param.angle", "param:angle", "parameters.angle", "parameters:angle", "angle"] {
        assert_eq!(measured(json!({}), &[(key, FLIP)]).await, "1", "{key}");
        assert_eq!(measured(json!({}), &[(key, " 0 ")]).await, "0", "{key}");
    }
    assert_eq!(measured(json!({"angle": "angle"}), &[("vqe.params", FLIP)]).await, "1");
}

#[tokio::test]
async fn an_earlier_spelling_wins_over_a_later_and_every_option_over_the_circuit() {
    let own = || json!({"angle": 0});
    let spellings = ["param.angle", "param:angle", "parameters.angle", "parameters:angle", "angle"];
    for (rank, key) in spellings.into_iter().enumerate() {
        let weaker = spellings[rank + 1..].iter().map(|key| (*key, "0"));
        let options: Vec<_> = weaker.chain([(key, FLIP), ("vqe.params", "0")]).collect();
        assert_eq!(measured(own(), &options).await, "1", "{key}");
    }
    // The list comes last, after the circuit's own entry.
    assert_eq!(measured(json!({"angle": FLIP}), &[("vqe.params", "0")]).await, "1");
}

#[tokio::test]
async fn the_circuits_own_entry_is_a_number_a_numeric_string_or_another_name() {
    assert_eq!(measured(json!({"angle": std::f64::consts::PI}), &[]).await, "1");
    assert_eq!(measured(json!({"angle": FLIP}), &[]).await, "1");
    assert_eq!(measured(json!({"angle": "other", "other": "third", "third": FLIP}), &[]).await, "1");
    assert_eq!(measured(json!({"angle": "other"}), &[("param.other", FLIP)]).await, "1");
    assert_eq!(measured(json!({}), &[("param.angle", "other"), ("other", FLIP)]).await, "1");
}

#[tokio::test]
async fn an_angle_may_itself_be_a_numeric_string() {
    assert_eq!(outcome(aqo(turned_by(FLIP, json!({})), 20)).await, "1");
    assert_eq!(outcome(aqo(turned_by("0.0e0", json!({})), 20)).await, "0");
}

#[tokio::test]
async fn an_entry_that_names_itself_waits_for_a_value() {
    let own = || json!({"angle": "angle"});
    assert_eq!(measured(own(), &[("param.angle", FLIP)]).await, "1");
    assert_eq!(measured(own(), &[("vqe.params", FLIP)]).await, "1");
    let unbound = refusal(aqo(turned_by("angle", own()), 20)).await;
    is(&unbound, Code::InvalidArgument, "EIGEN_INVALID_ARGUMENT", "`angle` has no value");
}

#[tokio::test]
async fn the_list_binds_declared_parameters_in_their_order() {
    let mut twice = circuit(
        2,
        json!([
            {"op": "RX", "q": [0], "params": {"theta": "zeta"}},
            {"op": "RX", "q": [1], "params": {"theta": "alpha"}},
        ]),
    );
    // Declared in this order, which is not the alphabet's.
    twice["parameters"] = json!({"zeta": "zeta", "alpha": "alpha"});
    let list = |values: &str| with(aqo(&twice, 20), &[("vqe.params", values)]);
    assert_eq!(outcome(list(&format!("{FLIP}, 0"))).await, "01");
    assert_eq!(outcome(list(&format!("0,{FLIP}"))).await, "10");
    let short = refusal(list("0")).await;
    is(&short, Code::InvalidArgument, "EIGEN_INVALID_ARGUMENT", "alpha");
    // The draft's array of names declares as well.
    twice["version"] = json!("0.1");
    twice["parameters"] = json!(["alpha", "zeta"]);
    let list = with(aqo(&twice, 20), &[("vqe.params", &format!("0,{FLIP}"))]);
    assert_eq!(outcome(list).await, "01");
}

#[tokio::test]
async fn a_bare_name_binds_only_a_number_and_never_a_known_option() {
    let text = refusal(with(aqo(turned_by("angle", json!({})), 5), &[("angle", "blue")])).await;
    is(&text, Code::InvalidArgument, "EIGEN_INVALID_ARGUMENT", "`angle` has no value");
    let seed = refusal(with(aqo(turned_by("seed", json!({})), 5), &[("seed", "3")])).await;
    is(&seed, Code::InvalidArgument, "EIGEN_INVALID_ARGUMENT", "`seed` has no value");
    let prefixed = with(aqo(turned_by("seed", json!({})), 5), &[("seed", "3"), ("param.seed", FLIP)]);
    assert_eq!(outcome(prefixed).await, "1");
}

#[tokio::test]
async fn what_has_no_value_and_what_runs_in_a_circle_is_named_with_its_place() {
    let unknown = refusal(aqo(turned_by("angle", json!({})), 5)).await;
    is(&unknown, Code::InvalidArgument, "EIGEN_INVALID_ARGUMENT", "operations[0].params.theta");
    is(&unknown, Code::InvalidArgument, "EIGEN_INVALID_ARGUMENT", "`angle` has no value");
    let circle = json!({"angle": "other", "other": "third", "third": "other"});
    let circle = refusal(aqo(turned_by("angle", circle), 5)).await;
    is(&circle, Code::InvalidArgument, "EIGEN_INVALID_ARGUMENT", "`angle` is circular");
    let options = [("param.angle", "other"), ("param.other", "angle")];
    let circle = refusal(with(aqo(turned_by("angle", json!({})), 5), &options)).await;
    is(&circle, Code::InvalidArgument, "EIGEN_INVALID_ARGUMENT", "`angle` is circular");
}

#[tokio::test]
async fn a_value_that_is_neither_number_nor_name_is_refused() {
    for value in ["", "1.5.2", "pi/2", "1e999", "0x10"] {
        let refused = refusal(with(aqo(turned_by("angle", json!({})), 5), &[("param.angle", value)])).await;
        is(&refused, Code::InvalidArgument, "EIGEN_INVALID_ARGUMENT", "param.angle");
    }
}
