//! Writes that wait for the writer.

use std::time::{Duration, Instant};
use thidua_domain::id::AgencyId;
use thidua_persistence::write::waiting::{ABOUT, Group, REST, Sender, Turn, Waiting};

const MANY: usize = 256;
const CLERK: i64 = 1;
const SENDER: i64 = 2;
const AGENCY: i64 = 10;
const PART: Duration = Duration::from_millis(100);
const COMMIT: Duration = Duration::from_millis(1);

fn waiting() -> (Waiting<u32>, Instant) {
    (Waiting::default(), Instant::now())
}

/// An account of no agency.
fn alone(account: i64) -> Sender {
    Sender::of(account, None)
}

/// An account of an agency.
fn of_agency(account: i64, agency: i64) -> Sender {
    Sender::of(account, Some(AgencyId(agency)))
}

#[test]
fn the_writes_of_an_account_do_not_stand_before_those_of_another() {
    let (mut waiting, now) = waiting();
    (0..1000).for_each(|number| waiting.add(alone(SENDER), false, number, now));
    waiting.add(alone(CLERK), false, 5000, now);
    waiting.add(alone(CLERK), false, 5001, now);
    assert_eq!(waiting.turn(5, now), Turn::Single(vec![0, 5000, 1, 5001, 2]));
    assert_eq!(waiting.turn(3, now), Turn::Single(vec![3, 4, 5]));
    assert!(matches!(waiting.turn(2000, now), Turn::Single(rest) if rest.len() == 1002 - 8));
}

#[test]
fn others_are_let_in_before_a_batch_and_between_its_parts() {
    let (mut waiting, now) = waiting();
    (0..3).for_each(|part| waiting.add(alone(SENDER), true, part, now));
    waiting.add(alone(CLERK), false, 50, now);
    assert_eq!(waiting.turn(MANY, now), Turn::Single(vec![50]));
    assert_eq!(waiting.turn(MANY, now), Turn::Batch(Group::Alone(SENDER), 0));
    waiting.took(Group::Alone(SENDER), PART, now + PART);
    // The clerk, who is expected to write again, finds no batch in the way for twice as long.
    let until = now + PART + PART * REST;
    assert_eq!(waiting.turn(MANY, now + PART), Turn::After(until));
    waiting.add(alone(CLERK), false, 51, now + PART);
    assert_eq!(waiting.turn(MANY, now + PART), Turn::Single(vec![51]));
    assert_eq!(waiting.turn(MANY, until), Turn::Batch(Group::Alone(SENDER), 1));
}

#[test]
fn a_batch_has_its_turn_however_many_single_writes_there_are() {
    let (mut waiting, now) = waiting();
    waiting.add(alone(SENDER), true, 0, now);
    (1..10).for_each(|number| waiting.add(alone(CLERK), false, number, now));
    assert_eq!(waiting.turn(2, now), Turn::Single(vec![1, 2]));
    assert_eq!(waiting.turn(2, now), Turn::Batch(Group::Alone(SENDER), 0));
    assert_eq!(waiting.turn(2, now), Turn::Single(vec![3, 4]));
    // The single writes were let in before the first batch, and not before this one.
    waiting.add(alone(SENDER + 1), true, 20, now);
    assert_eq!(waiting.turn(2, now), Turn::Single(vec![5, 6]));
    assert_eq!(waiting.turn(2, now), Turn::Batch(Group::Alone(SENDER + 1), 20));
}

#[test]
fn where_nobody_else_writes_a_batch_does_not_rest() {
    let (mut waiting, now) = waiting();
    waiting.add(alone(CLERK), false, 9, now);
    assert_eq!(waiting.turn(MANY, now), Turn::Single(vec![9]));
    let later = now + ABOUT;
    (0..2).for_each(|part| waiting.add(alone(SENDER), true, part, later));
    for part in 0..2 {
        assert_eq!(waiting.turn(MANY, later), Turn::Batch(Group::Alone(SENDER), part));
        waiting.took(Group::Alone(SENDER), PART, later);
    }
    assert_eq!(waiting.turn(MANY, later), Turn::Nobody);
}

#[test]
fn the_batches_of_one_account_have_a_third_of_the_time_while_another_writes() {
    let (mut waiting, begin) = waiting();
    let (mut now, mut written, mut of_batches) = (begin, 0, Duration::ZERO);
    // Eight batches at once, each part followed by the next, and one clerk who writes again as soon as it is
    // answered.
    (0..8).for_each(|_| waiting.add(alone(SENDER), true, 0, now));
    waiting.add(alone(CLERK), false, 0, now);
    while now < begin + PART * 100 {
        match waiting.turn(MANY, now) {
            Turn::Single(writes) => {
                now += COMMIT;
                written += writes.len();
                waiting.add(alone(CLERK), false, 0, now);
            }
            Turn::Batch(group, _) => {
                now += PART;
                of_batches += PART;
                waiting.took(group, PART, now);
                waiting.add(alone(SENDER), true, 0, now);
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(of_batches <= PART * 34, "{of_batches:?} of {:?}", PART * 100);
    assert!(of_batches >= PART * 32, "nor much less: {of_batches:?}");
    assert!(written > 6500, "{written} of the 10000 that the clerk writes alone");
}

#[test]
fn two_senders_take_turns_and_nothing_rests_at_the_end() {
    let (mut waiting, now) = waiting();
    (0..2).for_each(|part| waiting.add(alone(SENDER), true, part, now));
    (10..12).for_each(|part| waiting.add(alone(CLERK), true, part, now));
    assert_eq!(waiting.turn(MANY, now), Turn::Batch(Group::Alone(SENDER), 0));
    waiting.took(Group::Alone(SENDER), PART, now);
    assert_eq!(waiting.turn(MANY, now), Turn::Batch(Group::Alone(CLERK), 10));
    waiting.took(Group::Alone(CLERK), PART, now);
    assert_eq!(waiting.turn(MANY, now), Turn::After(now + PART * REST));
    waiting.wake();
    assert_eq!(waiting.turn(MANY, now), Turn::Batch(Group::Alone(SENDER), 1));
    assert_eq!(waiting.turn(MANY, now), Turn::Batch(Group::Alone(CLERK), 11));
    assert_eq!(waiting.turn(MANY, now), Turn::Nobody);
}

#[test]
fn the_accounts_of_an_agency_have_its_turns_together() {
    let (mut waiting, now) = waiting();
    (0..50).for_each(|account| waiting.add(of_agency(100 + i64::from(account), AGENCY), false, account, now));
    (0..3).for_each(|number| waiting.add(of_agency(CLERK, AGENCY + 1), false, 70 + number, now));
    waiting.add(alone(SENDER), false, 80, now);
    assert_eq!(waiting.turn(8, now), Turn::Single(vec![0, 70, 80, 1, 71, 2, 72, 3]));
    assert_eq!(waiting.turn(MANY, now), Turn::Single((4..50).collect()));
}

#[test]
fn the_batches_of_an_agency_have_a_third_of_the_time_however_many_accounts_send_them() {
    let (mut waiting, begin) = waiting();
    let (mut now, mut of_batches, mut written) = (begin, Duration::ZERO, 0);
    let sender = |account: u32| of_agency(100 + i64::from(account), AGENCY);
    (0..8).for_each(|account| waiting.add(sender(account), true, account, now));
    waiting.add(of_agency(CLERK, AGENCY + 1), false, 0, now);
    while now < begin + PART * 100 {
        match waiting.turn(MANY, now) {
            Turn::Single(_) => {
                now += COMMIT;
                written += 1;
                waiting.add(of_agency(CLERK, AGENCY + 1), false, 0, now);
            }
            Turn::Batch(group, account) => {
                now += PART;
                of_batches += PART;
                waiting.took(group, PART, now);
                waiting.add(sender(account), true, account, now);
            }
            other => panic!("{other:?}"),
        }
    }
    assert!((PART * 32..=PART * 34).contains(&of_batches), "{of_batches:?} of {:?}", PART * 100);
    assert!(written > 6500, "{written} of the 10000 that the clerk writes alone");
}

#[test]
fn batches_rest_for_single_writes_of_colleagues_and_not_for_their_batches() {
    let (mut waiting, now) = waiting();
    let (one, other) = (of_agency(1, AGENCY), of_agency(2, AGENCY));
    let agency = Group::Agency(AgencyId(AGENCY));
    for round in 0..2 {
        [(one, 10), (other, 20)].into_iter().for_each(|(sender, part)| waiting.add(sender, true, part + round, now));
    }
    for part in [10, 20, 11] {
        assert_eq!(waiting.turn(MANY, now), Turn::Batch(agency, part), "nobody waits for a pause");
        waiting.took(agency, PART, now);
    }
    waiting.add(of_agency(3, AGENCY), false, 30, now);
    assert_eq!(waiting.turn(MANY, now), Turn::Single(vec![30]));
    assert_eq!(waiting.turn(MANY, now), Turn::After(now + PART * REST), "the colleague is about to write again");
    assert_eq!(waiting.turn(MANY, now + ABOUT), Turn::Batch(agency, 21));
}
