//! Identifiers: a text that is taken keeps within its limits, and is taken again as it is.
#![no_main]

use libfuzzer_sys::fuzz_target;
use thidua_domain::text::{
    AgencyIdentifier, AreaCode, Code, Digest, Name, OutputName, Prose, Reference, SourcePath, TextKind,
};

macro_rules! settled {
    ($text:expr, $($kind:ident)*) => {$(
        if let Ok(taken) = $kind::parse("", $text) {
            let length = taken.as_str().chars().count();
            assert!(($kind::SHAPE.min_length..=$kind::SHAPE.max_length).contains(&length), "{taken:?}");
            assert_eq!($kind::parse("", taken.as_str()).ok().as_ref(), Some(&taken));
        }
    )*};
}

fuzz_target!(|text: &str| {
    settled!(text, AgencyIdentifier AreaCode Code Digest Name OutputName Prose Reference SourcePath);
});
