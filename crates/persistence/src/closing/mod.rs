//! Closing: locks, corrections and reopenings, and the errata of figures that move after they were told.

pub(crate) mod answer_errata;
pub(crate) mod closed_answers;
pub mod corrections;
pub mod errata;
pub mod locks;
pub(crate) mod reopenings;
