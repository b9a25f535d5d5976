//! Events that repeat: refusals, and readings that are asked for again and again. The first of a caller, an operation
//! and a reason is an event at once; those of the hour that follows are counted, and are one event more at its end. So
//! nobody fills the table by being refused often, and repeated refusals do not wait for the disk.

use super::claimants::network;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use thidua_domain::log::changes::Actor;
use thidua_domain::log::events::{Event, EventKind};

/// The time for which repetitions are counted before their number is stored.
const HOUR: TimeDelta = TimeDelta::hours(1);
/// Matters of a kind that are told apart within an hour, at most; beyond them each operation is one matter.
pub const MOST_KEYS: usize = 1_000;

/// Events of the last hour that may repeat.
#[derive(Default)]
pub struct Repeats(Mutex<HashMap<EventKey, Counted>>);

/// Members in which repeated events are the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct EventKey {
    kind: EventKind,
    /// Kind and identity of the actor.
    actor: (&'static str, i64),
    network: Option<String>,
    operation: String,
    detail: Option<String>,
}

/// A matter that is counted.
#[derive(Debug)]
struct Counted {
    since: DateTime<Utc>,
    /// Repetitions since, without the first time.
    times: i64,
    last: Event,
}

impl EventKey {
    fn of(event: &Event) -> Self {
        let address: Option<IpAddr> = event.address.as_ref().and_then(|address| address.parse().ok());
        Self {
            kind: event.kind,
            actor: (event.actor.kind.as_str(), event.actor.id),
            network: address.map(|address| network(address).to_string()),
            operation: event.operation.clone(),
            detail: event.detail.clone(),
        }
    }
}

impl Counted {
    fn told(self, now: DateTime<Utc>) -> Option<Event> {
        let Self { times, last, .. } = self;
        (times > 0).then(|| Event { at: now.timestamp_micros(), times, ..last })
    }
}

impl Repeats {
    /// Takes an event in; returns those to be stored now. An event that stands for several has their number in `times`.
    pub fn take(&self, event: Event, now: DateTime<Utc>) -> Vec<Event> {
        let mut held = self.lock();
        let mut matter = EventKey::of(&event);
        let mut event = event;
        if !held.contains_key(&matter) && held.keys().filter(|known| known.kind == event.kind).count() >= MOST_KEYS {
            // Somebody has many names or addresses: their number must not become the table's.
            event = Event { actor: Actor::SYSTEM, address: None, detail: Some("others".to_owned()), ..event };
            matter = EventKey::of(&event);
        }
        match held.entry(matter) {
            Entry::Vacant(place) => {
                place.insert(Counted { since: now, times: 0, last: event.clone() });
                vec![event]
            }
            Entry::Occupied(mut place) if now - place.get().since < HOUR => {
                let counted = place.get_mut();
                counted.times += event.times;
                counted.last = event;
                Vec::new()
            }
            Entry::Occupied(mut place) => {
                let over = place.insert(Counted { since: now, times: 0, last: event.clone() });
                over.told(now).into_iter().chain([event]).collect()
            }
        }
    }

    /// Forgets the matters whose hour is over; returns the events that count their repetitions.
    pub fn over(&self, now: DateTime<Utc>) -> Vec<Event> {
        let mut held = self.lock();
        let over: Vec<_> =
            held.iter().filter(|(_, counted)| now - counted.since >= HOUR).map(|(key, _)| key.clone()).collect();
        over.iter().filter_map(|key| held.remove(key)?.told(now)).collect()
    }

    /// Forgets all matters; returns the events that count their repetitions.
    pub fn all(&self, now: DateTime<Utc>) -> Vec<Event> {
        self.lock().drain().filter_map(|(_, counted)| counted.told(now)).collect()
    }

    /// Forgets the matter of an event that could not be stored, so that the next one is stored at once.
    pub(crate) fn take_back(&self, event: &Event) {
        self.lock().remove(&EventKey::of(event));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<EventKey, Counted>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
