//! Black-box promises, through HTTP.

mod access;
mod attainment;
mod cases;
mod examples;
mod refusals;
mod resources;
mod smoke;
