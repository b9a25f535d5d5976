//! Readings of the change log. To read it is to export it, in whatever form it comes: one event when somebody begins to
//! read, and none while the same reader goes on from where it has come to.

use crate::auth::audit_events::Occurrence;
use crate::auth::caller::Caller;
use crate::auth::rights::Authority;
use crate::response::problem::Problem;
use crate::store::Store;
use actix_web::HttpRequest;
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use thidua_domain::accounts::users::Role;
use thidua_domain::id::{AccountId, AgencyId};
use thidua_domain::log::events::EventKind;

/// Positions up to which each reader was given the log by this node.
#[derive(Default)]
pub struct Positions(Mutex<HashMap<Reader, VecDeque<i64>>>);

/// A reader; with other rights it reads something else.
type Reader = (AccountId, Role, Option<AgencyId>);

/// Positions of a reader that are known: it may follow the log in two places at once, and ask again for what got lost.
const KNOWN: usize = 8;

fn reader(caller: &Caller) -> Reader {
    (caller.user, caller.role, caller.scope)
}

impl Positions {
    fn goes_on(&self, caller: &Caller, after: i64) -> bool {
        self.held().get(&reader(caller)).is_some_and(|known| known.contains(&after))
    }

    /// Notes that a reader has come to a position.
    pub(crate) fn reached(&self, caller: &Caller, position: i64) {
        let mut held = self.held();
        let known = held.entry(reader(caller)).or_default();
        if !known.contains(&position) {
            known.push_back(position);
            if known.len() > KNOWN {
                known.pop_front();
            }
        }
    }

    fn held(&self) -> MutexGuard<'_, HashMap<Reader, VecDeque<i64>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store {
    /// Notes that a caller takes the change log out, unless it goes on where it has come to.
    pub(crate) async fn record_pull(
        &self,
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
        self.record(request, Authority::of(caller), what).await?;
        self.positions.reached(caller, after);
        Ok(())
    }
}
