//! The log of changes, and readings of it.

pub mod audit;
pub(crate) mod cell_versions;
pub mod changes;
pub(crate) mod entity_tables;
pub mod events;
pub(crate) mod expected_rows;
pub mod feed;
pub(crate) mod former_codes;
pub mod names_then;
pub(crate) mod nonces;
pub(crate) mod past;
pub(crate) mod past_rows;
pub mod personal_data;
pub(crate) mod read_on;
pub(crate) mod sought_changes;
pub mod sought_events;
