//! State of the server beside its answers, for whoever watches it.

use super::background_verify::Verifications;
use super::health::Readiness;
use super::requests::Requests;
use std::path::PathBuf;
use std::sync::Arc;

/// State of the server that its metrics tell of.
pub(super) struct Watched {
    /// The requests since its start.
    pub(super) requests: Arc<Requests>,
    /// The result of the last probe.
    pub(super) readiness: Arc<Readiness>,
    /// The result of the last verification.
    pub(super) verifications: Arc<Verifications>,
    /// The folder where backups are.
    pub(super) backup_folder: Option<PathBuf>,
}
