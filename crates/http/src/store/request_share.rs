//! Share of the request whose handler is at work: reads and writes count for its sender, and keep the memory reserved
//! for it until they end.

use super::claimants::Claimant;
use super::room::Reservation;
use std::sync::Arc;

tokio::task_local! {
    /// The share of the request whose handler is at work.
    static CURRENT: RequestShare;
}

/// Share that a request draws on.
#[derive(Debug, Clone)]
pub struct RequestShare {
    /// The subject it counts for, in the group whose share it draws on.
    pub claimant: Claimant,
    /// Bytes of memory reserved for it, of the room for all.
    pub room: Arc<Reservation>,
}

impl RequestShare {
    /// Runs a request's work, which draws on this share.
    pub(crate) async fn during<F: Future>(self, work: F) -> F::Output {
        CURRENT.scope(self, work).await
    }

    /// The share of the request whose handler is at work, if one is.
    pub(crate) fn current() -> Option<Self> {
        CURRENT.try_with(Self::clone).ok()
    }

    /// The claimant of the request whose handler is at work, if one is.
    pub(crate) fn claimant() -> Option<Claimant> {
        CURRENT.try_with(|share| share.claimant).ok()
    }
}
