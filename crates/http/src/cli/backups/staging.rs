//! Staged files: made under another name beside their place, and put there whole.

use anyhow::{Context, Result, anyhow};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// A folder beside a file to come, `FILE.partial`, which is removed when this is dropped. The next program takes over
/// one that a killed program has left.
pub(super) struct Staging {
    folder: PathBuf,
    _lock: File,
}

const LOCK: &str = "lock";

impl Staging {
    /// Makes the folder for a file that is not there yet.
    pub(super) fn beside(target: &Path) -> Result<Self> {
        // SQLite takes some relative paths for URIs.
        let target = std::path::absolute(target).with_context(|| named(target))?;
        let mut name = target.file_name().ok_or_else(|| path_error(&target, "is not the name of a file"))?.to_owned();
        name.push(".partial");
        let folder = target.with_file_name(name);
        let cleared = clear(&folder);
        // Cleared in any case: a program may have been killed after it had published its file.
        require_absent(&target)?;
        cleared?;
        DirBuilder::new().mode(0o700).create(&folder).with_context(|| named(&folder))?;
        let lock = create(&folder.join(LOCK)).and_then(|file| file.lock().map(|()| file));
        Ok(Self { _lock: lock.with_context(|| named(&folder))?, folder })
    }

    /// The place of a file in the folder.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Makes an empty file in the folder.
    pub(super) fn create(&self, name: &str) -> Result<()> {
        let path = self.path(name);
        create(&path).map(drop).with_context(|| named(&path))
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            log::error!("{}: {error}", self.folder.display());
        }
    }
}

/// Removes a folder that a killed program has left; fails where a program is still at work.
fn clear(folder: &Path) -> Result<()> {
    let lock = match File::open(folder.join(LOCK)) {
        Ok(lock) => lock,
        Err(error) if error.kind() == ErrorKind::NotFound => return clear_empty(folder),
        Err(error) => return Err(error).with_context(|| named(folder)),
    };
    lock.try_lock().map_err(|_| path_error(folder, "another program is at it"))?;
    fs::remove_dir_all(folder).with_context(|| named(folder))
}

/// Removes an empty folder, of a program that was killed before it locked it. One with contents is not ours: then this
/// fails.
fn clear_empty(folder: &Path) -> Result<()> {
    match fs::remove_dir(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error).with_context(|| named(folder)),
        _ => Ok(()),
    }
}

/// Makes a new file that only its owner may read.
pub(super) fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Puts a synced file in its place, where none may be.
pub(super) fn publish(file: &Path, target: &Path) -> Result<()> {
    // Linking, unlike renaming, fails when there is something; some file systems cannot link.
    match fs::hard_link(file, target) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Err(there_is_one(target)),
        Err(_) => {
            require_absent(target)?;
            fs::rename(file, target).with_context(|| named(target))?;
        }
    }
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).with_context(|| named(folder))
}

/// Refuses a path at which there is something.
pub(super) fn require_absent(path: &Path) -> Result<()> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error).with_context(|| named(path)),
        Ok(_) => Err(there_is_one(path)),
    }
}

fn there_is_one(path: &Path) -> anyhow::Error {
    path_error(path, "is there already, and nothing is overwritten")
}

fn path_error(path: &Path, what: &str) -> anyhow::Error {
    anyhow!("{}: {what}", path.display())
}

/// The name of a file, as the context of an error.
pub(super) fn named(path: &Path) -> String {
    path.display().to_string()
}
