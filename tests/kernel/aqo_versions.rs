//! AQO 0.1 beside 1.x: what the draft lets pass, the current contract refuses.

use serde_json::{Value, json};
use tonic::Code;

use crate::stage::{aqo, is, outcome, refusal, run, with};

fn versioned(version: &str, extra: Value) -> Value {
    let mut circuit = json!({"version": version, "qubits": 2, "operations": [{"op": "X", "q": [1]}]});
    circuit.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    circuit
}

#[tokio::test]
async fn every_version_that_is_supported_runs_and_is_told_back() {
    for version in ["0.1", "1.0.0", "1.0", "1.7.3"] {
        let answer = run(aqo(versioned(version, json!({})), 10)).await;
        assert_eq!(answer.counts, [("10".to_owned(), 10)].into(), "{version}");
        assert_eq!(answer.metadata.get("aqo_version").map(String::as_str), Some(version));
    }
}

#[tokio::test]
async fn the_documented_optional_fields_are_taken_by_all_versions() {
    let optional = json!({
        "parameters": {"unused": 1.5}, "metadata": {"author": "a kernel"}, "checksums": {"sha256": "ab"},
        "topology": {"edges": [[0, 1]]}, "annotations": {"note": {}},
    });
    for version in ["0.1", "1.0.0"] {
        assert_eq!(outcome(aqo(versioned(version, optional.clone()), 10)).await, "10", "{version}");
    }
}

#[tokio::test]
async fn an_unknown_field_at_the_top_is_ignored_by_the_draft_and_refused_by_1_x() {
    let extra = json!({"compiler": {"name": "x"}});
    assert_eq!(outcome(aqo(versioned("0.1", extra.clone()), 10)).await, "10");
    let refused = refusal(aqo(versioned("1.0.0", extra), 10)).await;
    is(&refused, Code::InvalidArgument, "EIGEN_INVALID_ARGUMENT", "compiler");
}

#[tokio::test]
async fn only_the_draft_takes_parameters_as_an_array_of_names() {
    let extra = json!({"parameters": ["a"]});
    let request = with(aqo(versioned("0.1", extra.clone()), 10), &[("param.a", "1")]);
    assert_eq!(outcome(request).await, "10");
    let refused = refusal(aqo(versioned("1.0.0", extra), 10)).await;
    is(&refused, Code::InvalidArgument, "EIGEN_INVALID_ARGUMENT", "`parameters` must be an object");
}

#[tokio::test]
async fn other_versions_are_a_failed_precondition_that_says_which_are_supported() {
    for version in ["2.0.0", "0.2", "7.0.0", "10.0"] {
        let refused = refusal(aqo(versioned(version, json!({})), 10)).await;
        is(&refused, Code::FailedPrecondition, "EIGEN_BACKEND_PRECONDITION", version);
        is(&refused, Code::FailedPrecondition, "EIGEN_BACKEND_PRECONDITION", "0.1 and 1.x");
        assert_eq!(refused.1.said("taxonomy"), "runtime");
    }
}
