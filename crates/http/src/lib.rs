//! The HTTP API: requests are read and checked here, decided by the rules of `thidua-domain`, and stored by
//! `thidua-persistence`.
//!
//! Read in this order: [`api`], one resource such as [`api::records::training_records`], then
//! [`api::figures::attainments`].

pub mod api;
pub mod auth;
pub mod cli;
pub mod config;
pub mod crypto;
pub mod openapi;
pub mod problem;
pub mod request;
pub mod response;
pub mod server;
pub mod store;
pub mod texts;
