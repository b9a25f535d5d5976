//! Records of what agencies did.

pub mod comparisons;
pub mod counted_months;
pub mod courses;
pub mod document_exchanges;
pub mod erasure;
pub mod incidents;
pub mod information_systems;
pub mod monitoring_statuses;
pub mod observations;
pub mod staff;
pub mod tenures;
pub mod training_records;
