//! Counts of requests by route, method and status, and their durations: counted without a lock, and without looking
//! anything up but the route.

use crate::auth::context::RequestContext;
use actix_web::http::{Method, StatusCode};
use foldhash::HashMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use thidua_persistence::write::metrics::{DURATIONS, Histogram};
use utoipa::openapi::OpenApi;

/// The routes beside the contract.
const BESIDE_IT: [&str; 17] = [
    "/",
    "/.well-known/access-token-jwks.json",
    "/.well-known/api-catalog",
    "/.well-known/jwks.json",
    "/.well-known/oauth-authorization-server",
    "/.well-known/security.txt",
    "/docs",
    "/docs/contract.json",
    "/docs/words.json",
    "/docs/{_:.*}",
    "/healthz",
    "/oauth/token",
    "/openapi-3.0.json",
    "/openapi.json",
    "/problems",
    "/problems/{code}",
    "/readyz",
];

/// The name under which requests without a route are counted.
const UNMATCHED: &str = "unmatched";

/// The methods that are counted by name; the others count together.
const METHODS: [Method; 7] =
    [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];

/// The statuses that are counted by number, in order; the others count together.
const STATUSES: [u16; 26] = [
    200, 201, 202, 204, 207, 304, 307, 400, 401, 403, 404, 405, 406, 408, 409, 412, 413, 415, 417, 422, 428, 429, 431,
    500, 501, 503,
];

/// The name of the other methods, and of the other statuses.
const OTHER: &str = "other";

/// The requests of a server since its start.
#[derive(Debug)]
pub(crate) struct Requests {
    under_way: AtomicU64,
    by_route: HashMap<String, Methods>,
    unmatched: Methods,
}

/// Counts of one route, by method; made when the first request comes.
type Methods = [OnceLock<Box<Series>>; METHODS.len() + 1];

/// Counts of one route and method.
#[derive(Debug)]
pub(super) struct Series {
    /// The time until each answer began, in microseconds.
    pub(super) took: Histogram,
    by_status: [AtomicU64; STATUSES.len() + 1],
}

impl Requests {
    /// Counts at zero, for the routes of a contract and those beside it.
    pub(super) fn of(document: &OpenApi) -> Self {
        let routes = document.paths.paths.keys().cloned().chain(BESIDE_IT.map(str::to_owned));
        Self {
            under_way: AtomicU64::new(0),
            by_route: routes.map(|route| (route, Methods::default())).collect(),
            unmatched: Methods::default(),
        }
    }

    /// Counts a request as under way until the guard is dropped.
    pub(super) fn begin(&self) -> UnderWay<'_> {
        self.under_way.fetch_add(1, Relaxed);
        UnderWay(&self.under_way)
    }

    /// Counts a request that is answered.
    pub(super) fn count(&self, call: &RequestContext, status: StatusCode, took: Duration) {
        let known = call.template.as_deref().and_then(|template| self.by_route.get(template));
        let methods = known.unwrap_or(&self.unmatched);
        let method = METHODS.iter().position(|known| *known == call.method).unwrap_or(METHODS.len());
        let Some(slot) = methods.get(method) else { return };
        let series = slot.get_or_init(|| Box::new(Series::new()));
        series.took.observe_duration(took);
        let status = STATUSES.binary_search(&status.as_u16()).unwrap_or(STATUSES.len());
        if let Some(count) = series.by_status.get(status) {
            count.fetch_add(1, Relaxed);
        }
    }

    /// The number of requests under way.
    pub(super) fn under_way(&self) -> u64 {
        self.under_way.load(Relaxed)
    }

    /// Counts of every route and method that was asked for, in the order of the routes.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &str, &Series)> {
        let mut routes: Vec<_> = self.by_route.iter().map(|(route, methods)| (route.as_str(), methods)).collect();
        routes.sort_by_key(|(route, _)| *route);
        routes.into_iter().chain([(UNMATCHED, &self.unmatched)]).flat_map(|(route, methods)| {
            let names = METHODS.iter().map(Method::as_str).chain([OTHER]);
            let series = names.zip(methods).filter_map(|(name, slot)| Some((name, slot.get()?.as_ref())));
            series.map(move |(method, series)| (route, method, series))
        })
    }
}

impl Series {
    fn new() -> Self {
        Self { took: Histogram::new(DURATIONS), by_status: Default::default() }
    }

    /// Numbers of answers by status, of the statuses that there were.
    pub(super) fn by_status(&self) -> impl Iterator<Item = (String, u64)> {
        let names = STATUSES.iter().map(u16::to_string).chain([OTHER.to_owned()]);
        names.zip(self.by_status.iter().map(|count| count.load(Relaxed))).filter(|(_, count)| *count > 0)
    }
}

/// Guard of a request under way, whether it is answered or its caller goes away.
pub(super) struct UnderWay<'a>(&'a AtomicU64);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}
