//! Promises of the persistence layer, without HTTP.
