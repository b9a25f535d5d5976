//! Closing: what was told stays, or says why it moved.

pub mod corrections;
pub mod decisions;
pub mod errata;
pub mod figure_filter;
pub mod figure_views;
pub(crate) mod late;
pub mod locks;
pub mod reopenings;
pub mod told_answers;
