//! Records of agencies' work, each with its contribution to figures.

pub mod courses;
mod day_steps;
pub mod document_exchanges;
pub mod future;
pub mod head_counts;
pub mod incidents;
pub mod information_systems;
pub mod monitoring_statuses;
pub mod observations;
pub mod staff;
pub mod standings;
pub mod stocks;
pub mod training_facts;
pub mod training_records;
