//! Generates the gRPC code from `proto/`, without protoc, and embeds the simulator's component
//! if it has been built.

use std::path::Path;
use std::{env, fs};

use prost::Message as _;

/// Each service with the file of its descriptors: reflection tells of no other.
const PROTOS: [(&str, &str); 2] = [
    ("eigen/internal/v1/driver_manager_service.proto", "descriptors.bin"),
    ("eigen/driver_manager/admin/v1/admin.proto", "admin-descriptors.bin"),
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let out = env::var("OUT_DIR")?;
    generate_grpc(Path::new(&out))?;
    embed_simulator(Path::new(&out))?;
    Ok(())
}

fn generate_grpc(out: &Path) -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=proto");
    // What is said to Python workers: messages alone, which nobody reflects on.
    let worker = protox::compile(["eigen/driver_manager/worker/v1/worker.proto"], ["proto"])?;
    tonic_prost_build::configure().compile_fds(worker)?;
    for (proto, descriptors) in PROTOS {
        let compiled = protox::compile([proto], ["proto"])?;
        fs::write(out.join(descriptors), compiled.encode_to_vec())?;
        tonic_prost_build::configure().compile_fds(compiled)?;
    }
    Ok(())
}

/// Without the component (a plain `cargo build` before the guests are built) the file is empty,
/// and the host says at start-up what is missing.
fn embed_simulator(out: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let component = Path::new("plugins/dist/simulator.wasm");
    println!("cargo:rerun-if-changed={}", component.display());
    let bytes = if component.exists() { fs::read(component)? } else { Vec::new() };
    fs::write(out.join("simulator.wasm"), bytes)?;
    Ok(())
}
