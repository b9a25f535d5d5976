//! Passwords given once more, and tries to log in: wrong ones are counted, and too many of them have to wait.

use crate::auth::audit_events::Occurrence;
use crate::auth::caller::Caller;
use crate::auth::context::RequestContext;
use crate::auth::rights::Authority;
use crate::crypto::passwords;
use crate::problem::Problem;
use crate::store::Store;
use crate::store::claimants::network;
use actix_web::{HttpMessage, HttpRequest};
use aws_lc_rs::hmac;
use chrono::{SecondsFormat, Utc};
use std::rc::Rc;
use thidua_domain::id::AccountId;
use thidua_domain::log::changes::Actor;
use thidua_domain::log::events::EventKind;
use thidua_domain::log::hexadecimal::hexadecimal;
use thidua_domain::spelling::folded;
use thidua_domain::violation::Violation;
use thidua_persistence::accounts::log_ins::AttemptKeys;
use thidua_persistence::accounts::{invitations, log_ins, sessions, users};
use thidua_persistence::{AccountKind, Transaction};

/// The operation that events name.
pub(super) const OPERATION: &str = "logIn";

/// Proof that a user has just given their password.
pub struct Reauthenticated {
    keys: AttemptKeys,
    password_version: i64,
}

impl Reauthenticated {
    /// The version of the password shown.
    pub fn password_version(&self) -> i64 {
        self.password_version
    }

    /// Takes this try back, which was counted as a wrong one. Where a code is asked for too, call it only once the code
    /// is right.
    pub async fn counts_no_more(self, store: &Store) -> Result<(), Problem> {
        let by = Authority::of_program(None);
        store.write(by, move |transaction| log_ins::succeeded(transaction, &self.keys)).await
    }
}

/// Refuses a client: it has keys, and neither a password nor a second factor.
pub fn require_user(store: &Store, account: AccountId) -> Result<(), Problem> {
    let kind = store.model().access.accounts.get(&account).map(|account| account.kind);
    if kind == Some(AccountKind::User) { Ok(()) } else { Err(Problem::forbidden()) }
}

/// Asks a caller for the password once more; wrong ones count as at log-in.
pub async fn reauthenticate(
    request: &HttpRequest,
    store: &Store,
    caller: &Caller,
    pointer: &str,
    password: String,
) -> Result<Reauthenticated, Problem> {
    let account = caller.user;
    require_user(store, account)?;
    let keys = keys(store, request, &caller.username)?;
    store.begin_log_in(request, keys.clone()).await?;
    let (hash, password_version) = store.read(move |connection| users::password(connection, account)).await?;
    if store.hashing(move || passwords::verify(&password, &hash)).await?.is_some() {
        return Ok(Reauthenticated { keys, password_version });
    }
    let what = Occurrence::of(EventKind::LogInRefused, OPERATION);
    store.record(request, Authority::to_note(caller.actor()), what).await?;
    Err(Violation::new(pointer, "wrong_password").into())
}

impl Store {
    /// Deletes wrong tries, invitations and sessions that are over, now and then as people log in.
    pub(crate) fn sweep_by_and_by(&self) {
        if self.is_time_to_sweep() {
            let lifetimes = self.lifetimes();
            self.note(Actor::SYSTEM, move |transaction| {
                log_ins::sweep(transaction)?;
                invitations::sweep(transaction)?;
                sessions::sweep(transaction, &lifetimes)
            });
        }
    }

    /// Counts a try to log in, or refuses it because it comes too soon after wrong ones.
    pub(super) async fn begin_log_in(&self, request: &HttpRequest, keys: AttemptKeys) -> Result<(), Problem> {
        self.sweep_by_and_by();
        let begin = move |transaction: &mut Transaction<'_>| log_ins::begin(transaction, &keys);
        let Some(until) = self.write(Authority::of_program(None), begin).await? else { return Ok(()) };
        let detail = Some(format!("until {}", until.to_rfc3339_opts(SecondsFormat::Secs, true)));
        let refused = Occurrence { detail, ..Occurrence::of(EventKind::LogInRefused, OPERATION) };
        self.record(request, Authority::to_note(Actor::SYSTEM), refused).await?;
        let left = (until - Utc::now()).num_milliseconds().max(1);
        Err(Problem::too_many_wrong_tries(u32::try_from(left.unsigned_abs().div_ceil(1000)).unwrap_or(u32::MAX)))
    }
}

/// Keyed hashes under which a try is counted: of network and name, of the name, of the network. A name is counted even
/// if no user has it, and all its spellings together.
pub(super) fn keys(store: &Store, request: &HttpRequest, name: &str) -> Result<AttemptKeys, Problem> {
    let call = request.extensions().get::<Rc<RequestContext>>().cloned().ok_or_else(|| Problem::internal("no call"))?;
    let network = call.address.map_or_else(String::new, |address| network(address).to_string());
    let name = &folded(name);
    let secret = hmac::Key::new(hmac::HMAC_SHA256, store.secret());
    let key = |parts: [&str; 3]| hexadecimal(hmac::sign(&secret, parts.join("\n").as_bytes()).as_ref());
    Ok(AttemptKeys {
        pair: key(["log-in pair", &network, name]),
        name: key(["log-in name", "", name]),
        network: key(["log-in network", &network, ""]),
    })
}
