//! What this host offers, read from the same texts that drivers are built against.

use std::sync::LazyLock;

use wit_parser::{InterfaceId, Resolve, SourceMap};

/// The texts of the folder `wit/`.
const TEXTS: [(&str, &str); 4] = [
    ("types.wit", include_str!("../../../wit/types.wit")),
    ("host.wit", include_str!("../../../wit/host.wit")),
    ("driver.wit", include_str!("../../../wit/driver.wit")),
    ("world.wit", include_str!("../../../wit/world.wit")),
];

/// The host's interfaces.
pub(super) struct Reference {
    pub(super) resolve: Resolve,
    pub(super) driver: InterfaceId,
    host: InterfaceId,
    types: InterfaceId,
}

impl Reference {
    /// Read once.
    pub(super) fn of_this_host() -> &'static Self {
        static REFERENCE: LazyLock<Reference> = LazyLock::new(Reference::read);
        &REFERENCE
    }

    #[expect(
        clippy::expect_used,
        reason = "the texts are part of this binary, and its bindings come from them"
    )]
    fn read() -> Self {
        let mut sources = SourceMap::new();
        for (name, text) in TEXTS {
            sources.push_str(name, text);
        }
        let group = sources.parse().map_err(|(_, error)| error).expect("the texts of wit/ are valid");
        let mut resolve = Resolve::default();
        let package = resolve.push_group(group).expect("the texts of wit/ are complete");
        let interfaces = &resolve.packages[package].interfaces;
        let [driver, host, types] = ["driver", "host", "types"].map(|name| interfaces[name]);
        Self { resolve, driver, host, types }
    }

    /// The interface of this name that drivers may import.
    pub(super) fn offered(&self, interface: &str) -> Option<InterfaceId> {
        let name = interface.split('@').next().unwrap_or_default();
        match name {
            "host" => Some(self.host),
            "types" => Some(self.types),
            _ => None,
        }
    }
}
