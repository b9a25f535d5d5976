//! Answers: tags, marks, paces, and names that are shown.

pub mod cacheable;
pub mod entity_tags;
pub mod etag;
pub mod long_polled;
pub mod paced;
pub mod shown_names;
pub mod shown_once;
