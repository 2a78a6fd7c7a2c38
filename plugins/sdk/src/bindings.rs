//! The code generated from `wit/`: types, host imports and the glue of the exports.
//!
//! Nothing else lives here, so that the relaxed lints cover generated code only.
#![allow(
    clippy::all,
    clippy::pedantic,
    missing_docs,
    unsafe_code,
    reason = "generated from the interface; the glue of the canonical ABI is unsafe by nature"
)]

wit_bindgen::generate!({
    path: "../../wit",
    world: "qdriver",
    additional_derives: [PartialEq],
    generate_all,
    pub_export_macro: true,
});
