//! Sentences that are shown in two places: at the command line in English, on the screen in the words of its language. Each
//! is a variant with a stable code and named arguments; its English stands beside it and nowhere else.

/// An enum of sentences: `Variant { argument: Type } = "code" "English with {argument}";`. An argument that only the screen
/// needs is written `{argument:.0}` and must be a `String`: a precision of 0 shows nothing of it.
macro_rules! sentences {
    (
        $(#[$about:meta])*
        $name:ident {
            $($(#[$note:meta])* $variant:ident $({ $($argument:ident: $type:ty),+ })? = $code:literal $english:literal;)+
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$note])* $variant $({ $($argument: $type),+ })?,)+
        }

        impl $name {
            /// Every code, with the names of its arguments.
            pub const CODES: &[(&str, &[&str])] = &[$(($code, &[$($(stringify!($argument)),+)?])),+];

            /// Stable; the key of the sentence on screen.
            pub fn code(&self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => $code,)+
                }
            }

            /// What is filled in, by name.
            pub fn arguments(&self) -> Vec<(&'static str, String)> {
                match self {
                    $(Self::$variant $({ $($argument),+ })? => {
                        vec![$($((stringify!($argument), $argument.to_string())),+)?]
                    })+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self {
                    $(Self::$variant $({ $($argument),+ })? => {
                        write!(f, $english $($(, $argument = $argument)+)?)
                    })+
                }
            }
        }
    };
}

pub(super) use sentences;
