//! Black-box promises, through HTTP.

mod smoke;
