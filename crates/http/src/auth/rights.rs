//! By whose right something is written or let out. What a caller may do is read from the head of a request, and asked again
//! where it takes effect: when the body has arrived, in the writer's transaction, and before each part of a stream.

use crate::auth::caller::Caller;
use crate::response::problem::Problem;
use crate::store::Store;
use std::sync::Arc;
use thidua_domain::id::AccountId;
use thidua_domain::log::changes::Actor;
use thidua_persistence::{Access, Account, Error, Lapse, Right};

/// Author, reason and right of a write: a handler has no other way to write.
#[derive(Clone)]
pub struct Authority {
    actor: Actor,
    reason: Option<String>,
    right: Right,
    /// Refusal of somebody who comes in.
    refusal: Option<fn() -> Problem>,
}

impl Authority {
    /// A caller's, for as long as it may do what it was let in for.
    pub fn of(caller: &Caller) -> Self {
        let (actor, reason, asked) = (caller.actor(), caller.reason.clone(), caller.clone());
        Self { actor, reason, right: Right::asking(move |access| asked.holds(access)), refusal: None }
    }

    /// The program's own.
    pub fn of_program(reason: Option<String>) -> Self {
        Self { actor: Actor::SYSTEM, reason, right: Right::of_program(), refusal: None }
    }

    /// The program's own to note what somebody was refused, or did already.
    pub fn to_note(actor: Actor) -> Self {
        Self { actor, ..Self::of_program(None) }
    }

    /// Somebody's who comes in and has no credential yet: as long as a question about who may come in is answered with yes.
    pub fn to_come_in(
        actor: Actor,
        may: impl Fn(&Access) -> bool + Send + Sync + 'static,
        refusal: fn() -> Problem,
    ) -> Self {
        let question = move |access: &Access| if may(access) { Ok(()) } else { Err(Lapse::Gone) };
        Self { actor, reason: None, right: Right::asking(question), refusal: Some(refusal) }
    }

    /// As [`Self::to_come_in`], of a user who has shown to know the password of a version.
    pub fn of_user(actor: Actor, user: AccountId, password_version: i64, refusal: fn() -> Problem) -> Self {
        let is_as_shown = move |account: &Account| !account.disabled && account.password_version == password_version;
        Self::to_come_in(actor, move |access| access.accounts.get(&user).is_some_and(is_as_shown), refusal)
    }

    /// As the logs name whoever writes.
    pub fn actor(&self) -> Actor {
        self.actor
    }

    /// What the logs say, what is asked again, and how to say that it was not done.
    pub(crate) fn parts(self) -> (Actor, Option<String>, Right, impl FnOnce(Error) -> Problem) {
        let refused = move |error| match (error, self.refusal) {
            (Error::Lapsed(_), Some(refusal)) => refusal(),
            (error, _) => error.into(),
        };
        (self.actor, self.reason, self.right, refused)
    }
}

impl Caller {
    /// Fails with the reason once it may no longer do, and see, just what it was let in for.
    pub fn holds(&self, access: &Access) -> Result<(), Lapse> {
        let standing = self.credential.standing(access, self.address).ok_or(Lapse::Gone)?;
        let same = (standing.kind, standing.role, standing.agency) == (self.kind, self.role, self.scope)
            && standing.scopes == self.scopes;
        if same { Ok(()) } else { Err(Lapse::Changed) }
    }
}

impl Store {
    /// Refuses to go on with what a caller was let in for and may do no more.
    pub fn require_still(&self, caller: &Caller) -> Result<(), Problem> {
        let access = Arc::clone(&self.model().access);
        caller.holds(&access).map_err(|lapse| Error::Lapsed(lapse).into())
    }
}
