//! Files of a catalogue: those the program holds, and those of a folder.

use anyhow::{Context as _, Result, bail};
use std::ffi::OsStr;
use std::fs;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

/// A file: its name, and its text.
pub(super) type File = (String, String);

/// The catalogue of Điện Biên, in the folder `catalogue` of the repository.
const EMBEDDED: [(&str, &str); 7] = [
    ("agencies.toml", include_str!("../../../../../catalogue/agencies.toml")),
    ("calendars.toml", include_str!("../../../../../catalogue/calendars.toml")),
    ("holidays.toml", include_str!("../../../../../catalogue/holidays.toml")),
    ("indicators.toml", include_str!("../../../../../catalogue/indicators.toml")),
    ("movements.toml", include_str!("../../../../../catalogue/movements.toml")),
    ("periods.toml", include_str!("../../../../../catalogue/periods.toml")),
    ("targets.toml", include_str!("../../../../../catalogue/targets.toml")),
];

/// The files that the program holds.
pub(super) fn embedded() -> Vec<File> {
    EMBEDDED.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

/// The files of a folder by name. Which of them holds which rows does not matter.
pub(super) fn of_folder(folder: &Path) -> Result<Vec<File>> {
    let named = || folder.display().to_string();
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(named)? {
        let path = entry.with_context(named)?.path();
        if path.extension() != Some(OsStr::new("toml")) {
            continue;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        files.push((name, fs::read_to_string(&path).with_context(|| path.display().to_string())?));
    }
    if files.is_empty() {
        bail!("{}: there is no *.toml in it", named());
    }
    files.sort();
    Ok(files)
}

/// Writes files into a folder that has none of a catalogue yet, and tells their number.
pub(super) fn write(folder: &Path, files: &[File]) -> Result<usize> {
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    if of_folder(folder).is_ok() {
        bail!("{}: there are *.toml in it already, and nothing is overwritten", folder.display());
    }
    for (name, text) in files {
        let path = folder.join(name);
        let file = OpenOptions::new().write(true).create_new(true).open(&path);
        file.and_then(|mut file| file.write_all(text.as_bytes())).with_context(|| path.display().to_string())?;
    }
    Ok(files.len())
}
