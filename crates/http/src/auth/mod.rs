//! Callers: their credentials, their rights, and the events that tell what they did.

pub mod audit_events;
pub mod caller;
pub(crate) mod change_reason;
pub(crate) mod client_address;
pub mod context;
pub mod credentials;
pub mod repeats;
pub(crate) mod request_ids;
pub mod rights;
pub mod stream_places;
pub(crate) mod subjects;
mod unused_accounts;
mod writes;
