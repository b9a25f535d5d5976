//! Figures: attainment, its explanation and its completeness, the rehearsal of reports, and the small-cell rule.

pub mod attainment;
pub mod comparison;
pub mod completeness;
pub mod explanation;
pub mod fraction;
pub mod rehearsal;
pub mod small_cells;
pub mod so_far;
pub(crate) mod standings;
