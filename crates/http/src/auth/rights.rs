//! Rights by which something is written or let out. A caller's are read from the head of a request, and checked again
//! where they take effect: when the body has arrived, in the writer's transaction, and before each part of a stream.

use crate::auth::caller::Caller;
use crate::problem::Problem;
use crate::store::Store;
use std::sync::Arc;
use thidua_domain::id::AccountId;
use thidua_domain::log::changes::Actor;
use thidua_persistence::{Access, Account, Error, Right, RightLapse};

/// Author, reason and right of a write: a handler has no other way to write.
#[derive(Clone)]
pub struct Authority {
    actor: Actor,
    reason: Option<String>,
    right: Right,
    /// The answer to somebody who logs in, and whose right has lapsed.
    refusal: Option<fn() -> Problem>,
}

impl Authority {
    /// The authority of a caller, for as long as it may do what it was let in for.
    pub fn of(caller: &Caller) -> Self {
        let (actor, reason, asked) = (caller.actor(), caller.reason.clone(), caller.clone());
        Self { actor, reason, right: Right::asking(move |access| asked.holds(access)), refusal: None }
    }

    /// The authority of the program.
    pub fn of_program(reason: Option<String>) -> Self {
        Self { actor: Actor::SYSTEM, reason, right: Right::of_program(), refusal: None }
    }

    /// The authority of the program to note what somebody was refused, or did already.
    pub fn to_note(actor: Actor) -> Self {
        Self { actor, ..Self::of_program(None) }
    }

    /// The authority of somebody who logs in and has no credential yet, for as long as `may` holds of the accounts.
    pub fn to_come_in(
        actor: Actor,
        may: impl Fn(&Access) -> bool + Send + Sync + 'static,
        refusal: fn() -> Problem,
    ) -> Self {
        let question = move |access: &Access| if may(access) { Ok(()) } else { Err(RightLapse::Gone) };
        Self { actor, reason: None, right: Right::asking(question), refusal: Some(refusal) }
    }

    /// As [`Self::to_come_in`], of a user who has proved knowledge of the password of a version.
    pub fn of_user(actor: Actor, user: AccountId, password_version: i64, refusal: fn() -> Problem) -> Self {
        let is_as_shown = move |account: &Account| !account.disabled && account.password_version == password_version;
        Self::to_come_in(actor, move |access| access.accounts.get(&user).is_some_and(is_as_shown), refusal)
    }

    /// The author as the logs name it.
    pub fn actor(&self) -> Actor {
        self.actor
    }

    /// Author, reason, the right to be checked again, and the answer to an error.
    pub(crate) fn parts(self) -> (Actor, Option<String>, Right, impl FnOnce(Error) -> Problem) {
        let refused = move |error| match (error, self.refusal) {
            (Error::Lapsed(_), Some(refusal)) => refusal(),
            (error, _) => error.into(),
        };
        (self.actor, self.reason, self.right, refused)
    }
}

impl Caller {
    /// Checks that the caller's rights and sight are those it was let in with; fails with the reason when they are not.
    pub fn holds(&self, access: &Access) -> Result<(), RightLapse> {
        let standing = self.credential.standing(access, self.address).ok_or(RightLapse::Gone)?;
        let same = (standing.kind, standing.role, standing.agency) == (self.kind, self.role, self.scope)
            && standing.must_change_password == self.must_change_password
            && *standing.scopes == *self.scopes;
        if same { Ok(()) } else { Err(RightLapse::Changed) }
    }
}

impl Store {
    /// Refuses a caller who may no longer do what it was let in for.
    pub fn require_still(&self, caller: &Caller) -> Result<(), Problem> {
        let access = Arc::clone(&self.model().access);
        caller.holds(&access).map_err(|lapse| Error::Lapsed(lapse).into())
    }
}
