//! The log of changes: feed, audit, checkpoints and receipts.

pub mod audit;
pub(crate) mod change_streams;
pub mod changes;
pub mod checkpoints;
pub(crate) mod feed_parts;
pub mod feed_readers;
pub mod logged_changes;
pub(crate) mod pulls;
pub(crate) mod readings;
pub mod receipts;
pub mod reconcile;
