//! Room that all share.

use super::come;
use std::time::Duration;
use thidua_domain::id::{AccountId, AgencyId};
use thidua_http::store::claimants::{Claimant, Subject};
use thidua_http::store::room::{Measure, Room};

const PATIENT: Duration = Duration::from_secs(3600);

fn one() -> Claimant {
    Claimant::account(AccountId(1), None)
}

fn other() -> Claimant {
    Claimant::account(AccountId(2), None)
}

/// An account of an agency.
fn clerk(agency: i64, account: i64) -> Claimant {
    Claimant::account(AccountId(account), Some(AgencyId(agency)))
}

fn measure(all: usize, share: usize, patience: Duration) -> Measure {
    Measure { all, share, little: 1, made: 2, patience, ..Measure::BOUNDLESS }
}

#[actix_web::test]
async fn nobody_has_more_than_a_share_and_the_rest_is_there_for_others() {
    let room = Room::new(measure(5, 3, Duration::ZERO));
    let first = room.take(one(), 3).await.expect("a share");
    assert!(room.take(one(), 1).await.is_err(), "the share is used up");
    let second = room.take(other(), 2).await.expect("what is left");
    assert!(second.grow(3).await.is_err(), "there is no more for anybody");
    drop(first);
    second.grow(3).await.expect("a share");
    assert_eq!((room.used(), second.much()), (3, 3));
    drop(second);
    assert_eq!(room.used(), 0);
}

#[actix_web::test]
async fn an_agency_has_no_more_than_its_share_however_many_accounts_it_has() {
    let room = Room::new(Measure { group: 6, ..measure(20, 4, Duration::ZERO) });
    let mut held = Vec::new();
    for account in 0..50 {
        held.extend(room.take(clerk(1, account), 1).await);
    }
    assert_eq!((room.used(), held.len()), (6, 6), "of twenty");
    let _theirs = room.take(clerk(2, 100), 4).await.expect("a share of another agency");
    assert!(room.take(clerk(2, 100), 1).await.is_err(), "an account has its bound, too");
    let _colleague = room.take(clerk(2, 101), 2).await.expect("what the agency has left");
    drop(held.pop());
    room.take(clerk(1, 7), 1).await.expect("what was given back");
}

#[actix_web::test]
async fn what_is_larger_than_a_share_takes_all_of_it() {
    let room = Room::new(measure(5, 3, Duration::ZERO));
    let taken = room.take(one(), 100).await.expect("a share");
    assert_eq!(room.used(), 3);
    taken.shrink(1);
    assert_eq!(room.used(), 1);
    taken.grow_beyond_bounds(9);
    assert_eq!(room.used(), 9);
}

#[test]
fn what_can_be_done_with_less_leaves_half() {
    let room = Room::new(measure(8, 6, Duration::ZERO));
    let first = room.none(one());
    assert!(first.grow_if_plenty(3) && !first.grow_if_plenty(4), "half of a share");
    let second = room.none(other());
    assert!(!second.grow_if_plenty(2) && second.grow_if_plenty(1), "half of all");
    assert_eq!(room.used(), 4);
}

#[actix_web::test]
async fn little_finds_room_beside_much() {
    let room = Room::new(Measure { group: 4, spare: 2, ..measure(6, 4, Duration::ZERO) });
    let _much = room.take(clerk(1, 1), 4).await.expect("a share");
    assert!(room.take(other(), 2).await.is_err(), "what is left is for those who ask for little");
    let little = (room.take(clerk(1, 2), 1).await, room.take(other(), 1).await);
    assert!(little.0.is_ok() && little.1.is_ok());
}

#[actix_web::test]
async fn who_waits_comes_in_the_poorest_first_and_who_has_gone_leaves_nothing_taken() {
    let room = Room::new(measure(4, 4, PATIENT));
    let (held, much) = (room.take(one(), 1).await.expect("room"), room.take(other(), 3).await.expect("room"));
    let mut rich = Box::pin(room.take(one(), 3));
    let mut gone = Box::pin(room.take(other(), 2));
    let mut poor = Box::pin(room.take(Claimant::alone(Subject::Others), 3));
    assert!(come(&mut rich).await.is_none() && come(&mut gone).await.is_none() && come(&mut poor).await.is_none());
    drop(gone);
    drop(much);
    let taken = come(&mut poor).await.expect("its turn").expect("room");
    assert!(come(&mut rich).await.is_none());
    drop(taken);
    let taken = come(&mut rich).await.expect("its turn").expect("room");
    assert_eq!((room.used(), taken.much()), (4, 3));
    drop((taken, held));
    assert_eq!(room.used(), 0);
    let new = Room::new(measure(4, 4, PATIENT));
    assert_eq!(format!("{room:?}"), format!("{new:?}"), "nothing is kept of those who have gone");
}

#[actix_web::test]
async fn the_poorest_agency_comes_first_and_of_its_accounts_the_poorest() {
    let room = Room::new(measure(6, 6, PATIENT));
    let given_back = room.take(clerk(1, 1), 3).await.expect("room");
    // What they have meanwhile: the first agency two, of one account, and the second one.
    let _held = (room.take(clerk(1, 2), 2).await, room.take(clerk(2, 5), 1).await);
    let mut waiting = Vec::new();
    for claimant in [clerk(1, 2), clerk(1, 3), clerk(2, 5), clerk(2, 6)] {
        let mut take = Box::pin(room.take(claimant, 3));
        assert!(come(&mut take).await.is_none());
        waiting.push((claimant, take));
    }
    drop(given_back);
    let mut order = Vec::new();
    while !waiting.is_empty() {
        let (before, mut still) = (order.len(), Vec::new());
        for (claimant, mut take) in waiting {
            match come(&mut take).await {
                // Given back at once: the next comes in, who is asked again below.
                Some(taken) => order.push(taken.map(|_| claimant).expect("room")),
                None => still.push((claimant, take)),
            }
        }
        assert!(order.len() > before, "nobody comes in");
        waiting = still;
    }
    assert_eq!(order, [clerk(2, 6), clerk(2, 5), clerk(1, 3), clerk(1, 2)]);
}

#[actix_web::test]
async fn of_one_subject_so_many_may_wait() {
    let room = Room::new(Measure { share: 2, queue: 1, patience: PATIENT, ..Measure::BOUNDLESS });
    let first = room.take(one(), 1).await.expect("a turn");
    let _second = room.take(one(), 1).await.expect("a turn");
    let mut waiting = Box::pin(room.take(one(), 1));
    assert!(come(&mut waiting).await.is_none());
    assert!(matches!(come(&mut Box::pin(room.take(one(), 1))).await, Some(Err(_))), "one too many");
    let _theirs = room.take(other(), 1).await.expect("a turn of somebody else");
    assert!(come(&mut waiting).await.is_none());
    drop(first);
    assert!(matches!(come(&mut waiting).await, Some(Ok(_))), "the turn that was given back");
}

#[actix_web::test]
async fn of_what_is_made_only_so_much_waits() {
    let room = Room::new(measure(3, 3, PATIENT));
    let held = room.take(one(), 3).await.expect("room");
    let (second, third) = (room.none(other()), room.none(other()));
    let mut waits = Box::pin(second.grow_for_made(2));
    assert!(come(&mut waits).await.is_none());
    assert!(matches!(come(&mut Box::pin(third.grow_for_made(1))).await, Some(Err(_))), "enough waits already");
    drop(held);
    assert!(matches!(come(&mut waits).await, Some(Ok(()))));
    assert_eq!(second.much(), 2);
    assert!(come(&mut Box::pin(third.grow_for_made(2))).await.is_none(), "as much as before may wait");
}
