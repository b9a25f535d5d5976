//! The newest backup in a folder: one that was not made is missed by nobody else.

use std::fs::{self, DirEntry};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since 1970 at which the newest backup of a folder was finished; 0 without any. `thidua backup` gives a file its
/// name when it is whole.
pub(super) fn newest(folder: &Path) -> u64 {
    match fs::read_dir(folder) {
        Ok(entries) => entries.filter_map(Result::ok).filter_map(|entry| finished(&entry)).max().unwrap_or(0),
        Err(error) => {
            log::warn!("{}: backups cannot be looked for: {error}", folder.display());
            0
        }
    }
}

fn finished(entry: &DirEntry) -> Option<u64> {
    let metadata = entry.metadata().ok().filter(|metadata| metadata.is_file() && metadata.len() > 0)?;
    let is_backup = Path::new(&entry.file_name()).extension().is_some_and(|extension| extension == "tar");
    let modified: SystemTime = metadata.modified().ok()?;
    modified.duration_since(UNIX_EPOCH).ok().filter(|_| is_backup).map(|since| since.as_secs())
}
