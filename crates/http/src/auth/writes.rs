//! Writes, and what-if questions, by the right of whoever asks for them.

use crate::auth::caller::Caller;
use crate::auth::rights::Authority;
use crate::problem::Problem;
use crate::store::claimants::Claimant;
use crate::store::current_request::CurrentRequest;
use crate::store::{Store, writing_agency};
use chrono::Utc;
use thidua_persistence::{Context, Prefetch, Result as Stored, Transaction, WhatIf};

impl Store {
    /// Writes by an authority, whose right is checked again in the transaction, and waits for the commit.
    pub async fn write<T: Send + 'static>(
        &self,
        by: Authority,
        work: impl FnOnce(&mut Transaction<'_>) -> Stored<T> + Clone + Send + 'static,
    ) -> Result<T, Problem> {
        self.write_prefetching(by, Prefetch::default(), work).await
    }

    /// As [`Self::write`], of a write that names beforehand what it will look up.
    pub async fn write_prefetching<T: Send + 'static>(
        &self,
        by: Authority,
        prefetch: Prefetch,
        work: impl FnOnce(&mut Transaction<'_>) -> Stored<T> + Clone + Send + 'static,
    ) -> Result<T, Problem> {
        let (actor, reason, right, refused) = by.parts();
        let context = Context { actor, at: Utc::now(), reason, right, agency: writing_agency() };
        self.commit(context, prefetch, work).await?.map_err(refused)
    }

    /// Answers a what-if question by a caller's right, which is checked again in the state that is read. Of the turns
    /// at reading an agency has a few only, and an account fewer.
    pub async fn what_if<T: Send + 'static>(
        &self,
        caller: &Caller,
        ask: impl FnOnce(&mut WhatIf<'_>) -> Stored<T> + Send + 'static,
    ) -> Result<T, Problem> {
        let claimant = CurrentRequest::claimant().unwrap_or_else(|| Claimant::account(caller.user, caller.scope));
        let turn = self.turn_for_what_if(claimant).await?;
        let (actor, reason, right, _) = Authority::of(caller).parts();
        let context = Context { actor, at: Utc::now(), reason, right, agency: claimant.group.agency() };
        self.blocking(move |database| {
            let _turn = turn;
            database.what_if(&context, ask)
        })
        .await
    }
}
