//! Resources as declarations: a kind of rows says its address, rights, texts and examples, and how its rows are found and
//! written. The verbs follow from that, with conditions, keys, dry runs and their part of the contract.

mod catalogued;
mod coded;
mod contract;
mod declaration;
mod handlers;
mod records;
mod services;
mod texts;

pub use catalogued::{CatalogueBatch, CatalogueResource, Catalogued, Verbs, in_catalogue};
pub use coded::{Coded, CodedResource};
pub use declaration::{BatchResource, Find, PageRequest, Resource, SetWriting, Unlisted, Writing, writable_row};
pub use records::{Parsing, Reads, RecordResource, Records, References, found};
pub use services::{verbs, verbs_and_batch};
pub(crate) use texts::operations;
pub use texts::{Operation, PathParameter};
