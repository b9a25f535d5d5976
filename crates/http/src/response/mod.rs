//! Answers: tags, media types, and names that are shown; with the problems of the floor below.

pub use crate::problem;
pub use crate::problem::negotiation;

pub mod cacheable;
pub mod etag;
pub mod long_polled;
pub(crate) mod paced;
pub mod shown_names;
