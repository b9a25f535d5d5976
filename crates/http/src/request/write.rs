//! Writes as their callers want them: on a condition (`If-Match`), once under a key (`Idempotency-Key`), for real or
//! only tried (`Prefer: tx=rollback`). Every handler that changes something goes through a [`Write`].

use crate::auth::caller::{Allowed, Caller, Permission};
use crate::auth::context::origin;
use crate::auth::rights::Authority;
use crate::problem::{Language, Problem};
use crate::request::BASE;
use crate::request::preferences::{Preference, Preferences};
use crate::response::entity_tags::entity_tags;
use crate::response::etag;
use crate::store::Store;
use actix_web::dev::Payload;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue, IF_MATCH, LOCATION};
use actix_web::http::{Method, StatusCode};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use std::future::{Ready, ready};
use std::marker::PhantomData;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::log::changes::require_reason;
use thidua_domain::violation::Violation;
use thidua_persistence::write::idempotency_keys;
use thidua_persistence::write::idempotency_keys::{KeptAnswer, KeyLookup, KeyedRequest};
use thidua_persistence::{Connection, Origin, Prefetch, Result as Stored, Transaction, WhatIf};

/// Answer of a handler that writes.
pub type ApiResult = Result<HttpResponse, Problem>;

/// A write by a caller with a permission.
pub struct Write<P> {
    caller: Caller,
    condition: Condition,
    key: Option<String>,
    route: String,
    preferences: Preferences,
    language: Language,
    origin: Origin,
    prefetch: Prefetch,
    permission: PhantomData<P>,
}

/// A row just created.
pub struct Created<V> {
    address: String,
    view: V,
    bare: Option<Vec<u8>>,
}

impl<V> Created<V> {
    /// A row at an address below `/api/v1/`.
    pub fn at(address: String, view: V) -> Self {
        Self { address, view, bare: None }
    }

    /// The row, of which a text without what is shown once is kept, and named by the tag.
    pub fn keeping(self, bare: Vec<u8>) -> Self {
        Self { bare: Some(bare), ..self }
    }
}

/// The row with an identity as it stands when a write begins, as its resource reads it within the caller's scope.
pub fn current_row<V>(
    id: i64,
    visible: fn(&mut Connection, &Catalogue, &Caller, i64) -> Stored<V>,
) -> impl FnOnce(&mut Transaction<'_>, &Caller) -> Stored<V> + Clone {
    move |transaction, caller| {
        let catalogue = transaction.catalogue();
        visible(transaction.connection(), &catalogue, caller, id)
    }
}

impl<P> Write<P> {
    /// The write, with what it will look up.
    pub fn prefetching(self, prefetch: Prefetch) -> Self {
        Self { prefetch, ..self }
    }

    /// Creates a row: 201 with its address.
    pub async fn create<I, V>(
        self,
        store: &Store,
        input: I,
        work: impl FnOnce(&mut Transaction<'_>, &Caller, I) -> Stored<Created<V>> + Clone + Send + 'static,
    ) -> ApiResult
    where
        I: Serialize + Clone + Send + 'static,
        V: Serialize,
    {
        let fingerprint = self.fingerprint(store, &input);
        self.run(store, Some(fingerprint), move |transaction, caller, _| {
            Ok(Outcome::Done(Answer::created(work(transaction, caller, input)?)))
        })
        .await
    }

    /// Does something to a row that is more than a patch: 200 with the row as it is then. A condition is checked, but
    /// none is asked for.
    pub async fn act<I, C, V>(
        self,
        store: &Store,
        input: I,
        current: impl FnOnce(&mut Transaction<'_>, &Caller) -> Stored<C> + Clone + Send + 'static,
        work: impl FnOnce(&mut Transaction<'_>, &Caller, C, I) -> Stored<V> + Clone + Send + 'static,
    ) -> ApiResult
    where
        I: Serialize + Clone + Send + 'static,
        C: Serialize,
        V: Serialize,
    {
        let fingerprint = self.fingerprint(store, &input);
        self.on_current(store, Some(fingerprint), current, move |transaction, caller, current| {
            Ok(Answer::ok(&work(transaction, caller, current, input)?))
        })
        .await
    }

    /// Makes a row that follows on another one: 201 with its address. A condition on the other is checked, but none is
    /// asked for.
    pub async fn succeed<I, C, V>(
        self,
        store: &Store,
        input: I,
        current: impl FnOnce(&mut Transaction<'_>, &Caller) -> Stored<C> + Clone + Send + 'static,
        work: impl FnOnce(&mut Transaction<'_>, &Caller, C, I) -> Stored<Created<V>> + Clone + Send + 'static,
    ) -> ApiResult
    where
        I: Serialize + Clone + Send + 'static,
        C: Serialize,
        V: Serialize,
    {
        let fingerprint = self.fingerprint(store, &input);
        self.on_current(store, Some(fingerprint), current, move |transaction, caller, current| {
            Ok(Answer::created(work(transaction, caller, current, input)?))
        })
        .await
    }

    /// Changes a row that is as the caller has seen it: 200 with the row as it is then.
    pub async fn update<C, V>(
        self,
        store: &Store,
        current: impl FnOnce(&mut Transaction<'_>, &Caller) -> Stored<C> + Clone + Send + 'static,
        change: impl FnOnce(&mut Transaction<'_>, &Caller, C) -> Stored<V> + Clone + Send + 'static,
    ) -> ApiResult
    where
        C: Serialize,
        V: Serialize,
    {
        self.on_current(store, None, current, move |transaction, caller, current| {
            let began = transaction.head();
            let answer = Answer::ok(&change(transaction, caller, current)?);
            Ok(Answer { unchanged: transaction.head() == began, ..answer })
        })
        .await
    }

    /// Deletes a row that is as the caller has seen it: 204.
    pub async fn delete<C: Serialize>(
        self,
        store: &Store,
        current: impl FnOnce(&mut Transaction<'_>, &Caller) -> Stored<C> + Clone + Send + 'static,
        delete: impl FnOnce(&mut Transaction<'_>, &Caller, C) -> Stored<()> + Clone + Send + 'static,
    ) -> ApiResult {
        self.on_current(store, None, current, move |transaction, caller, current| {
            let began = transaction.head();
            delete(transaction, caller, current)?;
            let unchanged = transaction.head() == began;
            Ok(Answer { unchanged, ..Answer::empty() })
        })
        .await
    }

    /// Takes away what stands beside a row that is as the caller has seen it, and outside of the change log: 204.
    pub async fn take_away<C: Serialize>(
        self,
        store: &Store,
        current: impl FnOnce(&mut Transaction<'_>, &Caller) -> Stored<C> + Clone + Send + 'static,
        take_away: impl FnOnce(&mut Transaction<'_>, &Caller, C) -> Stored<()> + Clone + Send + 'static,
    ) -> ApiResult {
        self.on_current(store, None, current, move |transaction, caller, current| {
            take_away(transaction, caller, current)?;
            Ok(Answer::empty())
        })
        .await
    }

    /// A keyed hash of an input: it tells requests apart, and tells nothing of a password in one of them.
    pub fn fingerprint(&self, store: &Store, input: &impl Serialize) -> String {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, store.secret()), &etag::encode(input));
        URL_SAFE_NO_PAD.encode(tag.as_ref())
    }

    /// Refuses a write that does not say why, before it is looked up whether it was answered already.
    pub fn require_reason(&self) -> Result<(), Violation> {
        require_reason(self.caller.reason.as_deref()).map(|_| ())
    }

    /// The write of which no answer is kept, as it tells a secret: refused under an `Idempotency-Key`.
    pub fn without_idempotency_key(self) -> Result<Self, Problem> {
        if self.key.is_none() {
            return Ok(self);
        }
        Err(Problem::new(StatusCode::BAD_REQUEST, "idempotency_key_not_taken"))
    }

    /// The language of its answer.
    pub fn language(&self) -> Language {
        self.language
    }

    /// The account that writes.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// True when an answer is kept under its key.
    pub fn is_keyed(&self) -> bool {
        self.key.is_some() && !self.is_dry_run()
    }

    /// True when it is only tried.
    pub fn is_dry_run(&self) -> bool {
        self.preferences.has(Preference::DryRun)
    }

    /// Does work that makes its answer itself, once under the caller's key.
    pub async fn answer(
        self,
        store: &Store,
        fingerprint: String,
        work: impl FnOnce(&mut Transaction<'_>, &Caller) -> Stored<Outcome> + Clone + Send + 'static,
    ) -> ApiResult {
        self.run(store, Some(fingerprint), move |transaction, caller, _| work(transaction, caller)).await
    }

    /// Asks what would be, off the writer; the answer stands, and nothing else.
    pub async fn what_if<V: Serialize + Send + 'static>(
        self,
        store: &Store,
        ask: impl FnOnce(&mut WhatIf<'_>, &Caller) -> Stored<V> + Send + 'static,
    ) -> ApiResult {
        self.dry_run(store, |what_if, caller| Ok(Outcome::Done(Answer::ok(&ask(what_if, caller)?)))).await
    }

    /// Judges work off the writer, as it would be done; nothing stands but the answer.
    pub async fn dry_run(
        self,
        store: &Store,
        judge: impl FnOnce(&mut WhatIf<'_>, &Caller) -> Stored<Outcome> + Send + 'static,
    ) -> ApiResult {
        let Self { caller, preferences, origin, .. } = self;
        let author = caller.clone();
        let outcome = store.what_if(&caller, move |what_if| judge(what_if, &author)).await;
        answered(store, &caller, (origin, preferences), outcome).await
    }

    /// Does a part of the work, with a commit of its own.
    pub async fn part<T: Send + 'static>(
        &self,
        store: &Store,
        work: impl FnOnce(&mut Transaction<'_>, &Caller) -> Stored<T> + Clone + Send + 'static,
    ) -> Result<T, Problem> {
        let (author, origin) = (self.caller.clone(), self.origin.clone());
        let work = move |transaction: &mut Transaction<'_>| {
            transaction.come_from(origin);
            work(transaction, &author)
        };
        let done = store.write_prefetching(Authority::of(&self.caller), self.prefetch.clone(), work).await;
        store.record_taken_codes(&self.caller, self.origin.clone()).await?;
        done
    }

    /// The answer to the same request under the caller's key, if there is one: for work that is done in parts.
    pub async fn replayed(&self, store: &Store, fingerprint: &str) -> Result<Option<HttpResponse>, Problem> {
        let Some(request) = self.keyed(fingerprint) else { return Ok(None) };
        match self.part(store, move |transaction, _| idempotency_keys::find(transaction, &request)).await? {
            KeyLookup::New => Ok(None),
            KeyLookup::Answered(answer) => Outcome::Repeated(answer).respond().map(Some),
            KeyLookup::KeyReused => Outcome::KeyReused.respond().map(Some),
        }
    }

    fn keyed(&self, fingerprint: &str) -> Option<KeyedRequest> {
        let key = self.key.clone().filter(|_| self.is_keyed())?;
        let (user, route) = (self.caller.user, self.route.clone());
        Some(KeyedRequest { user, route, key, fingerprint: fingerprint.to_owned() })
    }

    /// Does work on a row, provided that it is as the caller has seen it.
    async fn on_current<C: Serialize>(
        self,
        store: &Store,
        fingerprint: Option<String>,
        current: impl FnOnce(&mut Transaction<'_>, &Caller) -> Stored<C> + Clone + Send + 'static,
        work: impl FnOnce(&mut Transaction<'_>, &Caller, C) -> Stored<Answer> + Clone + Send + 'static,
    ) -> ApiResult {
        self.run(store, fingerprint, move |transaction, caller, condition| {
            let current = current(transaction, caller)?;
            match condition.stale(&current) {
                Some(stale) => Ok(stale),
                None => work(transaction, caller, current).map(Outcome::Done),
            }
        })
        .await
    }

    /// Runs the work in the writer's transaction, unless an answer to the same request is known already.
    async fn run(
        self,
        store: &Store,
        fingerprint: Option<String>,
        work: impl FnOnce(&mut Transaction<'_>, &Caller, &Condition) -> Stored<Outcome> + Clone + Send + 'static,
    ) -> ApiResult {
        let keyed = fingerprint.and_then(|fingerprint| self.keyed(&fingerprint));
        let dry_run = self.is_dry_run();
        let Self { caller, condition, preferences, prefetch, origin, .. } = self;
        let (by, author, from) = (Authority::of(&caller), caller.clone(), origin.clone());
        let bounds = store.kept_under_keys;
        let outcome = store
            .write_prefetching(by, prefetch, move |transaction| {
                if dry_run {
                    transaction.roll_back();
                }
                transaction.come_from(origin);
                let Some(request) = keyed else { return work(transaction, &author, &condition) };
                match idempotency_keys::find(transaction, &request)? {
                    KeyLookup::Answered(answer) => return Ok(Outcome::Repeated(answer)),
                    KeyLookup::KeyReused => return Ok(Outcome::KeyReused),
                    KeyLookup::New => {}
                }
                let outcome = work(transaction, &author, &condition)?;
                if let Outcome::Done(answer) = &outcome {
                    idempotency_keys::keep(transaction, &request, &answer.kept(), bounds)?;
                }
                Ok(outcome)
            })
            .await;
        answered(store, &caller, (from, preferences), outcome).await
    }
}

/// The answer to a write, with the preferences that were kept where it succeeded. Taken codes that it tells of are
/// recorded first.
async fn answered(
    store: &Store,
    caller: &Caller,
    (origin, preferences): (Origin, Preferences),
    outcome: Result<Outcome, Problem>,
) -> ApiResult {
    store.record_taken_codes(caller, origin).await?;
    let mut outcome = outcome?;
    if preferences.has(Preference::DryRun) {
        outcome.leave_out_secrets();
    }
    let mut response = outcome.respond()?;
    preferences.acknowledge(&mut response);
    Ok(response)
}

/// Outcome of a write.
pub enum Outcome {
    /// It was done.
    Done(Answer),
    /// It was refused after trying.
    Refused(Box<Problem>),
    /// It had been done before, and was answered so.
    Repeated(KeptAnswer),
    /// The row is not as the caller has seen it; this is its tag now.
    Stale(String),
    /// The key was used for another request.
    KeyReused,
}

/// The answer to a write that was done.
pub struct Answer {
    status: StatusCode,
    location: Option<String>,
    body: Vec<u8>,
    /// The body without what is shown once, if there is something.
    bare: Option<Vec<u8>>,
    /// True when the row was as it was wanted already, so that there is no change in the log.
    unchanged: bool,
}

impl Answer {
    fn of(status: StatusCode) -> Self {
        Self { status, location: None, body: Vec::new(), bare: None, unchanged: false }
    }

    fn empty() -> Self {
        Self::of(StatusCode::NO_CONTENT)
    }

    fn ok(view: &impl Serialize) -> Self {
        Self { body: etag::encode(view), ..Self::of(StatusCode::OK) }
    }

    fn created(Created { address, view, bare }: Created<impl Serialize>) -> Self {
        let location = Some(format!("{BASE}/{address}"));
        Self { location, body: etag::encode(&view), bare, ..Self::of(StatusCode::CREATED) }
    }

    fn kept(&self) -> KeptAnswer {
        let kept = self.bare.as_ref().unwrap_or(&self.body);
        let body: serde_json::Value = serde_json::from_slice(kept).unwrap_or_default();
        KeptAnswer {
            status: self.status.as_u16(),
            row: body.get("id").and_then(serde_json::Value::as_i64),
            location: self.location.clone(),
            body: String::from_utf8_lossy(kept).into_owned(),
        }
    }

    fn respond(self) -> HttpResponse {
        let mut response = match self.body.is_empty() {
            true => HttpResponse::build(self.status).finish(),
            false => etag::json(self.status, self.body),
        };
        if let Some(bare) = self.bare {
            etag::show_once(response.headers_mut(), &bare);
        }
        if self.unchanged {
            response.headers_mut().insert(HeaderName::from_static("unchanged"), HeaderValue::from_static("true"));
        }
        if let Some(location) = self.location.and_then(|location| HeaderValue::from_str(&location).ok()) {
            response.headers_mut().insert(LOCATION, location);
        }
        response
    }
}

impl Outcome {
    /// Outcome of work that was done, with the answer that tells of it.
    pub fn done(status: StatusCode, document: &impl Serialize) -> Self {
        Self::Done(Answer { body: etag::encode(document), ..Answer::of(status) })
    }

    /// Leaves out what is shown once, where the answer has a form without it: a secret of something that was only tried
    /// is good for nothing.
    fn leave_out_secrets(&mut self) {
        if let Self::Done(answer) = self
            && let Some(bare) = answer.bare.take()
        {
            answer.body = bare;
        }
    }

    /// The same outcome, of whose answer a text without what is shown once is kept.
    pub fn keeping(self, bare: &impl Serialize) -> Self {
        match self {
            Self::Done(answer) => Self::Done(Answer { bare: Some(etag::encode(bare)), ..answer }),
            other => other,
        }
    }

    fn respond(self) -> ApiResult {
        match self {
            Self::Done(answer) => Ok(answer.respond()),
            Self::Refused(problem) => Err(*problem),
            Self::Repeated(KeptAnswer { status, location, body, .. }) => {
                let status = StatusCode::from_u16(status).map_err(Problem::internal)?;
                let answer = Answer { location, body: body.into_bytes(), ..Answer::of(status) };
                let mut response = answer.respond();
                let headers = response.headers_mut();
                headers.insert(HeaderName::from_static("idempotency-replayed"), HeaderValue::from_static("true"));
                Ok(response)
            }
            Self::Stale(tag) => Err(stale(&tag)),
            Self::KeyReused => Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused")),
        }
    }
}

/// Condition that `If-Match` sets on the row (RFC 9110, section 13.1.1).
#[derive(Clone)]
enum Condition {
    /// Nothing was asked.
    None,
    /// It must exist.
    Any,
    /// It must be the one with one of these quoted tags; weak ones never match.
    Tags(Vec<String>),
}

impl Condition {
    fn read(headers: &HeaderMap) -> Self {
        let lines: Vec<_> = headers.get_all(IF_MATCH).filter_map(|value| value.to_str().ok()).collect();
        if lines.is_empty() {
            return Self::None;
        }
        if lines.iter().any(|line| line.trim() == "*") {
            return Self::Any;
        }
        Self::Tags(lines.iter().filter_map(|line| entity_tags(line)).flatten().map(str::to_owned).collect())
    }

    /// The refusal, when the row is not the one the caller has seen.
    fn stale(&self, current: &impl Serialize) -> Option<Outcome> {
        let Self::Tags(tags) = self else { return None };
        let tag = etag::tag(&etag::encode(current));
        let seen = tags.iter().any(|quoted| quoted.starts_with('"') && etag::names(quoted, &tag));
        (!seen).then_some(Outcome::Stale(tag))
    }
}

impl<P: Permission> FromRequest for Write<P> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let caller = Allowed::<P>::from_request(request, payload).into_inner();
        ready(caller.and_then(|caller| Self::read(request, caller.caller())))
    }
}

impl<P> Write<P> {
    fn read(request: &HttpRequest, caller: Caller) -> Result<Self, Problem> {
        let headers = request.headers();
        let condition = Condition::read(headers);
        if matches!(condition, Condition::None) && *request.method() != Method::POST {
            return Err(unconditional());
        }
        Ok(Self {
            caller,
            condition,
            key: key(headers)?,
            route: format!("{} {}", request.method(), request.path()),
            preferences: Preferences::read(headers, &[Preference::DryRun])?,
            language: Language::of(headers),
            origin: origin(request),
            prefetch: Prefetch::default(),
            permission: PhantomData,
        })
    }
}

/// The row is not the one the caller has seen; `tag` is its tag now.
pub(crate) fn stale(tag: &str) -> Problem {
    Problem::new(StatusCode::PRECONDITION_FAILED, "stale").with_header("etag", &format!("\"{tag}\""))
}

/// The request does not say which row it was made for.
pub(crate) fn unconditional() -> Problem {
    Problem::new(StatusCode::PRECONDITION_REQUIRED, "precondition_required")
}

/// The header `Idempotency-Key`: 1 to 255 visible ASCII characters, quoted (as a structured field) or bare.
fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    let bare = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text);
    if (1..=255).contains(&bare.len()) && bare.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"') {
        return Ok(Some(bare.to_owned()));
    }
    Err(Problem::new(StatusCode::BAD_REQUEST, "invalid_idempotency_key"))
}
