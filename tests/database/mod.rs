//! Promises of the persistence layer, without HTTP.

mod claims;
mod closed_answers;
mod contention;
mod corrections;
mod cut_offs;
mod everything;
pub(crate) mod fixture;
mod former_codes;
mod future;
mod log;
pub(crate) mod released;
mod running;
mod schema;
mod sequences;
mod tampering;
mod tampering_everywhere;
mod tampering_versions;
mod together;
mod turns;
mod upgrade;
