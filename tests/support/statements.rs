//! How many statements a database is asked: a fact by which two requests can be compared where time says little.

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use std::collections::HashMap;
use std::sync::{Mutex, Once, PoisonError};

static COUNTS: Mutex<Option<HashMap<String, u64>>> = Mutex::new(None);

/// Counts the statements of a connection under the address it was opened with.
#[derive(Default)]
struct Counter {
    address: String,
}

impl Instrumentation for Counter {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartEstablishConnection { url, .. } => url.clone_into(&mut self.address),
            InstrumentationEvent::StartQuery { .. } => {
                let mut counts = COUNTS.lock().unwrap_or_else(PoisonError::into_inner);
                *counts.get_or_insert_default().entry(self.address.clone()).or_default() += 1;
            }
            _ => {}
        }
    }
}

/// The statements of all connections whose address holds a text that no other database has.
pub struct Counted(String);

impl Counted {
    /// Counts those of every connection that is opened from now on.
    pub fn begin() {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            set_default_instrumentation(|| Some(Box::new(Counter::default()))).expect("nobody else counts");
        });
    }

    /// Those of the database that a `DATABASE_URL` names.
    pub fn of(url: &str) -> Self {
        Self(url.trim_start_matches("sqlite:").to_owned())
    }

    /// How many statements there were so far.
    pub fn so_far(&self) -> u64 {
        let counts = COUNTS.lock().unwrap_or_else(PoisonError::into_inner);
        counts.iter().flatten().filter(|(address, _)| address.contains(&self.0)).map(|(_, count)| count).sum()
    }

    /// What some work gives, and how many statements there were meanwhile.
    pub fn during<T>(&self, work: impl FnOnce() -> T) -> (T, u64) {
        let before = self.so_far();
        let given = work();
        (given, self.so_far() - before)
    }
}
