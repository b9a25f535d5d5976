//! The HTTP API over one spine: requests are read and checked here, decided in `thidua-domain`, kept by
//! `thidua-persistence`.
//!
//! Read in this order: [`routes`], one resource such as [`training_records`], then [`attainments`].

pub mod auth;
pub mod batch;
pub mod commands;
pub mod config;
pub mod contract;
pub mod contract_3_0;
pub mod cursors;
pub mod extract;
pub mod fields;
pub mod list_contract;
pub mod listing;
pub mod moments;
pub mod nearest;
pub mod negotiation;
pub mod passwords;
pub mod preferences;
pub mod problem;
pub mod queries;
pub mod respond;
pub mod routes;
pub mod sample;
pub mod schemas;
pub mod server;
pub mod shape;
pub mod store;
pub mod strict_json;
pub mod tokens;
pub mod writes;

pub mod agencies;
pub mod attainments;
pub mod calendars;
pub mod corrections;
pub mod courses;
pub mod document_exchanges;
pub mod errata;
pub mod incidents;
pub mod indicators;
pub mod information_systems;
pub mod locks;
pub mod monitoring_statuses;
pub mod movements;
pub mod observations;
pub mod periods;
pub mod phases;
pub mod provincial_report;
pub mod staff;
pub mod targets;
pub mod tenures;
pub mod training_records;
pub mod users;
