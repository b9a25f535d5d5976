//! Names of people in answers: who sees them, and the trace that each showing leaves.

use crate::auth::audit_events::Occurrence;
use crate::auth::caller::{Caller, Permission, WriteRecords};
use crate::auth::rights::Authority;
use crate::problem::Problem;
use crate::store::Store;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use thidua_domain::log::events::EventKind;

/// Notes whose names, by identity, a caller is about to be shown: nobody sees one without a trace.
pub async fn shown(
    store: &Store,
    request: &HttpRequest,
    caller: &Caller,
    operation: &'static str,
    subjects: Vec<i64>,
) -> Result<(), Problem> {
    noted(store, request, Authority::of(caller), operation, subjects).await
}

async fn noted(
    store: &Store,
    request: &HttpRequest,
    by: Authority,
    operation: &'static str,
    subjects: Vec<i64>,
) -> Result<(), Problem> {
    if subjects.is_empty() {
        return Ok(());
    }
    let what = Occurrence { subjects, ..Occurrence::of(EventKind::PersonalData, operation) };
    store.record(request, by, what).await
}

/// Notes the name that the answer to a write shows: one that changes nothing, or is only tried, leaves no other trace.
pub async fn shown_in(
    store: &Store,
    request: &HttpRequest,
    caller: &Caller,
    operation: &'static str,
    answered: HttpResponse,
) -> Result<HttpResponse, Problem> {
    #[derive(Deserialize)]
    struct WrittenRow {
        id: i64,
        #[serde(alias = "display_name")]
        name: Option<String>,
    }
    let (head, body) = answered.into_parts();
    let body = body.try_into_bytes().map_err(|_| Problem::internal("an answer to a write as a stream"))?;
    if let Ok(WrittenRow { id, name: Some(_) }) = serde_json::from_slice(&body) {
        // The write was judged, and stands: it is not to be answered as refused.
        noted(store, request, Authority::to_note(caller.actor()), operation, vec![id]).await?;
    }
    Ok(head.set_body(BoxBody::new(body)))
}

/// True for callers who see names: those who keep the roll.
pub fn sees_names(caller: &Caller) -> bool {
    WriteRecords::allows(caller)
}
