//! The one way in: a queue, one writer, transactions that are stored together.

pub mod batch;
pub(crate) mod commit_batch;
pub(crate) mod context;
pub(crate) mod fair_queue;
pub(crate) mod free_codes;
pub mod idempotency_keys;
pub(crate) mod judged;
pub mod metrics;
pub(crate) mod prefetch;
pub(crate) mod queue;
pub(crate) mod read_ahead;
pub mod records;
pub(crate) mod rights;
pub(crate) mod rules;
pub(crate) mod transaction;
pub mod waiting;
pub(crate) mod what_if;
pub(crate) mod writer;
