//! The rules of the movement, tested from outside the crate: every test names a promise and computes what it expects by
//! another route than the code under test (by hand, or by a plainer algorithm).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod arithmetic;
mod calendars;
mod cells;
mod changes;
mod comparison;
mod completeness;
mod contributions;
mod cut_offs;
mod dates;
mod definitions;
mod exchanges;
mod export_profiles;
mod future;
mod holidays;
mod invariants;
mod limits;
mod locks;
mod log_ins;
mod long_replay;
mod monitoring;
mod moves;
mod networks;
mod personal;
mod places;
mod replay;
mod reported;
mod rollup;
mod running;
mod small_cells;
mod small_cells_over_moves;
mod support;
mod target_versions;
mod targets;
mod texts;
mod training;
