//! Readings of the change log. To read it is to export it, in whatever form it comes: one event when somebody begins to
//! read, and none while the same reader goes on from where it has come to.

use crate::auth::audit_events::Occurrence;
use crate::auth::caller::Caller;
use crate::auth::rights::Authority;
use crate::problem::Problem;
use crate::store::Store;
use actix_web::HttpRequest;
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use thidua_domain::accounts::users::Role;
use thidua_domain::id::{AccountId, AgencyId};
use thidua_domain::log::events::EventKind;
use thidua_persistence::accounts::receipts;

/// Pulls of the log from this node: where each reader is, and what was noted of it.
#[derive(Default)]
pub(crate) struct Pulls {
    positions: Positions,
    noted: NotedReads,
}

/// Positions up to which each reader was given the log by this node.
#[derive(Default)]
struct Positions(Mutex<HashMap<FeedReader, VecDeque<i64>>>);

/// The last position noted for each credential, with its time, so that a busy puller does not make a write of every
/// page.
#[derive(Default)]
struct NotedReads(Mutex<HashMap<AccountId, (i64, Instant)>>);

/// Interval at which a credential's reading is noted.
const EVERY: Duration = Duration::from_secs(2);

/// A reader; with other rights it reads something else.
type FeedReader = (AccountId, Role, Option<AgencyId>);

/// Positions of a reader that are known: it may follow the log in two places at once, and ask again for what got lost.
const KNOWN: usize = 8;

fn reader(caller: &Caller) -> FeedReader {
    (caller.user, caller.role, caller.scope)
}

impl Positions {
    fn goes_on(&self, caller: &Caller, after: i64) -> bool {
        self.lock().get(&reader(caller)).is_some_and(|known| known.contains(&after))
    }

    /// Notes that a reader has come to a position.
    fn reached(&self, caller: &Caller, position: i64) {
        let mut held = self.lock();
        let known = held.entry(reader(caller)).or_default();
        if !known.contains(&position) {
            known.push_back(position);
            if known.len() > KNOWN {
                known.pop_front();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<FeedReader, VecDeque<i64>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pulls {
    /// Notes that a caller takes the change log out, unless it goes on where it has come to.
    pub(crate) async fn record(
        &self,
        store: &Store,
        request: &HttpRequest,
        caller: &Caller,
        after: i64,
        form: &str,
    ) -> Result<(), Problem> {
        if self.positions.goes_on(caller, after) {
            return Ok(());
        }
        let detail = Some(format!("after {after}, as {form}"));
        let what = Occurrence { detail, ..Occurrence::of(EventKind::Export, "listChanges") };
        store.record(request, Authority::of(caller), what).await?;
        self.positions.reached(caller, after);
        Ok(())
    }

    /// Notes that a caller was given the log up to a position; nobody waits for it.
    pub(crate) fn note(&self, store: &Store, caller: &Caller, seq: i64) {
        self.positions.reached(caller, seq);
        let mut noted = self.noted.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let recent = noted.get(&caller.user).is_some_and(|(last, at)| {
            let pause = now.duration_since(*at);
            pause < EVERY && (*last == seq || seq != store.model().seq)
        });
        if recent {
            return;
        }
        noted.insert(caller.user, (seq, now));
        drop(noted);
        let user = caller.user;
        store.note(caller.actor(), move |transaction| receipts::pulled(transaction, user, seq));
    }
}
