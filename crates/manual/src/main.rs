//! The `thidua-manual` program: writes manual pages and completions into a folder.

use anyhow::{Context as _, Result};
use std::path::PathBuf;

fn main() -> Result<()> {
    let folder = std::env::args_os().nth(1).context("usage: thidua-manual FOLDER")?;
    thidua_manual::write(&PathBuf::from(folder))
}
