//! The rules of the movement, and nothing else: entities that cannot be wrong by themselves, their contributions to the
//! figures, and attainment from these. No I/O and no clock.
//!
//! Read in this order: [`cells`] (the sums a figure is made of), one entity such as [`records::staff`], then
//! [`figures::attainment`].

pub mod accounts;
pub mod catalogue;
pub mod cells;
pub mod closing;
pub mod codes;
pub mod exchange;
pub mod figure;
pub mod figures;
pub mod fraction;
pub mod id;
pub mod limits;
pub mod log;
pub mod message;
pub mod records;
pub mod schema;
pub mod spelling;
pub mod tenures;
pub mod text;
pub mod time;
pub mod violation;

pub use time::Date;
