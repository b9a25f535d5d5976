//! `thidua verify` in the background of a server, again and again, for those who want to be told when something is
//! wrong.

use crate::store::Store;
use actix_web::web::Data;
use chrono::{DateTime, Utc};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use thidua_persistence::Database;
use thidua_persistence::progress::Silent;
use thidua_persistence::verify::{Finding, verify};

/// The result of the last verification; none before the first has ended.
#[derive(Debug, Default)]
pub(crate) struct Verifications(Mutex<Option<VerifyRun>>);

/// A verification that has ended.
#[derive(Debug, Clone)]
pub(super) struct VerifyRun {
    /// The time it ended.
    pub(super) at: DateTime<Utc>,
    /// The time it took.
    pub(super) took: Duration,
    /// Its outcome.
    pub(super) outcome: VerifyOutcome,
    /// The position up to which all agreed, as the last clean verification found.
    pub(super) clean_to: Option<i64>,
}

/// The outcome of a verification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum VerifyOutcome {
    /// Everything agrees.
    Clean,
    /// Something differs.
    Difference,
    /// The verification failed: nothing is known.
    Failed,
}

impl VerifyOutcome {
    pub(super) const ALL: [Self; 3] = [Self::Clean, Self::Difference, Self::Failed];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Difference => "difference",
            Self::Failed => "failed",
        }
    }
}

impl Verifications {
    pub(super) fn last(&self) -> Option<VerifyRun> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, verified: VerifyRun) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(verified);
    }
}

/// Verifies now and after every pause, in a thread of its own, which ends with the process: it only reads.
pub(super) fn keep_verifying(
    store: Data<Store>,
    verifications: Arc<Verifications>,
    pause: Duration,
) -> std::io::Result<()> {
    let work = move || {
        // The channel is only a timer: nothing is ever sent through it.
        let (_never, stop) = channel::<()>();
        loop {
            let verified = once(store.database(), verifications.last().and_then(|last| last.clean_to));
            verifications.keep(verified);
            if stop.recv_timeout(pause) != Err(RecvTimeoutError::Timeout) {
                return;
            }
        }
    };
    std::thread::Builder::new().name("verifier".to_owned()).spawn(work).map(drop)
}

fn once(database: &Database, clean_before: Option<i64>) -> VerifyRun {
    let began = Instant::now();
    let found = Database::inspect(database.engine(), |connection| verify(connection, &[], &Silent));
    let took = began.elapsed();
    let (outcome, clean_to) = match found {
        Ok(Finding::Clean { changes, cells }) => {
            log::info!("verified: clean: {changes} changes, {cells} cells");
            (VerifyOutcome::Clean, Some(changes))
        }
        Ok(Finding::Difference(what)) => {
            log::error!("verified: NOT clean: {what}");
            (VerifyOutcome::Difference, clean_before)
        }
        Err(error) => {
            log::warn!("could not verify: {error}");
            (VerifyOutcome::Failed, clean_before)
        }
    };
    VerifyRun { at: Utc::now(), took, outcome, clean_to }
}
