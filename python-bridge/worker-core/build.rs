//! Generates the messages from the host's `proto/`, without protoc.

const PROTOS: &str = "../../proto";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed={PROTOS}/eigen/driver_manager/worker");
    let compiled = protox::compile(["eigen/driver_manager/worker/v1/worker.proto"], [PROTOS])?;
    prost_build::Config::new().compile_fds(compiled)?;
    Ok(())
}
