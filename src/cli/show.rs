//! `devices`, `status`, `calibrate`: short answers about a running host.

use std::process::ExitCode;

use comfy_table::{Table, presets};
use serde_json::{Value, json};

use super::client::connect;
use super::exit::Problem;
use super::{ClientArgs, say};
use crate::grpc::proto;

pub(super) async fn devices(args: &ClientArgs) -> Result<ExitCode, Problem> {
    let mut client = connect(args).await?;
    let devices = client.list_devices(proto::ListDevicesRequest {}).await?.into_inner().devices;
    if args.json {
        print_json(&Value::Array(devices.iter().map(device_json).collect()));
        return Ok(ExitCode::SUCCESS);
    }
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    table.set_header(["DEVICE", "STATUS", "QUEUE", "WAIT", "QUBITS", "KIND", "NAME"]);
    for device in &devices {
        let capability = |key: &str| device.capabilities.get(key).map_or("-", String::as_str);
        table.add_row([
            &device.device_id,
            status_name(device.status),
            &device.queue_depth.to_string(),
            &format!("{} s", device.estimated_wait_sec),
            capability("max_qubits"),
            &device.backend_type,
            &device.name,
        ]);
    }
    say(table);
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn status(device: &str, args: &ClientArgs) -> Result<ExitCode, Problem> {
    let mut client = connect(args).await?;
    let request = proto::GetDeviceStatusRequest { device_id: device.to_owned() };
    let status = client.get_device_status(request).await?.into_inner();
    if args.json {
        print_json(&json!({
            "device_id": status.device_id,
            "status": status_name(status.status),
            "queue_depth": status.queue_depth,
            "estimated_wait_sec": status.estimated_wait_sec,
            "metadata": sorted(&status.metadata),
        }));
        return Ok(ExitCode::SUCCESS);
    }
    say(format_args!("{}  {}", status.device_id, status_name(status.status)));
    say(format_args!("queue {}, wait {} s", status.queue_depth, status.estimated_wait_sec));
    for (key, value) in sorted(&status.metadata) {
        say(format_args!("{key}: {value}"));
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn calibrate(device: &str, args: &ClientArgs) -> Result<ExitCode, Problem> {
    let mut client = connect(args).await?;
    let request = proto::CalibrateDeviceRequest {
        device_id: device.to_owned(),
        options: std::collections::HashMap::new(),
    };
    let reference = client.calibrate_device(request).await?.into_inner().calibration_ref;
    if args.json {
        print_json(&json!({ "calibration_ref": reference }));
    } else {
        say(reference);
    }
    Ok(ExitCode::SUCCESS)
}

fn device_json(device: &proto::DeviceInfo) -> Value {
    json!({
        "device_id": device.device_id,
        "name": device.name,
        "backend_type": device.backend_type,
        "status": status_name(device.status),
        "queue_depth": device.queue_depth,
        "estimated_wait_sec": device.estimated_wait_sec,
        "capabilities": sorted(&device.capabilities),
    })
}

/// The status without its prefix.
fn status_name(status: i32) -> &'static str {
    let name = proto::DeviceStatus::try_from(status).map_or("UNKNOWN", |status| status.as_str_name());
    name.strip_prefix("DEVICE_STATUS_").unwrap_or(name)
}

/// Maps come unordered; people and diffs like order.
pub(super) fn sorted<V: Clone>(
    map: &std::collections::HashMap<String, V>,
) -> std::collections::BTreeMap<String, V> {
    map.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
}

pub(super) fn print_json(value: &Value) {
    say(format_args!("{value:#}"));
}
