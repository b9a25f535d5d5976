//! The context of a request: everything known of it before it is handled.

use super::client_address;
use super::client_address::Trusted;
use super::request_ids::RequestId;
use crate::auth::credentials::Credential;
use crate::problem::Problem;
use crate::problem::negotiation::Language;
use crate::store::Store;
use crate::store::claimants::{Claimant, Subject};
use crate::store::current_request::CurrentRequest;
use crate::store::room::{Reservation, Room};
use actix_web::dev::ServiceRequest;
use actix_web::http::Method;
use actix_web::http::header::{HeaderMap, HeaderValue, ORIGIN};
use actix_web::web::Data;
use actix_web::{HttpMessage, HttpRequest};
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;
use thidua_domain::id::AccountId;
use thidua_persistence::Origin;

/// The context of a request, which answers, refusals and log lines need.
#[derive(Debug)]
pub struct RequestContext {
    /// Its identity, in the answer and in the log.
    pub request_id: RequestId,
    /// The method asked for; a HEAD goes on as a GET.
    pub method: Method,
    /// The path.
    pub path: String,
    /// The template of its route: the path with names in place of values; absent when no route fits.
    pub template: Option<Arc<str>>,
    /// The language of a refusal.
    pub language: Language,
    /// The origin of the page that a browser sent it from.
    pub origin: Option<HeaderValue>,
    /// The credential it brings, or the refusal when there is none that was issued here. That it still counts is
    /// checked later.
    pub credential: Result<Arc<Credential>, Box<Problem>>,
    /// The address it comes from.
    pub address: Option<IpAddr>,
    /// The subject it counts for, in the group whose share it draws on.
    pub claimant: Claimant,
    /// Bytes of memory reserved for it, of the room for all.
    pub room: Arc<Reservation>,
}

impl RequestContext {
    /// The account that sends it, if that is known.
    pub fn account(&self) -> Option<AccountId> {
        self.credential.as_ref().ok().and_then(|credential| credential.account())
    }

    /// Runs a request's work, so that log lines meanwhile name the request, and it draws on the request's share.
    pub(crate) async fn during<F: Future>(&self, work: F) -> F::Output {
        let (id, room) = (self.request_id.text(), Arc::clone(&self.room));
        CurrentRequest { id, claimant: self.claimant, room }.during(work).await
    }

    /// Reads the context of a request that has not been routed yet.
    pub(crate) fn of(request: &ServiceRequest, template: Option<Arc<str>>, trusted: &Trusted, room: &Room) -> Self {
        let headers = request.headers();
        let credential = Credential::of(request.request()).map_err(Box::new);
        let address = client_address::of(request.peer_addr(), headers, trusted);
        let store = request.app_data::<Data<Store>>().map(|store| &***store);
        let claimant = Claimant::of(credential.as_deref().ok(), address, store);
        Self {
            request_id: RequestId::of(headers),
            method: request.method().clone(),
            path: request.path().to_owned(),
            template,
            language: Language::of(headers),
            origin: headers.get(ORIGIN).cloned(),
            credential,
            address,
            claimant,
            room: Arc::new(room.none(claimant)),
        }
    }

    /// The context of what is no request: nothing is known but where it comes from.
    pub(crate) fn of_unreadable(peer: Option<SocketAddr>, trusted: &Trusted, room: &Room) -> Self {
        let headers = HeaderMap::new();
        let address = client_address::of(peer, &headers, trusted);
        let claimant = Claimant::alone(Subject::network(address));
        Self {
            request_id: RequestId::of(&headers),
            // A token by the grammar, and no method.
            method: Method::from_bytes(b"-").unwrap_or_default(),
            path: String::new(),
            template: None,
            language: Language::of(&headers),
            origin: None,
            credential: Err(Box::new(Problem::unauthenticated())),
            address,
            claimant,
            room: Arc::new(room.none(claimant)),
        }
    }
}

/// The operation that a request is for, by its `operationId`, among the request's extensions.
pub(crate) struct OperationId(pub(crate) Arc<str>);

/// The origin of a request as its audit events name it: operation and address.
pub(crate) fn origin(request: &HttpRequest) -> Origin {
    let extensions = request.extensions();
    let operation = extensions.get::<OperationId>().map(|operation| Arc::clone(&operation.0));
    let address = extensions.get::<Rc<RequestContext>>().and_then(|call| call.address);
    Origin { operation: operation.unwrap_or_default(), address }
}
