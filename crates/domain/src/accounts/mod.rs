//! Accounts of people and machines, with their rights, credentials and failed log-ins.

pub mod client_keys;
pub mod clients;
pub mod log_ins;
pub mod networks;
pub mod scopes;
pub mod users;
