//! Keys, signatures, passwords, and sealed texts.

pub mod api_key;
pub mod canonical_json;
pub mod claims;
pub mod cursors;
pub mod key_files;
pub mod passwords;
pub mod refresh_tokens;
pub mod signing;
pub(crate) mod token_cache;
pub mod tokens;
pub mod totp;
