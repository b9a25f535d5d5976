//! Black-box promises, through HTTP.

mod access;
mod answers;
mod attainment;
mod batch;
mod bounds;
mod caching;
mod cases;
mod corrections;
mod cors;
mod deprecations;
mod erasure;
mod examples;
mod headers;
mod limits;
mod lists;
mod negotiation;
mod permissions;
mod rate_limits;
mod refusals;
mod resources;
mod roles;
mod shapes;
mod smoke;
mod well_known;
mod writes;
