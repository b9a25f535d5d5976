//! Requests: bodies, parameters, lists, batches and writes, read and checked.

pub mod agency_identifier;
pub mod as_of;
pub mod batch;
pub mod body;
pub mod did_you_mean;
pub(crate) mod distinct;
pub mod fields;
pub mod header_values;
pub mod json;
pub mod judged_on;
pub mod list;
pub mod list_parameters;
pub mod payload;
pub mod preferences;
pub mod resource;
pub mod schema_errors;
pub mod served_contract;
pub mod taken_codes;
pub mod text_kinds;
pub mod time;
pub mod whole_numbers;
pub mod write;

/// Path below which the API lives.
pub const BASE: &str = "/api/v1";
