//! Figures, and what explains them.

pub mod attainments;
pub mod comparisons;
pub mod explanations;
pub mod figure_views;
pub mod provincial_report;
pub mod rehearsal;
pub mod what_if;
