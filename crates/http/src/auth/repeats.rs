//! Storing of events that repeat: at once, or as one count for the hour that is over.

use crate::auth::rights::Authority;
use crate::problem::Problem;
use crate::store::Store;
use chrono::{DateTime, Utc};
use std::time::Duration;
use thidua_domain::log::changes::Actor;
use thidua_domain::log::events::Event;
use thidua_persistence::Transaction;
use tokio::time::sleep;

/// The time between two looks for hours that are over.
const LOOK: Duration = Duration::from_secs(60);

impl Store {
    /// Records an event that may repeat; waits until it is on disk, unless it is only counted.
    pub(crate) async fn record_repeatable(&self, by: Authority, event: Event) -> Result<(), Problem> {
        let told = self.repeats.take(event, Utc::now());
        let Some(first) = told.last().cloned() else { return Ok(()) };
        let noted = self.write(by, |transaction| append_all(transaction, told)).await;
        if noted.is_err() {
            self.repeats.take_back(&first);
        }
        noted
    }

    /// Records an event that may repeat; nobody waits for it.
    pub(crate) fn note_repeatable(&self, actor: Actor, event: Event) {
        self.note_all(actor, self.repeats.take(event, Utc::now()));
    }

    /// Stores, every minute, the counts of hours that are over.
    pub(crate) async fn keep_telling_repeats(&self) {
        loop {
            sleep(LOOK).await;
            self.tell_repeats(Utc::now());
        }
    }

    /// Stores the counts of the hours that are over at a time.
    pub fn tell_repeats(&self, now: DateTime<Utc>) {
        self.note_all(Actor::SYSTEM, self.repeats.over(now));
    }

    /// Stores all counts: the server is about to stop.
    pub(crate) fn tell_all_repeats(&self) {
        self.note_all(Actor::SYSTEM, self.repeats.all(Utc::now()));
    }

    fn note_all(&self, actor: Actor, told: Vec<Event>) {
        if !told.is_empty() {
            self.note(actor, |transaction| append_all(transaction, told));
        }
    }
}

fn append_all(transaction: &mut Transaction<'_>, told: Vec<Event>) -> thidua_persistence::Result<()> {
    told.iter().try_for_each(|event| transaction.append_event(event))
}
