//! Promises of the persistence layer, without HTTP.

mod claims;
mod corrections;
mod fixture;
mod log;
mod schema;
mod sequences;
mod tampering;
mod upgrade;
