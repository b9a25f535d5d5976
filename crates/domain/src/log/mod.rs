//! The log of changes, and its proof.

mod catalogue_rows;
pub mod changes;
pub mod events;
pub mod hash_chain;
pub mod hexadecimal;
pub mod nonce;
pub mod personal_data;
pub mod replay;
pub mod unlogged;
