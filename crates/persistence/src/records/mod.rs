//! Records of agencies' work.

pub mod counted_months;
pub mod courses;
pub mod document_exchanges;
pub mod erasure;
pub mod incidents;
pub mod information_systems;
pub(crate) mod monitoring_rows;
pub mod monitoring_statuses;
pub mod observations;
pub(crate) mod recount;
pub mod staff;
mod staff_names;
pub mod tenures;
pub(crate) mod training_facts;
mod training_list;
pub mod training_records;
pub(crate) mod training_rows;
pub(crate) mod wanted;
