//! How far the running call has come.

/// Tells the host how far the running call has come, from 0.0 to 1.0. Natively it does nothing.
pub fn progress(fraction: f64, message: &str) {
    #[cfg(target_arch = "wasm32")]
    crate::bindings::eigen::qdriver::host::progress(fraction, message);
    #[cfg(not(target_arch = "wasm32"))]
    let _ = (fraction, message);
}
