//! Shares of accounts in what few can use at a time: nobody has more than a share of the turns, however many ask.

use crate::problem::Problem;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use thidua_domain::id::AccountId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// Turns of accounts, so many at once for each.
pub(crate) struct Shares {
    most: usize,
    waiting: usize,
    taken: Mutex<HashMap<AccountId, Weak<Semaphore>>>,
}

/// A turn, which ends when it is dropped.
pub(crate) type Turn = OwnedSemaphorePermit;

/// The longest wait for a turn.
const PATIENCE: Duration = Duration::from_secs(3);

impl Shares {
    /// So many turns at once for an account, and so many that may wait for one.
    pub(crate) fn new(most: usize, waiting: usize) -> Self {
        Self { most, waiting, taken: Mutex::default() }
    }

    /// Waits for a turn of an account. Who waits too long, or comes when too many of the account wait, is sent away.
    pub(crate) async fn turn(&self, account: AccountId) -> Result<Turn, Problem> {
        let share = self.share(account);
        // Whoever has a turn or waits for one holds the share, and so does this.
        if Arc::strong_count(&share) > self.most + self.waiting {
            return Err(Problem::unavailable());
        }
        let turn = timeout(PATIENCE, share.acquire_owned()).await;
        turn.map_err(|_| Problem::unavailable())?.map_err(Problem::internal)
    }

    fn share(&self, account: AccountId) -> Arc<Semaphore> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(share) = taken.get(&account).and_then(Weak::upgrade) {
            return share;
        }
        taken.retain(|_, share| share.strong_count() > 0);
        let share = Arc::new(Semaphore::new(self.most));
        taken.insert(account, Arc::downgrade(&share));
        share
    }
}

#[cfg(test)]
mod tests {
    use super::Shares;
    use actix_web::rt::spawn;
    use std::rc::Rc;
    use std::sync::Arc;
    use thidua_domain::id::AccountId;
    use tokio::task::yield_now;

    #[actix_web::test]
    async fn an_account_has_its_share_and_others_have_theirs() {
        let shares = Rc::new(Shares::new(2, 1));
        let (one, other) = (AccountId(1), AccountId(2));
        let first = shares.turn(one).await.expect("a turn");
        let _second = shares.turn(one).await.expect("a turn");
        let waiting = spawn({
            let shares = Rc::clone(&shares);
            async move { shares.turn(one).await.is_ok() }
        });
        while Arc::strong_count(&shares.share(one)) < 4 {
            yield_now().await;
        }
        assert!(shares.turn(one).await.is_err(), "one too many");
        let _theirs = shares.turn(other).await.expect("a turn of somebody else");
        assert!(!waiting.is_finished());
        drop(first);
        assert!(waiting.await.expect("an end"), "the turn that was given back");
    }

    #[actix_web::test]
    async fn nothing_is_kept_of_accounts_that_have_gone() {
        let shares = Shares::new(1, 0);
        for account in 1..=100 {
            drop(shares.turn(AccountId(account)).await.expect("a turn"));
        }
        assert_eq!(shares.taken.lock().expect("shares").len(), 1);
    }
}
