//! One way in, one way out: every write goes through [`Database::write`], every figure comes from the read model.
//!
//! Read in this order: [`Database`], the writer (`write/writer.rs`), the [`Transaction`] that a write works on, one
//! resource such as [`records::training_records`], then the read model ([`Model`]).

pub mod accounts;
pub mod catalogue;
pub mod closing;
mod database;
pub mod engine;
mod error;
pub mod exchange;
pub mod figures;
pub mod log;
mod migrate;
mod model;
pub mod records;
mod standby;
pub mod verify;
pub mod write;

pub mod backups;
pub mod progress;

pub use database::{Database, Options, PoolState};
pub use engine::connection::{Connection, Engine};
pub use engine::entity::{Entity, Identity};
pub use engine::migrations::Missing;
pub use engine::paging::{Page, Position, Slice};
pub use engine::past::AsOf;
pub use error::{Error, Result, RightLapse};
pub use model::Model;
pub use model::access::{Access, Account, AccountKind};
pub use standby::Standby;
pub use write::context::Context;
pub use write::fair_queue::FairQueue;
pub use write::prefetch::{Prefetch, PrefetchHint, Prefetched};
pub use write::queue::{QUEUE as MOST_WRITES_WAITING, Ticket};
pub use write::rights::Right;
pub use write::rules::Rules;
pub use write::transaction::{Origin, Transaction};
pub use write::what_if::WhatIf;
