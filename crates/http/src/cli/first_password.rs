//! The first administrator's password in a file of the data folder: the log of a container goes with the container.

use crate::config::DataConfig;
use crate::crypto::key_files;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::PathBuf;
use thidua_domain::spelling::is_same;
use thidua_persistence::Database;

/// The name of the first administrator.
pub(super) const ADMINISTRATOR: &str = "admin";

/// The file, which only its owner may read.
pub(super) fn place(data: &DataConfig) -> PathBuf {
    data.data_dir.join("first-password")
}

/// Writes the password down. One of a database that is gone may be there.
pub(super) fn keep(data: &DataConfig, password: &str) -> io::Result<()> {
    remove(data)?;
    key_files::write_new(&place(data), &format!("{password}\n"))
}

/// Removes the file once the password has been changed.
pub(super) fn remove_changed(data: &DataConfig, database: &Database) {
    let model = database.model();
    let first = model.access.accounts.values().find(|account| is_same(&account.username, ADMINISTRATOR));
    if first.is_some_and(|account| account.password_version == 1) {
        return;
    }
    if let Err(error) = remove(data) {
        log::warn!("{}, which holds a password of before, cannot be removed: {error}", place(data).display());
    }
}

fn remove(data: &DataConfig) -> io::Result<()> {
    match fs::remove_file(place(data)) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
