//! The Rust side of `wit/`, generated. Nothing but `convert` and `connection` uses these types.

wasmtime::component::bindgen!({
    path: "wit",
    world: "qdriver",
    imports: { default: async | trappable },
    exports: { default: async },
});
