//! One way in, one way out: every write goes through [`Database::write`], every figure comes from the read model.
//!
//! Read in this order: [`Database`], the writer (`writer.rs`), what a write may do ([`Transaction`]), one resource such
//! as [`training_records`], then the read model ([`Model`]).

mod any_connection;
mod cells;
mod connection;
mod database;
mod error;
mod follower;
mod listing;
mod migrations;
mod model;
mod past;
mod queue;
mod rows_proof;
mod schema;
mod stored;
mod transaction;
mod writer;

pub mod account_uses;
pub mod accounts;
pub mod agencies;
pub mod backups;
pub mod batch;
pub mod bench;
pub mod calendars;
pub mod changes;
pub mod client_keys;
pub mod clients;
pub mod corrections;
pub mod courses;
pub mod document_exchanges;
pub mod errata;
pub mod events;
pub mod explanations;
pub mod export_profiles;
pub mod feed;
pub mod idempotency_keys;
pub mod incidents;
pub mod indicators;
pub mod information_systems;
pub mod locks;
pub mod log_ins;
pub mod measures;
pub mod monitoring_statuses;
pub mod movements;
pub mod observations;
pub mod periods;
pub mod personal;
pub mod phases;
pub mod progress;
pub mod receipts;
pub mod rehearsal;
pub mod second_factors;
pub mod sessions;
pub mod staff;
pub mod targets;
pub mod tenures;
pub mod training_records;
pub mod users;
pub mod verify;

pub use connection::{Connection, Engine};
pub use database::{Database, Options, PoolState};
pub use error::{Error, Result};
pub use listing::{Page, Position, Slice};
pub use model::{Access, Account, AccountKind, Model};
pub use past::Past;
pub use queue::{QUEUE as MOST_WRITES_WAITING, Ticket};
pub use transaction::Transaction;
pub use writer::Context;
