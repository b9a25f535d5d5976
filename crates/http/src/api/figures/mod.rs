//! Figures, and what explains them.

pub mod attainments;
pub mod explanations;
pub mod provincial_report;
pub mod rehearsal;
pub mod what_if;
