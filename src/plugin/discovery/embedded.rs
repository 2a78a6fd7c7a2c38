//! The simulator that this binary carries.

use std::sync::{Arc, OnceLock};

use crate::model::Digest;
use crate::plugin::bundle::{Bundle, Origin};
use crate::plugin::store::Parts;

/// The component, as built into this binary; empty in a build without guests.
static SIMULATOR: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/simulator.wasm"));

/// The built-in simulator; `None` in a build without guests.
pub fn embedded_bundle() -> Option<Bundle> {
    if SIMULATOR.is_empty() {
        return None;
    }
    let parts = Parts { artifact: Arc::from(SIMULATOR), manifest: None, signature: None };
    // Without a manifest there is nothing to refuse.
    Bundle::new(parts, Origin::Embedded, None).ok()
}

/// Its digest: whatever equals it is trusted.
pub fn embedded_digest() -> Option<Digest> {
    static DIGEST: OnceLock<Option<Digest>> = OnceLock::new();
    *DIGEST.get_or_init(|| (!SIMULATOR.is_empty()).then(|| Digest::of(SIMULATOR)))
}

/// Why there is none.
pub(super) const MISSING: &str =
    "this binary was built before the guests; run `cargo xtask guests`, then build it again";
