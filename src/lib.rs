//! Eigen OS Driver Manager: one service between the Kernel and every quantum computer.
//!
//! Start reading at [`app`], which wires the parts: [`grpc`] and [`http`] are the edges,
//! [`dispatch`] is the request path, [`resilience`] and [`cache`] are the units it decides with,
//! [`plugin`] and [`pool`] hold the drivers, [`driver`] is the seam that [`wasm`] implements,
//! [`egress`] and [`secrets`] are its drivers' way out. A module uses
//! only what stands below it (docs/architecture.md).

pub mod app;
pub mod cache;
pub mod cli;
pub mod config;
pub mod dispatch;
pub mod driver;
pub mod egress;
mod files;
pub mod grpc;
pub mod http;
pub mod model;
pub mod plugin;
pub mod pool;
pub mod python;
pub mod resilience;
pub mod secrets;
pub mod telemetry;
pub mod wasm;
