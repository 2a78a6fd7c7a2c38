//! The names and numbers on the wire, as the running server describes itself: a Kernel built against the
//! platform's own files must understand every byte.

use prost::Message as _;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto, MethodDescriptorProto,
};
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

use crate::stage::host;

/// Every call, message and enum of the contract; `= NUMBER` as on the wire.
const CONTRACT: &str = "
rpc ListDevices(ListDevicesRequest) ListDevicesResponse
rpc GetDeviceStatus(GetDeviceStatusRequest) GetDeviceStatusResponse
rpc ExecuteCircuit(ExecuteCircuitRequest) ExecuteCircuitResponse
rpc CalibrateDevice(CalibrateDeviceRequest) CalibrateDeviceResponse
message ListDevicesRequest
message ListDevicesResponse
  devices = 1 repeated DeviceInfo
message GetDeviceStatusRequest
  device_id = 1 string
message GetDeviceStatusResponse
  device_id = 1 string
  status = 2 DeviceStatus
  queue_depth = 3 int32
  estimated_wait_sec = 4 int32
  metadata = 5 map<string,string>
message ExecuteCircuitRequest
  job_id = 1 string
  device_id = 2 string
  payload = 3 CircuitPayload
  shots = 4 int32
  options = 5 map<string,string>
message ExecuteCircuitResponse
  counts = 1 map<string,int64>
  execution_time_sec = 2 double
  metadata = 3 map<string,string>
message CalibrateDeviceRequest
  device_id = 1 string
  options = 2 map<string,string>
message CalibrateDeviceResponse
  calibration_ref = 1 string
message CircuitPayload
  format = 1 CircuitFormat
  data = 2 bytes
message DeviceInfo
  device_id = 1 string
  name = 2 string
  backend_type = 3 string
  status = 4 DeviceStatus
  queue_depth = 5 int32
  estimated_wait_sec = 6 int32
  capabilities = 7 map<string,string>
enum CircuitFormat
  CIRCUIT_FORMAT_UNSPECIFIED = 0
  CIRCUIT_FORMAT_AQO_JSON = 1
  CIRCUIT_FORMAT_AQO_PROTO = 2
  CIRCUIT_FORMAT_QASM3_TEXT = 3
  CIRCUIT_FORMAT_BACKEND_NATIVE = 4
enum DeviceStatus
  DEVICE_STATUS_UNSPECIFIED = 0
  DEVICE_STATUS_ONLINE = 1
  DEVICE_STATUS_OFFLINE = 2
  DEVICE_STATUS_CALIBRATING = 3
  DEVICE_STATUS_MAINTENANCE = 4
  DEVICE_STATUS_ERROR_STATUS = 5
";

#[tokio::test]
async fn names_and_numbers_are_those_of_the_contract() {
    let mut described = String::from("\n");
    let service = file("eigen.internal.v1.DriverManagerService").await;
    let types = file("eigen.internal.v1.DeviceInfo").await;
    assert_eq!(service.name(), "eigen/internal/v1/driver_manager_service.proto");
    assert_eq!(types.name(), "eigen/internal/v1/types.proto");
    for file in [&service, &types] {
        assert_eq!((file.package(), file.syntax()), ("eigen.internal.v1", "proto3"));
        let calls = file.service.iter().flat_map(|service| &service.method).map(call);
        let messages = file.message_type.iter().map(message);
        described.extend(calls.chain(messages).chain(file.enum_type.iter().map(enumeration)));
    }
    assert_eq!(described, CONTRACT);
}

#[tokio::test]
async fn the_server_lists_its_services() {
    let listed = ask(MessageRequest::ListServices(String::new())).await;
    let MessageResponse::ListServicesResponse(listed) = listed else { panic!("{listed:?}") };
    let names: Vec<_> = listed.service.iter().map(|service| service.name.as_str()).collect();
    for name in ["eigen.internal.v1.DriverManagerService", "grpc.health.v1.Health"] {
        assert!(names.contains(&name), "{names:?}");
    }
}

/// The file that declares a symbol.
async fn file(symbol: &str) -> FileDescriptorProto {
    let found = ask(MessageRequest::FileContainingSymbol(symbol.to_owned())).await;
    let MessageResponse::FileDescriptorResponse(found) = found else { panic!("{symbol}: {found:?}") };
    FileDescriptorProto::decode(found.file_descriptor_proto[0].as_slice()).unwrap()
}

async fn ask(question: MessageRequest) -> MessageResponse {
    let mut client = ServerReflectionClient::new(host().await.channel().await);
    let request = ServerReflectionRequest { host: String::new(), message_request: Some(question) };
    let answers = client.server_reflection_info(tokio_stream::once(request)).await.unwrap();
    answers.into_inner().message().await.unwrap().unwrap().message_response.unwrap()
}

fn call(method: &MethodDescriptorProto) -> String {
    assert!(!method.client_streaming() && !method.server_streaming(), "{} is unary", method.name());
    format!("rpc {}({}) {}\n", method.name(), short(method.input_type()), short(method.output_type()))
}

fn message(message: &DescriptorProto) -> String {
    let field = |field: &FieldDescriptorProto| {
        format!("  {} = {} {}\n", field.name(), field.number(), kind(message, field))
    };
    format!("message {}\n{}", message.name(), message.field.iter().map(field).collect::<String>())
}

fn enumeration(described: &EnumDescriptorProto) -> String {
    let values = described.value.iter().map(|value| format!("  {} = {}\n", value.name(), value.number()));
    format!("enum {}\n{}", described.name(), values.collect::<String>())
}

/// A field's type as the proto language writes it; a map is a repeated entry of a nested message.
fn kind(message: &DescriptorProto, field: &FieldDescriptorProto) -> String {
    let repeated = if field.label() == Label::Repeated { "repeated " } else { "" };
    let is_entry = |nested: &&DescriptorProto| {
        short(field.type_name()) == nested.name()
            && nested.options.as_ref().is_some_and(prost_types::MessageOptions::map_entry)
    };
    if let Some(entry) = message.nested_type.iter().find(is_entry) {
        let sides: Vec<_> = entry.field.iter().map(|side| kind(entry, side)).collect();
        return format!("map<{}>", sides.join(","));
    }
    let name = match field.r#type() {
        Type::Message | Type::Enum => short(field.type_name()).to_owned(),
        scalar => scalar.as_str_name().trim_start_matches("TYPE_").to_lowercase(),
    };
    format!("{repeated}{name}")
}

/// A type's name without its package.
fn short(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}
