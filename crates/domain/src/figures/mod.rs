//! Figures, and the words they are told in.

pub mod attainment;
pub mod comparison;
pub mod completeness;
pub mod explanation;
pub mod fraction;
pub mod rehearsal;
pub mod small_cells;
pub mod so_far;
pub(crate) mod standings;
