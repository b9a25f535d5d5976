//! Resources as declarations: a kind of rows says its address, rights, texts and examples, and how its rows are found and
//! written. The verbs follow from that, with conditions, keys, dry runs and their part of the contract.

mod contract;
mod declaration;
mod services;
mod texts;
mod verbs;

pub use declaration::{BatchResource, Find, PageRequest, Resource, writable_row};
pub use services::{five_verbs, six_verbs};
pub(crate) use texts::operations;
pub use texts::{Operation, PathParameter};
