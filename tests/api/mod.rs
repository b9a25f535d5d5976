//! Black-box promises, through HTTP.

mod access;
mod attainment;
mod examples;
mod refusals;
mod smoke;
