//! A good component, but no driver: it exports a greeting and imports what no host offers.
#![allow(clippy::all, clippy::pedantic, missing_docs, unsafe_code, reason = "mostly generated")]

mod bindings {
    wit_bindgen::generate!({
        inline: r"
            package example:greetings@1.0.0;
            interface telepathy { read-mind: func(of: string) -> string; }
            world greeter { import telepathy; export greet: func(whom: string) -> string; }
        ",
    });
}

struct Greeter;

impl bindings::Guest for Greeter {
    fn greet(whom: String) -> String {
        format!("Hello {whom}, you think: {}", bindings::example::greetings::telepathy::read_mind(&whom))
    }
}

bindings::export!(Greeter with_types_in bindings);
