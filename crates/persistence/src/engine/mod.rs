//! Two engines behind one connection: queries are written once.

pub(crate) mod any_connection;
pub(crate) mod columns;
pub(crate) mod connection;
pub(crate) mod date;
pub(crate) mod decode;
pub(crate) mod entity;
pub(crate) mod folded_keys;
pub(crate) mod functions;
pub(crate) mod in_list;
pub(crate) mod inline_limit;
pub(crate) mod insert_rows;
pub(crate) mod literal;
pub(crate) mod migrations;
pub(crate) mod narrow;
pub(crate) mod paging;
pub(crate) mod past;
pub(crate) mod place;
pub(crate) mod row_values;
pub(crate) mod schema;
pub(crate) mod spelled;
