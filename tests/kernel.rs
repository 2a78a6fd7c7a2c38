//! x
#![expect(clippy::unwrap_used, reason = "tests")]
mod support;
use support::host::Host;
#[tokio::test]
async fn starts() {
    let mut host = Host::start("plugins: {directories: []}").await;
    let devices =
        host.client().await.list_devices(driver_manager::grpc::proto::ListDevicesRequest {}).await.unwrap();
    println!("{}", devices.into_inner().devices.len());
    println!("{:?}", host.stop().await);
    println!("{}", host.log().text());
}
