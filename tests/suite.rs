//! The test suite: one binary, every test on both engines where an engine matters.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on must stop")]

mod api;
mod contract;
mod database;
mod house;
mod page;
mod parts;
mod program;
