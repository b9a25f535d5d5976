//! Black-box promises, through HTTP.

mod access;
mod attainment;
mod batch;
mod bounds;
mod caching;
mod cases;
mod erasure;
mod examples;
mod limits;
mod lists;
mod permissions;
mod refusals;
mod resources;
mod shapes;
mod smoke;
mod writes;
