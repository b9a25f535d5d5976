//! Keys, signatures, passwords, and sealed texts.

pub mod api_key;
pub mod canonical_json;
pub mod cursors;
pub mod key_files;
pub mod passwords;
pub mod signing;
pub mod totp;
