//! Generates the Kernel's and the operators' clients, and the server of the yardstick, from `proto/`.

const PROTOS: [&str; 2] =
    ["eigen/internal/v1/driver_manager_service.proto", "eigen/driver_manager/admin/v1/admin.proto"];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=../proto");
    tonic_prost_build::configure().compile_fds(protox::compile(PROTOS, ["../proto"])?)?;
    Ok(())
}
