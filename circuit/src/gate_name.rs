//! The names of operations, as devices list them and people write them.

use std::fmt;

/// Writes the enum, its list, and its texts from one table, so that they cannot disagree.
macro_rules! gate_names {
    ($($case:ident $text:literal)+) => {
        /// The name of an [`Operation`](crate::program::Operation), as devices list them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "the cases are the gates' standard names, documented in wit/types.wit")]
        pub enum GateName {
            $($case,)+
        }

        impl GateName {
            /// All names, in the order of `gate-name` in `wit/types.wit`.
            pub const ALL: &[Self] = &[$(Self::$case,)+];

            /// The name as text, in lower case.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$case => $text,)+
                }
            }
        }
    };
}

gate_names! {
    Id "id" X "x" Y "y" Z "z" H "h" S "s" Sdg "sdg" T "t" Tdg "tdg" Sx "sx" Sxdg "sxdg"
    Rx "rx" Ry "ry" Rz "rz" P "p" U "u" Prx "prx"
    Cx "cx" Cy "cy" Cz "cz" Ch "ch" Csx "csx" Swap "swap" Iswap "iswap" Ecr "ecr"
    Cp "cp" Crx "crx" Cry "cry" Crz "crz" Rxx "rxx" Ryy "ryy" Rzz "rzz" Rzx "rzx" Cu "cu"
    Ccx "ccx" Ccz "ccz" Cswap "cswap"
    Control "control"
    Measure "measure" Reset "reset" Barrier "barrier" Classical "classical"
}

impl fmt::Display for GateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
