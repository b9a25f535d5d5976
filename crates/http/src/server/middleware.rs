//! The middleware around everything else. It refuses what needs no handler, renders every refusal, whoever made it, and
//! completes the headers of every answer.

use super::access_log;
use super::cors::Cors;
use super::deprecations::{self, Deprecation};
use super::edge_rules;
use super::headers::{self, SecurityHeaders};
use super::operations::Operations;
use super::rate_limits::{Limits, Quota};
use super::requests::Requests;
use super::response_cache::ResponseCache;
use crate::api::accounts::oauth::OAuthResponse;
use crate::auth::change_reason;
use crate::auth::client_address::Trusted;
use crate::auth::context::{OperationId, RequestContext};
use crate::auth::request_ids;
use crate::config::{EdgeConfig, WatchConfig};
use crate::problem::{MEDIA_TYPE, Problem};
use crate::response::etag;
use crate::response::long_polled::LongPolled;
use crate::response::paced;
use crate::store::Store;
use crate::store::room::{Measure, Room};
use actix_web::body::{self, BodySize, BodyStream, BoxBody, MessageBody};
use actix_web::dev::{ResponseHead, ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpMessage, HttpResponse};
use futures_util::FutureExt;
use futures_util::stream::empty;
use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};
use utoipa::openapi::OpenApi;

/// The state of the middleware, shared by all workers.
pub struct Middleware {
    pub(crate) operations: Operations,
    pub(crate) trusted: Trusted,
    pub(crate) requests: Arc<Requests>,
    /// The least time of a request that is logged as slow; none while slow ones are not logged.
    slow: Option<Duration>,
    limits: Limits,
    cors: Cors,
    security: SecurityHeaders,
    deprecations: &'static [Deprecation],
    pub(crate) kept: ResponseCache,
    /// Memory for bodies as they arrive and answers as they are read.
    pub(crate) room: Room,
}

/// Memory for bodies, rows that are read ahead, and answers under way, beside those that are kept. A batch of the
/// largest size fits into a share, and beside it a smaller one of a colleague's into that of their agency.
const ROOM: Measure = Measure {
    all: 128 << 20,
    group: 112 << 20,
    share: 104 << 20,
    spare: 8 << 20,
    little: 1 << 20,
    made: 8 << 20,
    queue: usize::MAX,
    patience: Duration::from_secs(4),
};

impl Middleware {
    /// The middleware by the settings, for the operations of a contract.
    pub fn new(
        config: &EdgeConfig,
        watch: &WatchConfig,
        document: &OpenApi,
        deprecations: &'static [Deprecation],
    ) -> Self {
        let kept = usize::from(config.kept_answers) << 20;
        Self {
            operations: Operations::of(document),
            trusted: Trusted::new(&config.trusted_proxies),
            requests: Arc::new(Requests::of(document)),
            slow: (watch.slow_request_ms > 0).then(|| Duration::from_millis(watch.slow_request_ms.into())),
            limits: Limits::new(config.requests_per_minute, config.logins_per_minute),
            cors: Cors::new(&config.cors_origins),
            security: SecurityHeaders::new(config.hsts_seconds),
            deprecations,
            kept: ResponseCache::new(kept),
            room: Room::new(Measure { all: ROOM.all + kept, ..ROOM }),
        }
    }

    /// Answers what needs no handler: a caller over its limit, a preflight, a method or media type the address lacks, a
    /// header that is not as the contract says.
    fn at_once(
        &self,
        call: &RequestContext,
        quotas: &[Quota],
        request: &ServiceRequest,
    ) -> Result<Option<HttpResponse>, Problem> {
        if let Some(refusal) = quotas.iter().find_map(Quota::refusal) {
            return Err(refusal);
        }
        edge_rules::check(request)?;
        if edge_rules::asks_server(request) {
            return Ok(Some(HttpResponse::NoContent().insert_header((ALLOW, edge_rules::TAKEN)).finish()));
        }
        // No code holds a NUL, and PostgreSQL would refuse to compare with one.
        if request.path().contains("%00") {
            return Err(Problem::not_found());
        }
        let Some(template) = &call.template else { return Ok(None) };
        let operations = self.operations.at(template);
        if let Some(preflight) = self.cors.preflight(request, operations)? {
            return Ok(Some(preflight));
        }
        if call.method == Method::OPTIONS {
            return Ok(Some(operations.options()));
        }
        operations.check(&call.method, request.headers())?;
        Ok(None)
    }

    /// The answer to what is no request, complete and counted: nobody else hears of it.
    pub(super) fn answer_unreadable(&self, call: &RequestContext, problem: &Problem) -> HttpResponse {
        let quotas = self.limits.spend(call);
        let mut response = problem.respond(call.language, call.request_id.as_str());
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        self.complete(call, &mut response);
        self.stamp(call, &quotas, &mut response);
        self.requests.count(call, response.status(), Duration::ZERO);
        access_log::write(call, response.status(), Duration::ZERO, None);
        response
    }

    /// Completes the headers that every answer of its kind has.
    fn complete<B>(&self, call: &RequestContext, response: &mut HttpResponse<B>) {
        let status = response.status();
        let headers = response.headers_mut();
        self.security.stamp(headers, &call.path);
        headers::name_media_types(status, &call.method, headers);
        etag::tag_encoding(headers);
        headers::settle_vary(headers, self.cors.is_on());
        if let Some(operation) = self.operations.id(call) {
            deprecations::stamp(self.deprecations, operation, headers);
        }
    }

    /// Completes the headers that this answer alone has: its request's identity, quotas and origin.
    fn stamp<B>(&self, call: &RequestContext, quotas: &[Quota], response: &mut HttpResponse<B>) {
        let headers = response.headers_mut();
        request_ids::stamp(headers, &call.request_id);
        Quota::stamp(quotas, headers);
        self.cors.stamp(headers, call.origin.as_ref());
    }
}

/// Handles a request: at once, from the cache, or by its handler; completes the answer, counts and logs it.
pub async fn wrap(
    edge: Data<Middleware>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let started = Instant::now();
    let _under_way = edge.requests.begin();
    let kept = edge.kept.at(&request);
    let template = kept.as_ref().map(|kept| Arc::clone(&kept.template));
    let template = template.or_else(|| request.match_pattern().map(Arc::from));
    let call = Rc::new(RequestContext::of(&request, template, &edge.trusted, &edge.room));
    let store = request.app_data::<Data<Store>>().cloned();
    let quotas = edge.limits.spend(&call);
    let answered = match edge.at_once(&call, &quotas, &request) {
        Ok(None) => match kept.zip(store.as_ref()).and_then(|(kept, store)| kept.find(&call, &request, store)) {
            Some(kept) => Ok(request.into_response(kept)),
            None => made(&edge, &call, store.as_ref(), request, next).await,
        },
        Ok(Some(mut response)) => {
            edge.complete(&call, &mut response);
            Ok(request.into_response(response))
        }
        Err(problem) => {
            let mut response = render(&call, &problem);
            edge.complete(&call, &mut response);
            Ok(request.into_response(response))
        }
    };
    let waited = matches!(&answered, Ok(response) if response.response().extensions().contains::<LongPolled>());
    let (status, answer) = match answered {
        Ok(mut response) => {
            edge.stamp(&call, &quotas, response.response_mut());
            let response = if call.method == Method::HEAD { response.map_body(without_body) } else { response };
            (response.status(), Ok(response))
        }
        Err(problem) => {
            let mut response = render(&call, &problem);
            edge.complete(&call, &mut response);
            edge.stamp(&call, &quotas, &mut response);
            let response = if call.method == Method::HEAD { response.map_body(without_body) } else { response };
            (response.status(), Err(InternalError::from_response(problem, response).into()))
        }
    };
    if status == StatusCode::FORBIDDEN
        && let (Some(store), Some(operation)) = (&store, edge.operations.id(&call))
    {
        store.note_refusal(&call, operation);
    }
    let took = started.elapsed();
    edge.requests.count(&call, status, took);
    access_log::write(&call, status, took, edge.slow.filter(|_| !waited));
    answer
}

/// Leaves out the body of an answer to a HEAD, which is complete with its head (RFC 9112, 6.3). A stream may never end,
/// and of other bodies actix-http asks the method of the request that it read last, which may be the next one.
fn without_body(head: &mut ResponseHead, body: BoxBody) -> BoxBody {
    match body.size() {
        BodySize::Stream => BoxBody::new(body::None::new()),
        BodySize::Sized(length @ 1..) => {
            // The length is told all the same: as a header of a body that is said to be a stream, and is empty.
            head.no_chunking(true);
            head.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
            BoxBody::new(BodyStream::new(empty::<Result<Bytes, Infallible>>()))
        }
        BodySize::Sized(0) | BodySize::None => body,
    }
}

/// Has an answer made by the handler, and keeps it in the cache where the handler allows that.
async fn made(
    edge: &Middleware,
    call: &Rc<RequestContext>,
    store: Option<&Data<Store>>,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Problem> {
    if edge.operations.take_reason(call) {
        change_reason::take_from_query(&mut request)?;
    }
    if let Some(operation) = edge.operations.id(call) {
        request.extensions_mut().insert(OperationId(Arc::clone(operation)));
    }
    let mut response = serve_inner(call, request, next).await?;
    edge.complete(call, response.response_mut());
    match store {
        Some(store) => edge.kept.keep(call, store, response).await,
        None => Ok(response),
    }
}

/// Has the rest of the server answer. An error or a panic takes the request with it: only the problem is left.
async fn serve_inner(
    call: &Rc<RequestContext>,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Problem> {
    if call.method == Method::HEAD {
        // A HEAD is answered like a GET; the body is left out on the way back.
        request.head_mut().method = Method::GET;
    }
    request.extensions_mut().insert(Rc::clone(call));
    // Within the request's scope, so that log lines of a failure name the request, too.
    let handled = async {
        match AssertUnwindSafe(next.call(request)).catch_unwind().await {
            Ok(Ok(response)) => Ok(rendered(call, response)),
            Ok(Err(error)) => Err(problem_of(&error.error_response())),
            Err(_) => Err(Problem::internal("a handler panicked")),
        }
    };
    call.during(handled).await
}

/// The answer; a refusal is rendered in the caller's language.
fn rendered(call: &RequestContext, response: ServiceResponse<impl MessageBody + 'static>) -> ServiceResponse<BoxBody> {
    let status = response.status();
    let own_form = response.response().extensions().get::<OAuthResponse>().is_some();
    let done = own_form || response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == MEDIA_TYPE);
    if done || !(status.is_client_error() || status.is_server_error()) {
        return response.map_into_boxed_body();
    }
    let problem = problem_of(response.response());
    response.into_response(render(call, &problem))
}

fn render(call: &RequestContext, problem: &Problem) -> HttpResponse {
    paced::without_room(call, problem.respond(call.language, call.request_id.as_str()))
}

/// The problem a response stands for: the one it carries, or one made from its status.
fn problem_of<B>(response: &HttpResponse<B>) -> Problem {
    let carried = response.extensions().get::<Problem>().cloned();
    carried.unwrap_or_else(|| Problem::of_status(response.status()))
}
