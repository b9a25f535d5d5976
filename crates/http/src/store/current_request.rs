//! The request whose handler is at work: log lines name it, and its reads and writes count for its sender and keep the
//! memory reserved for it until they end.

use super::claimants::Claimant;
use super::room::Reservation;
use std::sync::Arc;

tokio::task_local! {
    /// The request whose handler is at work.
    static CURRENT: CurrentRequest;
}

/// A request at work, as far as storage and log lines need to know it.
#[derive(Debug, Clone)]
pub struct CurrentRequest {
    /// Its identity, in its log lines.
    pub id: Arc<str>,
    /// The subject it counts for, in the group whose share it draws on.
    pub claimant: Claimant,
    /// Bytes of memory reserved for it, of the room for all.
    pub room: Arc<Reservation>,
}

impl CurrentRequest {
    /// Runs the request's work.
    pub(crate) async fn during<F: Future>(self, work: F) -> F::Output {
        CURRENT.scope(self, work).await
    }

    /// Reads from the request whose handler is at work, if one is.
    pub(crate) fn read<T>(read: impl FnOnce(&Self) -> T) -> Option<T> {
        CURRENT.try_with(|request| read(request)).ok()
    }

    /// The memory reserved for the request at work, if there is one.
    pub(crate) fn room() -> Option<Arc<Reservation>> {
        Self::read(|request| Arc::clone(&request.room))
    }

    /// The claimant of the request at work, if there is one.
    pub(crate) fn claimant() -> Option<Claimant> {
        Self::read(|request| request.claimant)
    }
}
