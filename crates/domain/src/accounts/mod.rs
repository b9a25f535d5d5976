//! Accounts of people and machines, and what they may do.

pub mod client_keys;
pub mod clients;
pub mod log_ins;
pub mod networks;
pub mod scopes;
pub mod users;
