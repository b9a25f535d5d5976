//! What is known of a request before anything is done about it.

use super::client_address;
use super::request_ids::RequestId;
use super::subjects::Claimant;
use crate::auth::credentials::Credential;
use crate::response::negotiation::Language;
use crate::response::problem::Problem;
use crate::server::middleware::Middleware;
use crate::store::Store;
use crate::store::room::Reservation;
use actix_web::dev::ServiceRequest;
use actix_web::http::Method;
use actix_web::http::header::{HeaderValue, ORIGIN};
use actix_web::web::Data;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use thidua_domain::id::AccountId;

tokio::task_local! {
    /// The request whose handler is at work.
    static CURRENT: Rc<RequestContext>;
}

/// A request, as far as every answer is concerned with it.
#[derive(Debug)]
pub struct RequestContext {
    /// Its identity, in the answer and in the log.
    pub request_id: RequestId,
    /// The method asked for; a HEAD goes on as a GET.
    pub method: Method,
    /// The path.
    pub path: String,
    /// The path with names instead of values; absent when there is nothing at the address.
    pub template: Option<Arc<str>>,
    /// The language of a refusal.
    pub language: Language,
    /// Where the page lives that a browser sent it from.
    pub origin: Option<HeaderValue>,
    /// What it brings to prove who sends it, if that was issued here. Whether it still counts is another question.
    pub credential: Result<Arc<Credential>, Box<Problem>>,
    /// Where it comes from.
    pub address: Option<IpAddr>,
    /// Whom it counts for, and on whose share it draws.
    pub claimant: Claimant,
    /// Bytes of memory it has taken of the room for all.
    pub room: Arc<Reservation>,
}

impl RequestContext {
    /// Who sends it, if that is known.
    pub fn account(&self) -> Option<AccountId> {
        self.credential.as_ref().ok().and_then(|credential| credential.account())
    }

    /// Does work of a request's, so that what is logged meanwhile is known to be about it.
    pub(crate) async fn during<F: Future>(self: Rc<Self>, work: F) -> F::Output {
        CURRENT.scope(self, work).await
    }

    /// Tells of the request whose handler is at work, if one is.
    pub(crate) fn current<T>(tell: impl FnOnce(&Self) -> T) -> Option<T> {
        CURRENT.try_with(|call| tell(call)).ok()
    }

    /// Reads a request that has not been routed yet.
    pub(crate) fn of(request: &ServiceRequest, edge: &Middleware) -> Self {
        let headers = request.headers();
        let credential = Credential::of(request.request()).map_err(Box::new);
        let address = client_address::of(request.peer_addr(), headers, &edge.trusted);
        let store = request.app_data::<Data<Store>>().map(|store| &***store);
        let claimant = Claimant::of(credential.as_deref().ok(), address, store);
        Self {
            request_id: RequestId::of(headers),
            method: request.method().clone(),
            path: request.path().to_owned(),
            template: edge.kept.template(request).or_else(|| request.match_pattern().map(Arc::from)),
            language: Language::of(headers),
            origin: headers.get(ORIGIN).cloned(),
            credential,
            address,
            claimant,
            room: Arc::new(edge.room.none(claimant)),
        }
    }
}
