//! The rules of the movement, and nothing else: entities that cannot be wrong by themselves, what each of them
//! contributes to the figures, and how figures become attainment. No I/O and no clock.
//!
//! Read in this order: [`cells`] (what a figure is made of), one entity such as [`staff`], then [`attainment`].

pub mod agencies;
pub mod attainment;
pub mod calendars;
pub mod catalogue;
mod cell_book;
pub mod cells;
pub mod chain;
pub mod changes;
pub mod client_keys;
pub mod clients;
pub mod closed_answers;
pub mod closing;
pub mod codes;
pub mod comparison;
pub mod completeness;
pub mod corrections;
pub mod courses;
pub mod cut_offs;
pub mod day_steps;
pub mod definitions;
pub mod document_exchanges;
pub mod errata;
pub mod events;
pub mod explanation;
pub mod export_profiles;
pub mod fraction;
pub mod future;
pub mod head_counts;
pub mod id;
pub mod incidents;
pub mod indicators;
pub mod information_systems;
pub mod late;
pub mod locks;
pub mod log_ins;
pub mod monitoring_statuses;
pub mod movements;
pub mod networks;
pub mod nonce;
pub mod observations;
pub mod periods;
pub mod personal;
pub mod places;
pub mod rehearsal;
pub mod reopenings;
pub mod replay;
pub mod scopes;
pub mod small_cells;
pub mod so_far;
pub mod staff;
mod standings;
pub mod target_versions;
pub mod targets;
pub mod tenures;
pub mod text;
pub mod told_answers;
pub mod training_records;
pub mod tree;
pub mod unlogged;
pub mod users;
pub mod violation;

/// A civil date in Asia/Ho_Chi_Minh.
pub type Date = chrono::NaiveDate;
