//! The contract: its promises, and the code that keeps them.

mod codes;
mod compatibility;
pub mod document;
mod keys;
mod locales;
mod promises;
mod rendering_3_0;
mod reserved_words;
mod slim;
mod texts;

use std::path::{Path, PathBuf};

/// A path of the repository.
fn in_repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// Insists that a generated file is checked in as the code makes it.
#[track_caller]
fn assert_checked_in(path: &str, made: &str) {
    let checked_in = std::fs::read_to_string(in_repository(path)).unwrap_or_default();
    assert!(checked_in == made, "{path} is out of date; run scripts/update-contract and review the diff");
}
