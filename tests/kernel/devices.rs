//! Devices: the list, the state of one, its calibration.

use driver_manager::grpc::proto::{
    CalibrateDeviceRequest, DeviceInfo, DeviceStatus, GetDeviceStatusRequest, ListDevicesRequest,
};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tonic::Code;

use crate::stage::{host, kernel};
use crate::support::details::Details;
use crate::support::host::Host;

const DEVICES: [&str; 3] = ["cluster:auto", "runtime:deterministic", "sim:local"];

async fn listed(host: &Host) -> Vec<DeviceInfo> {
    host.client().await.list_devices(ListDevicesRequest {}).await.unwrap().into_inner().devices
}

/// That a time was told, and lies within the last minutes.
#[track_caller]
fn is_fresh(as_of: Option<&String>) {
    let told = OffsetDateTime::parse(as_of.map_or("", String::as_str), &Rfc3339).unwrap();
    let age = OffsetDateTime::now_utc() - told;
    assert!(age.whole_seconds().abs() < 300, "told {age} ago");
}

#[tokio::test]
async fn the_simulator_is_listed_as_the_three_devices_that_kernels_ask_for() {
    let devices = listed(host().await).await;
    let ids: Vec<_> = devices.iter().map(|device| device.device_id.as_str()).collect();
    assert_eq!(ids, DEVICES);
    for device in devices {
        assert_eq!(device.status, DeviceStatus::Online as i32);
        assert_eq!((device.queue_depth, device.estimated_wait_sec), (0, 0));
        assert_eq!(device.backend_type, "simulator");
        assert!(!device.name.is_empty());
        let said = |key: &str| device.capabilities.get(key).map_or("", String::as_str);
        assert_eq!(said("bitstring_order"), "msb_first_by_classical_index");
        assert_eq!(said("max_qubits"), "26");
        assert_eq!(said("max_qubits.clifford"), "4096");
        assert_eq!(said("calibration_id"), format!("calib://simulator/{}", device.device_id));
        assert!(!said("provider").is_empty(), "{device:?}");
        for format in ["AQO_JSON", "QASM3_TEXT"] {
            assert!(said("formats").split(',').any(|listed| listed == format), "{device:?}");
        }
        for op in ["RX", "CX", "CCZ", "SWAP", "MEASURE", "RESET"] {
            assert!(said("ops").split(',').any(|listed| listed == op), "no {op}: {device:?}");
        }
        is_fresh(device.capabilities.get("as_of"));
    }
}

#[tokio::test]
async fn every_device_listed_tells_its_state() {
    for id in DEVICES {
        let request = GetDeviceStatusRequest { device_id: id.to_owned() };
        let status = kernel().await.get_device_status(request).await.unwrap().into_inner();
        assert_eq!(status.device_id, id);
        assert_eq!(status.status, DeviceStatus::Online as i32);
        assert_eq!((status.queue_depth, status.estimated_wait_sec), (0, 0));
        assert_eq!(status.metadata.get("driver").map(String::as_str), Some("simulator"));
        is_fresh(status.metadata.get("as_of"));
    }
}

#[tokio::test]
async fn a_calibration_gives_its_reference() {
    for id in DEVICES {
        let options = [("depth".to_owned(), "full".to_owned())].into();
        let request = CalibrateDeviceRequest { device_id: id.to_owned(), options };
        let reference = kernel().await.calibrate_device(request).await.unwrap().into_inner().calibration_ref;
        assert!(!reference.is_empty() && reference.contains(id), "{reference:?}");
    }
}

#[tokio::test]
async fn an_unknown_device_is_not_found_and_none_at_all_is_invalid() {
    for (id, code) in [("sim:nowhere", Code::NotFound), ("", Code::InvalidArgument)] {
        let request = GetDeviceStatusRequest { device_id: id.to_owned() };
        let of_status = kernel().await.get_device_status(request).await.unwrap_err();
        let request = CalibrateDeviceRequest { device_id: id.to_owned(), options: [].into() };
        let of_calibration = kernel().await.calibrate_device(request).await.unwrap_err();
        for status in [of_status, of_calibration] {
            assert_eq!(status.code(), code, "{status:?}");
            Details::of(&status, "").unwrap();
        }
    }
}

#[tokio::test]
async fn a_list_can_be_had_while_the_simulator_works() {
    let calls = (0..8).map(async |_| listed(host().await).await.len());
    assert_eq!(futures::future::join_all(calls).await, [3; 8]);
}
