//! Secrets and bounds change without a restart.

use driver_manager::grpc::admin::proto::ReloadConfigRequest;
use serde_json::json;

use crate::provider::Provider;
use crate::stage::{ask, config, fails, outbound};
use crate::support::host::{Host, new_folder};
use crate::support::operator::Operator;

#[tokio::test]
async fn a_reload_brings_another_secret_and_smaller_bounds_to_drivers_that_run() {
    let provider = Provider::saying("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello").await;
    let folder = new_folder();
    let [one, two] = ["one", "two"].map(|name| folder.path().join(name));
    std::fs::write(&one, "secret-one").unwrap();
    std::fs::write(&two, "secret-two").unwrap();
    let file = folder.path().join("dm.yaml");
    let write = |secret: &std::path::Path, body: &str| {
        let url = format!("http://{}/", provider.address);
        let rules = json!([{ "url": url, "zones": ["loopback"], "secret": { "name": "key" } }]);
        let more =
            json!({ "secrets": { "key": { "file": secret } }, "egress": { "max_request_body": body } });
        std::fs::write(&file, config(rules, json!({}), &more).to_string()).unwrap();
    };
    write(&one, "16MiB");
    let host = Host::launch(folder, |command| {
        command.arg("--config").arg(&file);
    })
    .await;
    let authority = provider.address.to_string();
    ask(&host, outbound(&authority, "/", &[])).await;
    assert!(provider.heads()[0].contains("Bearer secret-one"), "{:?}", provider.heads());

    write(&two, "2KiB");
    let mut operator = Operator::of(&host).await;
    let reload = operator.client.reload_config(ReloadConfigRequest {}).await.unwrap().into_inner();
    assert!(reload.restart_required.is_empty(), "{reload:?}");
    assert!(reload.drivers.is_empty(), "the driver itself goes on: {reload:?}");
    ask(&host, outbound(&authority, "/", &[])).await;
    assert!(provider.heads()[1].contains("Bearer secret-two"), "{:?}", provider.heads());
    let told = ask(&host, outbound(&authority, "/", &[("method", "POST"), ("send", "4096")])).await;
    fails(&host, &told, "HttpRequestBodySize", "too_large").await;
}
