//! Answers: problems, tags, media types, and names that are shown.

pub mod etag;
pub mod negotiation;
pub mod problem;
pub mod shown_names;
