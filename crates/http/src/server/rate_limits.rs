//! Rate limits: a generic cell rate algorithm in whole numbers, and the headers that tell callers what they have left
//! (draft-ietf-httpapi-ratelimit-headers).

use crate::api::accounts::oauth;
use crate::auth::context::RequestContext;
use crate::problem::Problem;
use crate::request::BASE;
use crate::store::claimants::Subject;
use actix_web::http::Method;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use std::collections::HashMap;
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// The window of every policy, in seconds.
const WINDOW: u32 = 60;
const NANOSECONDS: u128 = 1_000_000_000;
/// Callers that a policy remembers; the others share one allowance. Some 10 MB when full.
const MOST_CALLERS: usize = 100_000;
/// The headers that tell the policies, and what a caller has left.
const POLICIES: HeaderName = HeaderName::from_static("ratelimit-policy");
const STANDINGS: HeaderName = HeaderName::from_static("ratelimit");
/// Bytes for one quota in either header, so that a text is not moved while it grows.
const ROOM: usize = 40;

/// The limits of a server. Each node keeps its own count.
pub(super) struct Limits {
    started: Instant,
    every_request: Option<Policy>,
    log_ins: Option<Policy>,
}

impl Limits {
    /// Limits of so many requests and so many log-ins a minute; 0 means no limit.
    pub(super) fn new(requests: u32, log_ins: u32) -> Self {
        Self {
            started: Instant::now(),
            every_request: Policy::new("default", requests),
            log_ins: Policy::new("log-in", log_ins),
        }
    }

    /// Counts a call, and returns what it has left. Probes and preflights are free.
    pub(super) fn spend(&self, call: &RequestContext) -> Vec<Quota> {
        if call.method == Method::OPTIONS || matches!(call.path.as_str(), "/healthz" | "/readyz") {
            return Vec::new();
        }
        let logs_in =
            matches!(call.path.strip_prefix(BASE), Some("/auth/login" | "/auth/sign-on" | "/invitations/accept"));
        let logs_in = logs_in || call.path == oauth::TOKEN;
        let now = self.started.elapsed().as_nanos();
        let spent = [
            self.every_request.as_ref().map(|policy| policy.spend(call.claimant.subject, now)),
            self.log_ins.as_ref().filter(|_| logs_in).map(|policy| policy.spend(Subject::network(call.address), now)),
        ];
        spent.into_iter().flatten().collect()
    }
}

struct Policy {
    name: &'static str,
    rate: Rate,
    callers: Mutex<Callers>,
}

#[derive(Default)]
struct Callers {
    full_at: HashMap<Subject, u128>,
    swept: u128,
}

impl Policy {
    fn new(name: &'static str, most: u32) -> Option<Self> {
        (most > 0).then(|| Self { name, rate: Rate { most, window: WINDOW }, callers: Mutex::default() })
    }

    fn spend(&self, subject: Subject, now: u128) -> Quota {
        let mut callers = self.callers.lock().unwrap_or_else(PoisonError::into_inner);
        callers.make_room(self.rate, now);
        let full = callers.full_at.len() >= MOST_CALLERS && !callers.full_at.contains_key(&subject);
        let full_at = callers.full_at.entry(if full { Subject::Others } else { subject }).or_default();
        let allowance = self.rate.spend(*full_at, now);
        *full_at = allowance.full_at;
        Quota { name: self.name, rate: self.rate, allowance }
    }
}

impl Callers {
    /// Forgets callers with a full allowance, which changes nothing for them; at most once a second.
    fn make_room(&mut self, rate: Rate, now: u128) {
        if self.full_at.len() >= MOST_CALLERS && now >= self.swept + NANOSECONDS {
            self.full_at.retain(|_, full_at| *full_at > rate.scaled(now));
            self.swept = now;
        }
    }
}

/// A rate: at most so many requests at once, and so many per window in the long run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Requests per window.
    pub most: u32,
    /// Seconds in which a spent allowance is full again.
    pub window: u32,
}

/// The allowance that a request leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// The time it will be full again, in nanoseconds times [`Rate::most`], so that no division rounds.
    pub full_at: u128,
    /// Requests that may still come now.
    pub remaining: u32,
    /// Seconds until it is full again, rounded up.
    pub reset: u32,
    /// Seconds until the next request may come, if this one may not.
    pub retry_after: Option<u32>,
}

impl Rate {
    /// Takes one request at a moment, in nanoseconds since any start, from an allowance that will be full at `full_at`.
    pub fn spend(self, full_at: u128, now: u128) -> Allowance {
        let (now, whole) = (self.scaled(now), self.cost() * u128::from(self.most));
        let missing = full_at.saturating_sub(now);
        let after = missing + self.cost();
        let allowed = after <= whole;
        let missing = if allowed { after } else { missing };
        Allowance {
            full_at: now + missing,
            remaining: u32::try_from(whole.saturating_sub(missing) / self.cost()).unwrap_or(self.most),
            reset: self.seconds(missing),
            retry_after: (!allowed).then(|| self.seconds(after - whole)),
        }
    }

    /// The cost of one request, in the unit of `full_at`: the window, in nanoseconds.
    fn cost(self) -> u128 {
        u128::from(self.window) * NANOSECONDS
    }

    fn scaled(self, nanoseconds: u128) -> u128 {
        nanoseconds * u128::from(self.most)
    }

    fn seconds(self, scaled: u128) -> u32 {
        u32::try_from(scaled.div_ceil(self.scaled(NANOSECONDS))).unwrap_or(u32::MAX)
    }
}

/// A caller's allowance under one policy.
pub(super) struct Quota {
    name: &'static str,
    rate: Rate,
    allowance: Allowance,
}

impl Quota {
    /// The refusal, if nothing was left.
    pub(super) fn refusal(&self) -> Option<Problem> {
        let seconds = self.allowance.retry_after?;
        let Rate { most, window } = self.rate;
        Some(Problem::too_many_requests(self.name, most, window, seconds))
    }

    /// Sets the headers that tell the caller its allowances.
    pub(super) fn stamp(quotas: &[Self], headers: &mut HeaderMap) {
        if quotas.is_empty() {
            return;
        }
        let [mut policies, mut standings] = [(); 2].map(|()| String::with_capacity(ROOM * quotas.len()));
        for (index, Self { name, rate, allowance }) in quotas.iter().enumerate() {
            let comma = if index > 0 { ", " } else { "" };
            // Writing to a text cannot fail.
            let _ = write!(policies, "{comma}\"{name}\";q={};w={}", rate.most, rate.window);
            let _ = write!(standings, "{comma}\"{name}\";r={};t={}", allowance.remaining, allowance.reset);
        }
        for (name, value) in [(POLICIES, policies), (STANDINGS, standings)] {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(name, value);
            }
        }
    }
}
