//! The names and numbers on the wire, as the running server describes itself: a Kernel built against the
//! platform's own files must understand every byte.

use prost::Message;
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
    assert_eq!(service.name, "eigen/internal/v1/driver_manager_service.proto");
    assert_eq!(types.name, "eigen/internal/v1/types.proto");
    for file in [&service, &types] {
        assert_eq!((file.package.as_str(), file.syntax.as_str()), ("eigen.internal.v1", "proto3"));
        described.push_str(&file.describe());
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
async fn file(symbol: &str) -> File {
    let found = ask(MessageRequest::FileContainingSymbol(symbol.to_owned())).await;
    let MessageResponse::FileDescriptorResponse(found) = found else { panic!("{symbol}: {found:?}") };
    File::decode(found.file_descriptor_proto[0].as_slice()).unwrap()
}

async fn ask(question: MessageRequest) -> MessageResponse {
    let mut client = ServerReflectionClient::new(host().await.channel().await);
    let request = ServerReflectionRequest { host: String::new(), message_request: Some(question) };
    let answers = client.server_reflection_info(tokio_stream::once(request)).await.unwrap();
    answers.into_inner().message().await.unwrap().unwrap().message_response.unwrap()
}

/// The part of `google.protobuf.FileDescriptorProto` that matters here.
#[derive(Message)]
struct File {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    package: String,
    #[prost(message, repeated, tag = "4")]
    messages: Vec<Described>,
    #[prost(message, repeated, tag = "5")]
    enums: Vec<Enum>,
    #[prost(message, repeated, tag = "6")]
    services: Vec<Service>,
    #[prost(string, tag = "12")]
    syntax: String,
}

/// `DescriptorProto`.
#[derive(Message)]
struct Described {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, repeated, tag = "2")]
    fields: Vec<Field>,
    #[prost(message, repeated, tag = "3")]
    nested: Vec<Described>,
}

/// `FieldDescriptorProto`.
#[derive(Message)]
struct Field {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(int32, tag = "3")]
    number: i32,
    #[prost(int32, tag = "4")]
    label: i32,
    #[prost(int32, tag = "5")]
    kind: i32,
    #[prost(string, tag = "6")]
    type_name: String,
}

/// `EnumDescriptorProto`.
#[derive(Message)]
struct Enum {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, repeated, tag = "2")]
    values: Vec<EnumValue>,
}

/// `EnumValueDescriptorProto`.
#[derive(Message)]
struct EnumValue {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(int32, tag = "2")]
    number: i32,
}

/// `ServiceDescriptorProto`.
#[derive(Message)]
struct Service {
    #[prost(message, repeated, tag = "2")]
    methods: Vec<Method>,
}

/// `MethodDescriptorProto`.
#[derive(Message)]
struct Method {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    input: String,
    #[prost(string, tag = "3")]
    output: String,
    #[prost(bool, tag = "5")]
    client_streams: bool,
    #[prost(bool, tag = "6")]
    server_streams: bool,
}

impl File {
    fn describe(&self) -> String {
        let calls = self.services.iter().flat_map(|service| &service.methods).map(Method::describe);
        let messages = self.messages.iter().map(Described::describe);
        let enums = self.enums.iter().map(Enum::describe);
        calls.chain(messages).chain(enums).collect()
    }
}

impl Method {
    fn describe(&self) -> String {
        assert!(!self.client_streams && !self.server_streams, "{} is unary", self.name);
        format!("rpc {}({}) {}\n", self.name, short(&self.input), short(&self.output))
    }
}

impl Enum {
    fn describe(&self) -> String {
        let values = self.values.iter().map(|value| format!("  {} = {}\n", value.name, value.number));
        format!("enum {}\n{}", self.name, values.collect::<String>())
    }
}

impl Described {
    fn describe(&self) -> String {
        let fields = self
            .fields
            .iter()
            .map(|field| format!("  {} = {} {}\n", field.name, field.number, self.kind(field)));
        format!("message {}\n{}", self.name, fields.collect::<String>())
    }

    /// The type as the proto language writes it; a map is a repeated entry of a nested message.
    fn kind(&self, field: &Field) -> String {
        let repeated = if field.label == 3 { "repeated " } else { "" };
        let entry = self.nested.iter().find(|nested| field.type_name.ends_with(&format!(".{}", nested.name)));
        match entry {
            Some(entry) => {
                let sides: Vec<_> = entry.fields.iter().map(|side| entry.kind(side)).collect();
                format!("map<{}>", sides.join(","))
            }
            None => format!("{repeated}{}", field.scalar()),
        }
    }
}

impl Field {
    fn scalar(&self) -> &str {
        match self.kind {
            1 => "double",
            3 => "int64",
            5 => "int32",
            9 => "string",
            12 => "bytes",
            _ => short(&self.type_name),
        }
    }
}

/// A type's name without its package.
fn short(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}
