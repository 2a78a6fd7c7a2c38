//! A provider that does not answer: what was known counts, and says that it is old.

use std::time::{SystemTime, UNIX_EPOCH};

use driver_manager::grpc::proto::{DeviceStatus, GetDeviceStatusRequest, ListDevicesRequest};
use serde_json::json;

use crate::stage::scripted_host;

fn unix_ms() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()
}

#[tokio::test]
async fn a_list_is_complete_although_a_driver_cannot_answer_and_a_state_is_old_but_there() {
    let mute_from = (unix_ms() + 4000).to_string();
    let config = json!({
        "drivers": { "lab": { "settings": { "mute_from": mute_from } } },
        "cache": { "devices": { "list_ttl": "50ms", "state_ttl": "50ms" } },
    });
    let host = scripted_host(config).await;
    let mut client = host.client().await;
    let status = GetDeviceStatusRequest { device_id: "lab:queue".to_owned() };
    let fresh = client.get_device_status(status.clone()).await.unwrap().into_inner();
    assert!(!fresh.metadata.contains_key("stale"), "{fresh:?}");
    // Asked again and again, until the provider has fallen silent.
    let stale = loop {
        let answer = client.get_device_status(status.clone()).await.unwrap().into_inner();
        if answer.metadata.contains_key("stale") {
            break answer;
        }
    };
    assert_eq!((stale.status, stale.queue_depth), (DeviceStatus::Online as i32, 50));
    assert!(stale.metadata["stale_reason"].contains("does not answer"), "{stale:?}");

    let list = client.list_devices(ListDevicesRequest::default()).await.unwrap().into_inner().devices;
    let of =
        |driver: &str| list.iter().filter(|device| device.device_id.starts_with(driver)).collect::<Vec<_>>();
    assert_eq!((of("lab:").len(), of("other:").len()), (4, 4));
    assert!(of("other:").iter().all(|device| device.status == DeviceStatus::Online as i32));
    for device in of("lab:") {
        assert_eq!(device.status, DeviceStatus::Offline as i32);
        assert!(device.capabilities["unavailable_reason"].contains("does not answer"), "{device:?}");
    }
}
