//! Makes the one function that Rust has no words for, `grow_table`, as an object file for the linker.

use std::path::PathBuf;
use std::{env, fs, io};

use wasm_encoder::{
    CodeSection, Function, FunctionSection, HeapType, LinkingSection, Module, SymbolTable, TypeSection,
    ValType,
};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    if env::var("CARGO_CFG_TARGET_ARCH").as_deref() != Ok("wasm32") {
        return Ok(());
    }
    let object = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("grow_table.o");
    fs::write(&object, grow_table())?;
    println!("cargo::rustc-link-arg-cdylib={}", object.display());
    // Otherwise the linker declares the table with its first size as its last.
    println!("cargo::rustc-link-arg-cdylib=--growable-table");
    Ok(())
}

/// `fn grow_table(elements: u32) -> i32`: the table's former size, or -1 if the host refused.
///
/// The table is number 0, the one of Rust's function pointers; every linked module has just that.
fn grow_table() -> Vec<u8> {
    let mut types = TypeSection::new();
    types.ty().function([ValType::I32], [ValType::I32]);
    let mut functions = FunctionSection::new();
    functions.function(0);
    let mut body = Function::new([]);
    body.instructions().ref_null(HeapType::FUNC).local_get(0).table_grow(0).end();
    let mut code = CodeSection::new();
    code.function(&body);
    let mut symbols = SymbolTable::new();
    symbols.function(0, 0, Some("grow_table"));
    let mut linking = LinkingSection::new();
    linking.symbol_table(&symbols);
    let mut module = Module::new();
    module.section(&types).section(&functions).section(&code).section(&linking);
    module.finish()
}
