//! Readings of records that explain figures.

pub mod explanations;
pub mod rehearsal;
