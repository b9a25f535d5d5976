//! Codes of rows outside a caller's scope. Codes are unique in the province, so whoever gives a taken one to a row of
//! their own learns that it is taken, and nothing else of such rows. That is an event, for what is only tried, too.

use crate::auth::caller::Caller;
use crate::auth::rights::Authority;
use crate::problem::Problem;
use crate::request::agency_identifier::identifier;
use crate::store::Store;
use chrono::Utc;
use std::sync::atomic::Ordering;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::id::AgencyId;
use thidua_domain::log::events::{Event, EventKind};
use thidua_domain::text::Code;
use thidua_persistence::{Connection, Error, Origin, Result as Stored, Transaction};

/// Finds the agency that holds, or held last, the row that a code means, with the code as that row spells it.
pub type Holder = fn(&mut Connection, &str) -> Stored<Option<(AgencyId, Code)>>;

/// Writes a row with a code. A refusal because the code is taken is told or counted as by [`told_or_counted`].
pub fn counting<T>(
    transaction: &mut Transaction<'_>,
    caller: &Caller,
    taken: (&str, Holder),
    write: impl FnOnce(&mut Transaction<'_>) -> Stored<T>,
) -> Stored<T> {
    let written = write(transaction);
    // A write that succeeds may have put off its rows: the connection would store them.
    if !is_taken(&written) {
        return written;
    }
    let catalogue = transaction.catalogue();
    told_or_counted(written, (transaction.connection(), &catalogue), caller, taken)
}

/// A refusal of a row because its code is taken: it names the code as it is spelled where the caller may see the row that
/// has it, and is counted where not.
pub fn told_or_counted<T>(
    judged: Stored<T>,
    (connection, catalogue): (&mut Connection, &Catalogue),
    caller: &Caller,
    (code, holder): (&str, Holder),
) -> Stored<T> {
    if !is_taken(&judged) {
        return judged;
    }
    match holder(connection, code)? {
        Some((agency, spelling)) if caller.sees(catalogue, agency) => Err(Error::taken("/code", spelling)),
        Some(_) => {
            caller.taken_codes.fetch_add(1, Ordering::Relaxed);
            judged
        }
        None => judged,
    }
}

fn is_taken<T>(judged: &Stored<T>) -> bool {
    matches!(judged, Err(Error::Conflict(violation)) if violation.code == "already_exists")
}

impl Store {
    /// Records, before the write is answered, how many taken codes it has told its caller of; never which.
    pub(crate) async fn record_taken_codes(&self, caller: &Caller, origin: Origin) -> Result<(), Problem> {
        let count = caller.taken_codes.swap(0, Ordering::Relaxed);
        let Some(scope) = caller.scope.filter(|_| count > 0) else { return Ok(()) };
        let event = Event {
            at: Utc::now().timestamp_micros(),
            kind: EventKind::CodeTaken,
            actor: caller.actor(),
            address: origin.address.map(|address| address.to_string()),
            operation: origin.operation.to_string(),
            subjects: Vec::new(),
            detail: Some(format!("scope: {}", identifier(&self.catalogue(), scope))),
            reason: None,
            times: count.into(),
        };
        self.record_repeatable(Authority::to_note(caller.actor()), event).await
    }
}
