//! Statements that a database is sent, and their number: a measure of two requests where time says little.

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

static SEEN: Mutex<Option<HashMap<String, Seen>>> = Mutex::new(None);

/// The statements of all connections with one address.
#[derive(Default)]
struct Seen {
    count: u64,
    /// Texts of the statements, each with its values behind it, while a test listens.
    texts: Option<Vec<String>>,
}

fn seen() -> MutexGuard<'static, Option<HashMap<String, Seen>>> {
    SEEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Counts the statements of a connection under the address it was opened with.
#[derive(Default)]
struct Counter {
    address: String,
}

impl Instrumentation for Counter {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartEstablishConnection { url, .. } => url.clone_into(&mut self.address),
            InstrumentationEvent::StartQuery { query, .. } => {
                self.of_all(|seen| {
                    seen.count += 1;
                    seen.hear(|| query.to_string());
                });
            }
            InstrumentationEvent::CacheQuery { sql, .. } => self.of_all(|seen| seen.hear(|| format!("kept: {sql}"))),
            _ => {}
        }
    }
}

impl Counter {
    /// Notes something of all connections with its address.
    fn of_all(&self, note: impl FnOnce(&mut Seen)) {
        note(seen().get_or_insert_default().entry(self.address.clone()).or_default());
    }
}

impl Seen {
    fn hear(&mut self, text: impl FnOnce() -> String) {
        if let Some(texts) = &mut self.texts {
            texts.push(text());
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

    /// Counts the statements of the database that a `DATABASE_URL` names.
    pub fn of(url: &str) -> Self {
        Self(url.trim_start_matches("sqlite:").to_owned())
    }

    /// Number of statements so far.
    pub fn so_far(&self) -> u64 {
        let seen = seen();
        seen.iter().flatten().filter(|(address, _)| address.contains(&self.0)).map(|(_, seen)| seen.count).sum()
    }

    /// The result of some work, and the number of statements meanwhile.
    pub fn during<T>(&self, work: impl FnOnce() -> T) -> (T, u64) {
        let before = self.so_far();
        let given = work();
        (given, self.so_far() - before)
    }

    /// The result of some work, and the statements meanwhile: the text of each, ` -- binds: `, and its values. Before one
    /// that the connection keeps for the next time, its text comes behind `kept: `.
    pub fn texts_during<T>(&self, work: impl FnOnce() -> T) -> (T, Vec<String>) {
        self.listen(Some(Vec::new()));
        let given = work();
        (given, self.listen(None))
    }

    /// Begins or ends the collection of texts, and gives those collected so far.
    fn listen(&self, kept: Option<Vec<String>>) -> Vec<String> {
        let mut seen = seen();
        let own = seen.iter_mut().flatten().filter(|(address, _)| address.contains(&self.0));
        own.flat_map(|(_, seen)| std::mem::replace(&mut seen.texts, kept.clone())).flatten().collect()
    }
}
