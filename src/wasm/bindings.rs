//! The Rust side of `wit/`, generated. Nothing but `convert` and `connection` uses these types.

#![expect(missing_docs, clippy::pedantic, reason = "generated; the documentation is in wit/")]

wasmtime::component::bindgen!({
    path: "wit",
    world: "qdriver",
    imports: { default: async | trappable },
    exports: { default: async },
});
