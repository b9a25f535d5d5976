//! Uses of API keys that were noted lately.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use thidua_domain::id::ClientKeyId;

/// Time of the last noted use of each key, so that not every request makes a write.
#[derive(Default)]
pub struct KeyUses(Mutex<HashMap<ClientKeyId, Instant>>);

/// The shortest time between two notes of a key's use.
const EVERY: Duration = Duration::from_secs(60);

impl KeyUses {
    /// True when a use of a key is to be noted, which counts as done.
    pub(crate) fn is_due(&self, key: ClientKeyId) -> bool {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let is_due = noted.get(&key).is_none_or(|at| now.duration_since(*at) >= EVERY);
        if is_due {
            noted.insert(key, now);
        }
        is_due
    }
}
