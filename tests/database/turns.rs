//! Turns of the writer: single writes go before batches, and no account's writes stand before another's.

use crate::database::fixture::{Fixture, Tables, context, finding, hire};
use std::sync::mpsc::channel;
use support::on_both_engines;
use support::waiting::eventually;
use thidua_domain::log::changes::{Actor, ActorKind};
use thidua_persistence::verify::Finding;
use thidua_persistence::{Context, Prefetch};

#[on_both_engines]
fn others_write_before_batches_that_came_first_and_between_them(world: Fixture) {
    let (commune, is_postgres) = (world.commune(), world.place.is_postgres());
    let mut lock = Tables::of(&world.place);
    lock.execute(match is_postgres {
        false => "BEGIN IMMEDIATE",
        true => "BEGIN; SELECT pg_advisory_xact_lock(hashtext('thidua write'), hashtext(current_schema()))",
    });
    let commits = || world.database.writer().batches.counted().counts;
    let before = commits();
    let (told, answers) = channel();
    let send = |account: i64, code: &'static str, is_batch: bool| {
        let context = Context { actor: Actor { kind: ActorKind::Person, id: account }, ..context() };
        let prefetch = Prefetch { is_batch, ..Prefetch::default() };
        let told = told.clone();
        let reply = move |outcome: thidua_persistence::Result<_>| {
            told.send((outcome.expect("it fits"), code)).expect("somebody waits");
        };
        world.database.submit_prefetching(
            context,
            prefetch,
            move |transaction| hire(transaction, code, commune),
            reply,
        );
    };
    // The writer begins with the first, and cannot go on.
    send(1, "FIRST", false);
    eventually("the writer has begun", || world.database.writer().busy());
    for part in ["PART-1", "PART-2"] {
        send(2, part, true);
    }
    send(3, "WHOLE", true);
    for single in ["ONE-1", "ONE-2", "ONE-3"] {
        send(2, single, false);
    }
    send(4, "CLERK", false);
    lock.execute("ROLLBACK");
    let mut written: Vec<_> = answers.iter().take(8).collect();
    written.sort_unstable();
    let order: Vec<_> = written.into_iter().map(|(_, code)| code).collect();
    assert_eq!(order, ["FIRST", "ONE-1", "CLERK", "ONE-2", "ONE-3", "PART-1", "WHOLE", "PART-2"]);
    // Each batch has had a commit of its own.
    let shared: Vec<_> = commits().iter().zip(&before).map(|(now, before)| now - before).take(3).collect();
    assert_eq!(shared, [4, 0, 1], "of one, of two, of three or four");
    assert!(matches!(finding(&world.database), Finding::Clean { .. }));
}
