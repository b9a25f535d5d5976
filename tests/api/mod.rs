//! Black-box promises, through HTTP.

mod access;
mod attainment;
mod batch;
mod bounds;
mod caching;
mod cases;
mod erasure;
mod examples;
mod permissions;
mod refusals;
mod resources;
mod smoke;
mod writes;
