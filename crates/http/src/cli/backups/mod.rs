//! `thidua backup` and `thidua restore`: the database and its keys in one file, and back; see docs/backup.md.
//!
//! Read `backup.rs`, then `restore.rs`; `container.rs` has the file's form.

mod backup;
mod container;
mod key_set;
mod postgres_tools;
mod restore;
mod staging;

pub use backup::Backup;
pub use restore::Restore;
