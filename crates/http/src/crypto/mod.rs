//! Keys, signatures, passwords, and sealed texts.

pub mod api_key;
pub mod canonical_json;
mod certificates;
pub mod claims;
pub mod cursors;
pub mod key_files;
pub mod key_pair;
pub mod passwords;
pub mod public_keys;
pub mod refresh_tokens;
pub mod signing;
pub(crate) mod token_cache;
pub mod tokens;
pub mod totp;
