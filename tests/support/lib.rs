//! Support for tests: a server under test on either engine, a client per role whose every answer is checked against the
//! contract, and builders for small worlds.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on must stop")]

pub mod bodies;
pub mod browser;
pub mod client;
pub mod cluster;
pub mod contract;
pub mod costs;
pub mod digests;
pub mod engines;
pub mod exposition;
pub mod held;
pub mod issuer;
pub mod load;
pub mod postgres;
pub mod program;
pub mod proxy;
pub mod replay;
pub mod server;
pub mod statements;
pub mod steps;
pub mod tokens;
pub mod tools;
pub mod waiting;
pub mod wire;
pub mod world;

pub use client::{Answer, Client};
pub use engines::Engine;
pub use issuer::Issuer;
pub use server::Server;
pub use thidua_tests_macros::on_both_engines;
pub use world::World;
