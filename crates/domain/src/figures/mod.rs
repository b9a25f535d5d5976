//! Figures: attainment, its explanation and its completeness, the rehearsal of reports, and the small-cell rule.

pub mod attainment;
pub mod cell_book;
pub mod closed_answers;
pub mod comparison;
pub mod completeness;
pub mod explanation;
mod parts;
pub mod question;
pub mod rehearsal;
pub mod small_cells;
