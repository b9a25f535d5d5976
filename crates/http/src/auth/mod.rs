//! Callers: their credentials, their rights, and the events that tell what they did.

pub mod audit_events;
pub mod caller;
pub(crate) mod client_address;
pub mod client_tokens;
pub mod context;
pub mod credentials;
pub(crate) mod refresh_tokens;
pub mod repeats;
pub(crate) mod request_ids;
pub mod rights;
pub(crate) mod subjects;
pub(crate) mod token_cache;
pub mod tokens;
