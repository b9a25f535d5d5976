//! Exports that are on record, so that nobody's repeated request for the same document makes another event.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use thidua_domain::id::AccountId;

/// An exported document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportRecord {
    /// The operation that gives it.
    pub operation: &'static str,
    /// Text that tells it from other documents of the operation.
    pub detail: String,
}

/// The last export of each caller, by operation: a puller that asks again for what it has makes no further event.
#[derive(Default)]
pub struct Exports(Mutex<HashMap<(AccountId, &'static str), String>>);

impl Exports {
    /// True when a document is the account's last export by its operation.
    pub(crate) fn is_last(&self, account: AccountId, ExportRecord { operation, detail }: &ExportRecord) -> bool {
        self.lock().get(&(account, *operation)) == Some(detail)
    }

    /// Keeps a document as the account's last export by its operation.
    pub(crate) fn keep(&self, account: AccountId, ExportRecord { operation, detail }: ExportRecord) {
        self.lock().insert((account, operation), detail);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(AccountId, &'static str), String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
