//! Cache of answers as they went out: one that must come out the same is not made again, nor compressed again.
//!
//! A handler marks its answer with [`Cacheable`] when it is a function of the request, of its caller's sight and of the
//! data up to a position. What the answer may depend on is compared each time: the address, every header that is
//! negotiated about, the sight, the position, the day for periods that run, the key that signed. So a kept answer is
//! one that would be made again, byte by byte. The caller is recognized, and its credential checked, anew with every
//! request.

use crate::auth::caller;
use crate::auth::caller::Caller;
use crate::auth::context::RequestContext;
use crate::problem::Problem;
use crate::problem::negotiation::Language;
use crate::request::preferences::PREFER;
use crate::response::cacheable::Cacheable;
use crate::response::etag;
use crate::response::paced::Paced;
use crate::store::Store;
use crate::store::room::Reservation;
use actix_web::body::{BoxBody, MessageBody, to_bytes};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{ACCEPT, ACCEPT_ENCODING, HeaderMap, HeaderName, HeaderValue, IF_NONE_MATCH};
use actix_web::http::{Method, StatusCode, Uri};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use foldhash::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use thidua_domain::log::changes::Hash;

/// The answers kept, shared by all workers.
pub(crate) struct ResponseCache {
    /// The most bytes they may take.
    most: usize,
    held: RwLock<CacheEntries>,
}

#[derive(Default)]
struct CacheEntries {
    /// The data's state that all kept answers are of; the first answer of another state takes their place.
    state: (i64, Hash),
    bytes: usize,
    by_target: HashMap<Box<str>, Arc<AtTarget>>,
}

/// The answers of an address, with the template of its route.
#[derive(Clone)]
pub(crate) struct AtTarget {
    pub(crate) template: Arc<str>,
    answers: Vec<Arc<CachedResponse>>,
}

/// A kept answer.
struct CachedResponse {
    variant: Variant<HeaderValue>,
    of: Cacheable,
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

/// A body and the room it takes.
struct ReservedBody {
    body: Bytes,
    _room: Reservation,
}

impl AsRef<[u8]> for ReservedBody {
    fn as_ref(&self) -> &[u8] {
        &self.body
    }
}

/// Headers of a request that an answer depends on, with values as they are kept, or as they came.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Variant<H> {
    accept: Option<H>,
    encoding: Option<H>,
    language: Language,
    /// The tags the caller knows (`If-None-Match`), if the answer is that nothing has changed.
    known: Option<H>,
}

/// Bytes an answer takes besides its body, roughly.
const OVERHEAD: usize = 2048;
/// Answers of one address, at most: more hardly differ for a good reason.
const VARIANTS: usize = 32;
/// The longest address that is worth keeping.
const LONGEST_TARGET: usize = 1024;

impl ResponseCache {
    /// An empty cache of so many bytes at most.
    pub(crate) fn new(most: usize) -> Self {
        Self { most, held: RwLock::default() }
    }

    /// The answers that are kept of a request's address.
    pub(crate) fn at(&self, request: &ServiceRequest) -> Option<Arc<AtTarget>> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        held.by_target.get(target(request.uri())).cloned()
    }

    /// Keeps an answer that its handler has marked; returns it with its body in one piece.
    pub(crate) async fn keep(
        &self,
        call: &RequestContext,
        store: &Store,
        response: ServiceResponse<BoxBody>,
    ) -> Result<ServiceResponse<BoxBody>, Problem> {
        let of = response.response().extensions().get::<Cacheable>().cloned();
        let (Some(of), true) = (of, call.method == Method::GET && self.most > 0) else { return Ok(response) };
        let Some(variant) = Variant::of(call, response.request().headers()).map(Variant::cloned) else {
            return Ok(response);
        };
        let (request, response) = response.into_parts();
        let (response, body) = response.into_parts();
        let body = match body.try_into_bytes() {
            Ok(bytes) => bytes,
            Err(stream) => to_bytes(stream).await.map_err(Problem::internal)?,
        };
        // The room is taken until the answer is forgotten and its last reader has it.
        let room = call.room.another();
        room.grow_beyond_bounds(body.len());
        let body = Bytes::from_owner(ReservedBody { body, _room: room });
        let status = response.status();
        let known = variant.known.filter(|_| status == StatusCode::NOT_MODIFIED);
        let kept = CachedResponse {
            variant: Variant { known, ..variant },
            of,
            status,
            headers: response.headers().clone(),
            body: body.clone(),
        };
        if let Some(template) = &call.template {
            self.insert(&request, template, store, kept);
        }
        Ok(ServiceResponse::new(request, response.set_body(Paced::shared(body, call))))
    }

    fn insert(&self, request: &HttpRequest, template: &Arc<str>, store: &Store, kept: CachedResponse) {
        let (target, size) = (target(request.uri()), OVERHEAD + kept.body.len());
        if target.len() > LONGEST_TARGET || size > self.most / 4 || !matches!(kept.status.as_u16(), 200 | 304) {
            return;
        }
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        // An answer of data that have changed meanwhile would push out those that are good.
        if !is_now(&kept.of.state, store) {
            return;
        }
        if held.state != kept.of.state || held.bytes + size > self.most {
            *held = CacheEntries { state: kept.of.state.clone(), ..CacheEntries::default() };
        }
        let at_target = || Arc::new(AtTarget { template: Arc::clone(template), answers: Vec::new() });
        let known = &mut Arc::make_mut(held.by_target.entry(target.into()).or_insert_with(at_target)).answers;
        let alike = |other: &Arc<CachedResponse>| other.variant == kept.variant && other.of.sight == kept.of.sight;
        let mut gone = 0;
        if known.len() >= VARIANTS {
            gone = known.drain(..).map(|other| OVERHEAD + other.body.len()).sum();
        } else if let Some(place) = known.iter().position(alike) {
            gone = OVERHEAD + known.remove(place).body.len();
        }
        known.push(Arc::new(kept));
        held.bytes = held.bytes + size - gone;
    }
}

impl AtTarget {
    /// The answer to a request of this address, if its caller may have it.
    pub(crate) fn find(&self, call: &RequestContext, request: &ServiceRequest, store: &Store) -> Option<HttpResponse> {
        // All answers that are kept are of one state.
        let is_now = self.answers.last().is_some_and(|kept| is_now(&kept.of.state, store));
        if call.method != Method::GET || !is_now {
            return None;
        }
        let asked = Variant::of(call, request.headers())?;
        // Whoever must change the password first is refused by the handler.
        let caller = caller::caller_of(request.request(), call).ok().filter(|caller| !caller.must_change_password)?;
        let fits = |kept: &&Arc<CachedResponse>| kept.fits(&asked, request.headers()) && kept.is_good(&caller, store);
        // From the newest: a 304 comes after the answer it is about, and is sooner compared.
        self.answers.iter().rev().find(fits).map(|kept| kept.respond(call))
    }
}

/// True when the data are in a state now. A database that was restored comes to numbers again, but not to hashes.
fn is_now((seq, hash): &(i64, Hash), store: &Store) -> bool {
    store.model().state() == (*seq, hash.as_str())
}

impl CachedResponse {
    /// True when a request with these headers is to be answered with it.
    fn fits(&self, asked: &Variant<&HeaderValue>, headers: &HeaderMap) -> bool {
        let Variant { accept, encoding, language, known } = &self.variant;
        let negotiated =
            (accept.as_ref(), encoding.as_ref(), *language) == (asked.accept, asked.encoding, asked.language);
        negotiated
            && match known {
                Some(_) => known.as_ref() == asked.known,
                None => asked.known.is_none() || etag::known(headers, &self.of.tag).is_none(),
            }
    }

    /// True when it would be made the same for a caller now.
    fn is_good(&self, caller: &Caller, store: &Store) -> bool {
        let Cacheable { today, sight, signed_by, taken, .. } = &self.of;
        sight.is_of(caller)
            && today.is_none_or(|today| today == store.today())
            && signed_by.as_ref().is_none_or(|key| *key == store.signing_keys().current.id())
            && taken.as_ref().is_none_or(|taken| store.has_taken(caller, taken))
    }

    fn respond(&self, call: &RequestContext) -> HttpResponse {
        let mut response = HttpResponse::new(self.status);
        *response.headers_mut() = self.headers.clone();
        response.set_body(Paced::shared(self.body.clone(), call))
    }
}

impl<'a> Variant<&'a HeaderValue> {
    /// Reads the variant off a request. None for one that repeats a header, or that prefers something: `wait` has newer
    /// data looked for.
    fn of(call: &RequestContext, headers: &'a HeaderMap) -> Option<Self> {
        if headers.contains_key(PREFER) {
            return None;
        }
        let one = |name: &HeaderName| {
            let mut values = headers.get_all(name);
            let first = values.next();
            values.next().is_none().then_some(first)
        };
        Some(Self {
            accept: one(&ACCEPT)?,
            encoding: one(&ACCEPT_ENCODING)?,
            language: call.language,
            known: one(&IF_NONE_MATCH)?,
        })
    }

    fn cloned(self) -> Variant<HeaderValue> {
        let Self { accept, encoding, language, known } = self;
        Variant { accept: accept.cloned(), encoding: encoding.cloned(), language, known: known.cloned() }
    }
}

/// The path and the query, as they were sent.
fn target(uri: &Uri) -> &str {
    uri.path_and_query().map_or("", |target| target.as_str())
}
