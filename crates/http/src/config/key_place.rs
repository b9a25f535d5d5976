//! Places of key files.

use std::path::PathBuf;

/// The place of a key file. A missing one is made at the default place only, not where a setting names it.
#[derive(Debug, Clone)]
pub struct KeyPlace {
    /// The file.
    pub path: PathBuf,
    /// True when a missing file is made.
    pub may_make: bool,
}
