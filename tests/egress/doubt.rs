//! What a driver has sent is on its way, whatever becomes of the driver: it is not sent again.

use serde_json::json;
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::provider::Provider;
use crate::stage::{outbound, reaching, rule};

#[tokio::test]
async fn a_driver_that_dies_after_it_has_posted_is_not_asked_again() {
    let provider = Provider::saying("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let fallbacks = json!([{
        "device": "fixture:reaches-out", "fallback": "sim:local",
        "on": ["INTERNAL", "DEADLINE_EXCEEDED", "UNAVAILABLE"],
    }]);
    let more = json!({ "resilience": { "fallbacks": fallbacks } });
    let host = reaching(json!([rule(provider.address, "/")]), more).await;
    let address = provider.address.to_string();
    for (number, then) in ["trap", "sleep"].into_iter().enumerate() {
        let options = [("method", "POST"), ("then", then), ("dm.timeout", "2s")];
        let refused =
            host.client().await.execute_circuit(outbound(&address, "/", &options)).await.unwrap_err();
        assert_eq!(refused.code(), Code::FailedPrecondition, "{then}: {refused:?}");
        let info = refused.get_details_error_info().unwrap();
        assert_eq!(info.reason, "EIGEN_BACKEND_SUBMISSION_UNKNOWN", "{then}");
        assert_eq!(provider.heads().len(), number + 1, "{then}");
    }
}

#[tokio::test]
async fn one_that_has_only_asked_or_reached_nobody_is_in_no_doubt() {
    let provider = Provider::saying("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let host = reaching(json!([rule(provider.address, "/v1/")]), json!({})).await;
    let address = provider.address.to_string();
    let asked = [("then", "trap")];
    let refused = host.client().await.execute_circuit(outbound(&address, "/v1/", &asked)).await.unwrap_err();
    assert_eq!(refused.code(), Code::Internal, "{refused:?}");
    let denied = [("method", "POST"), ("then", "trap")];
    let refused = host.client().await.execute_circuit(outbound(&address, "/v2/", &denied)).await.unwrap_err();
    assert_eq!(refused.code(), Code::Internal, "{refused:?}");
    assert_eq!(provider.heads().len(), 1);
}
