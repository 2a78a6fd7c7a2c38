//! Generates the Kernel's client, and the server of the yardstick, from `proto/`.

const PROTOS: [&str; 1] = ["eigen/internal/v1/driver_manager_service.proto"];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=../proto");
    tonic_prost_build::configure().compile_fds(protox::compile(PROTOS, ["../proto"])?)?;
    Ok(())
}
