//! Audit events: log-ins, refusals, exports, names shown, and whatever else happens beside changes of rows.

use crate::auth::caller::Caller;
use crate::auth::context::RequestContext;
use crate::auth::rights::Authority;
use crate::problem::Problem;
use crate::store::Store;
use crate::store::exports::ExportRecord;
use actix_web::{HttpMessage, HttpRequest};
use chrono::Utc;
use std::rc::Rc;
use thidua_domain::log::changes::Actor;
use thidua_domain::log::events::{Event, EventKind};
use thidua_persistence::Transaction;

/// An event as the place that notes it knows it; the rest is taken from the request.
pub struct Occurrence {
    /// The kind of event.
    pub kind: EventKind,
    /// The operation asked for, by its `operationId`.
    pub operation: String,
    /// Identities of the people whose names were shown.
    pub subjects: Vec<i64>,
    /// More about it; never a name or a secret.
    pub detail: Option<String>,
}

impl Occurrence {
    /// An event of a kind at an operation, without more.
    pub fn of(kind: EventKind, operation: &str) -> Self {
        Self { kind, operation: operation.to_owned(), subjects: Vec::new(), detail: None }
    }
}

impl Store {
    /// Records an event and waits until it is on disk: nothing that must be recorded is done before. Refusals that
    /// repeat are counted.
    pub async fn record(&self, request: &HttpRequest, by: Authority, what: Occurrence) -> Result<(), Problem> {
        if !what.kind.is_refusal() {
            return self.record_with(request, by, what, |_| Ok(())).await;
        }
        let event = event(by.actor(), &*call(request)?, what);
        self.record_repeatable(by, event).await
    }

    /// Records a reading: the first at once, those of the hour after it as one count.
    pub async fn record_reading(&self, request: &HttpRequest, by: Authority, what: Occurrence) -> Result<(), Problem> {
        let event = event(by.actor(), &*call(request)?, what);
        self.record_repeatable(by, event).await
    }

    /// As [`Self::record`], with more work in the same write.
    pub async fn record_with<T: Send + 'static>(
        &self,
        request: &HttpRequest,
        by: Authority,
        what: Occurrence,
        more: impl FnOnce(&mut Transaction<'_>) -> thidua_persistence::Result<T> + Clone + Send + 'static,
    ) -> Result<T, Problem> {
        let event = event(by.actor(), &*call(request)?, what);
        let work = move |transaction: &mut Transaction<'_>| {
            transaction.append_event(&event)?;
            more(transaction)
        };
        self.write(by, work).await
    }

    /// Records a refusal; nobody waits for it.
    pub fn note_refusal(&self, call: &RequestContext, operation: &str) {
        let Some(id) = call.account() else { return };
        let Some(actor) = self.model().access.accounts.get(&id).map(|account| account.actor(id)) else { return };
        self.note_repeatable(actor, event(actor, call, Occurrence::of(EventKind::Refused, operation)));
    }

    /// Records that a caller exports a document, unless its last export by the same operation was the same.
    pub async fn record_export(
        &self,
        request: &HttpRequest,
        caller: &Caller,
        taken: &ExportRecord,
    ) -> Result<(), Problem> {
        if self.has_taken(caller, taken) {
            return Ok(());
        }
        let ExportRecord { operation, detail } = taken;
        let what = Occurrence { detail: Some(detail.clone()), ..Occurrence::of(EventKind::Export, operation) };
        self.record(request, Authority::of(caller), what).await?;
        self.exports.keep(caller.user, taken.clone());
        Ok(())
    }

    /// True when a document is the caller's last export by its operation.
    pub fn has_taken(&self, caller: &Caller, record: &ExportRecord) -> bool {
        self.exports.is_last(caller.user, record)
    }
}

fn event(actor: Actor, call: &RequestContext, what: Occurrence) -> Event {
    let mut subjects = what.subjects;
    subjects.sort_unstable();
    Event {
        at: Utc::now().timestamp_micros(),
        kind: what.kind,
        actor,
        address: call.address.map(|address| address.to_string()),
        operation: what.operation,
        subjects,
        detail: what.detail,
        reason: None,
        times: 1,
    }
}

fn call(request: &HttpRequest) -> Result<Rc<RequestContext>, Problem> {
    request.extensions().get::<Rc<RequestContext>>().cloned().ok_or_else(|| Problem::internal("no call"))
}
