//! Accounts of people and machines, their credentials, and the events that tell what they did.

pub mod accounts;
pub mod client_keys;
pub mod clients;
pub mod erasure;
pub mod events;
pub mod issuer_tokens;
pub mod log_ins;
pub mod receipts;
pub(crate) mod rights;
pub mod second_factors;
pub mod sessions;
pub mod users;
pub mod uses;
