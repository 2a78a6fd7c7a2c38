//! The one unsafe step: turning cached native code back into a component.

use wasmtime::Engine;
use wasmtime::component::Component;

/// Native code whose authenticity was proved by the cache's HMAC. Only [`super::aot_cache`] makes one.
pub(super) struct AuthenticCode<'a>(&'a [u8]);

impl<'a> AuthenticCode<'a> {
    /// The caller has just verified that this host wrote exactly these bytes.
    pub(super) fn assume_verified(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }
}

/// Rebuilds a component. Wasmtime itself checks version and settings.
#[expect(unsafe_code, reason = "deserialize trusts its input as native code")]
pub(super) fn deserialize(engine: &Engine, code: &AuthenticCode<'_>) -> wasmtime::Result<Component> {
    // SAFETY: `AuthenticCode` holds bytes that this host serialised itself: they carry an HMAC
    // under a key only this service can read, and are in memory, so no file can change under us.
    unsafe { Component::deserialize(engine, code.0) }
}
