//! The pool of reading threads.

use super::come;
use std::pin::Pin;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use thidua_domain::id::{AccountId, AgencyId};
use thidua_http::problem::Problem;
use thidua_http::store::claimants::Claimant;
use thidua_http::store::read_pool::ReadPool;

type Take<'a> = Pin<Box<dyn Future<Output = Result<(), Problem>> + 'a>>;

/// Works that tell when they begin, and end when they are let go.
struct Works {
    begins: Sender<usize>,
    begun: Receiver<usize>,
    let_go: Sender<()>,
    held: Arc<Mutex<Receiver<()>>>,
}

impl Works {
    fn new() -> Self {
        let ((begins, begun), (let_go, held)) = (channel(), channel());
        Self { begins, begun, let_go, held: Arc::new(Mutex::new(held)) }
    }

    fn work(&self, name: usize) -> impl FnOnce() + Send + use<> {
        let (begins, held) = (self.begins.clone(), Arc::clone(&self.held));
        move || {
            begins.send(name).unwrap();
            held.lock().unwrap().recv().unwrap();
        }
    }

    /// Has the only thread of a pool begin with work 0, and lets others wait behind it until one is refused.
    async fn fill<'a>(&self, pool: &'a ReadPool, claimant: impl Fn(usize) -> Claimant) -> Vec<Take<'a>> {
        let mut taken: Vec<Take<'a>> = Vec::new();
        while taken.len() < 1000 {
            let mut take: Take<'a> = Box::pin(pool.take(claimant(taken.len()), self.work(taken.len())));
            match come(&mut take).await {
                None if taken.is_empty() => assert_eq!(self.begun.recv(), Ok(0)),
                None => {}
                Some(refused) => {
                    assert!(refused.is_err() && taken.len() > 10, "after {}", taken.len());
                    return taken;
                }
            }
            taken.push(take);
        }
        panic!("nothing is refused");
    }

    /// Lets them go, all but the one that has begun already, and gives the names of the others as they began.
    async fn end(&self, taken: Vec<Take<'_>>) -> Vec<usize> {
        taken.iter().for_each(|_| self.let_go.send(()).unwrap());
        for take in taken {
            take.await.unwrap_or_else(|_| panic!("it was taken in"));
        }
        self.begun.try_iter().collect()
    }
}

/// An account of an agency.
fn clerk(agency: i64, account: usize) -> Claimant {
    Claimant::account(AccountId(i64::try_from(account).unwrap()), Some(AgencyId(agency)))
}

#[actix_web::test]
async fn work_that_panics_takes_nobody_elses_turn() {
    let pool = ReadPool::new(1);
    assert!(pool.take(clerk(1, 1), || panic!("on purpose")).await.is_err());
    assert_eq!(pool.take(clerk(1, 1), || 7).await.ok(), Some(7));
}

#[actix_web::test]
async fn who_comes_when_too_many_wait_is_sent_away_and_who_has_gone_is_not_served() {
    let (pool, works) = (ReadPool::new(1), Works::new());
    let mut taken = works.fill(&pool, |_| clerk(1, 1)).await;
    let all = taken.len();
    drop(taken.remove(7));
    assert_eq!(works.end(taken).await, (1..all).filter(|number| *number != 7).collect::<Vec<_>>());
    assert!(pool.take(clerk(1, 1), || ()).await.is_ok(), "there is room again");
}

#[actix_web::test]
async fn places_of_an_agency_are_given_to_another_that_has_fewer_and_comes_before_most_of_them() {
    let (pool, works) = (ReadPool::new(1), Works::new());
    let many = works.fill(&pool, |number| clerk(1, 10 + number)).await;
    let mut other: Take<'_> = Box::pin(pool.take(clerk(2, 2), works.work(1000)));
    assert!(come(&mut other).await.is_none(), "it is let in");
    let (mut taken, mut sent_away) = (Vec::new(), 0);
    for mut one in many {
        match come(&mut one).await {
            None => taken.push(one),
            Some(outcome) => sent_away += usize::from(outcome.is_err()),
        }
    }
    assert_eq!(sent_away, 1, "one of many gives way");
    taken.push(other);
    let order = works.end(taken).await;
    assert!(order[..2].contains(&1000), "after one that waited before: {order:?}");
}
