//! Agencies share what all use; of its share nobody has more for having more accounts.

use super::rights::Held;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::ScopedJoinHandle;
use support::waiting::eventually;
use support::{Answer, Client, World, on_both_engines};
use thidua_domain::users::Role;

const STAFF: &str = "/api/v1/staff";

/// Something that is sent by a thread of its own.
type Work = Box<dyn Fn() -> Answer + Send + Sync>;

fn person(code: &str, agency: &str) -> Value {
    json!({"code": code, "kind": "cong_chuc", "tenures": [{"agency": agency, "from": "2026-01-05"}]})
}

fn clerks(world: &World, agency: &str, many: usize) -> Vec<Client> {
    (0..many).map(|_| world.server.user(Role::Editor, Some(agency))).collect()
}

/// The codes of people with a prefix, in the order in which they were created: that of their identities.
fn written(world: &World, prefix: &str) -> Vec<String> {
    let mut people = world.admin.get("/api/v1/staff?limit=1000").expect(200).items().clone();
    people.sort_by_key(|person| person["id"].as_i64());
    let codes = people.iter().filter_map(|person| person["code"].as_str());
    codes.filter(|code| code.starts_with(prefix)).map(str::to_owned).collect()
}

fn insert(client: &Client, code: String, agency: &'static str) -> Work {
    let client = client.clone();
    Box::new(move || client.post(STAFF, &person(&code, agency)))
}

fn batch(client: &Client, code: String, agency: &'static str) -> Work {
    let client = client.clone();
    Box::new(move || client.post(&format!("{STAFF}/batch?mode=partial"), &json!([person(&code, agency)])))
}

/// Sends some works after others while the writer cannot go on, each time until so many are queued, and awaits the answers.
fn queued(world: &World, sent: &[(Vec<Work>, u64)]) {
    let writer = world.server.database().writer();
    let held = Held::begin(&world.server, |_| Ok(()));
    std::thread::scope(|scope| {
        let mut all: Vec<ScopedJoinHandle<'_, Answer>> = Vec::new();
        for (works, waiting) in sent {
            all.extend(works.iter().map(|work| scope.spawn(work)));
            eventually("all are queued", || (writer.waiting() == *waiting).then_some(()));
        }
        held.let_go();
        for answer in all {
            answer.join().unwrap().expect(201);
        }
    });
}

on_both_engines! {
    fn single_writes_come_in_turn_by_agency_and_then_by_account(world: World) {
        for many in [1, 6] {
            let (crowd, one) = (clerks(&world, "H18.1", many), clerks(&world, "H18.2", 1));
            let theirs = (0..12).map(|number| insert(&crowd[number % many], format!("D{many}-D-{number}"), "H18.1")).collect();
            let ones = (0..3).map(|number| insert(&one[0], format!("D{many}-M-{number}"), "H18.2")).collect();
            queued(&world, &[(theirs, 12), (ones, 15)]);
            let order = written(&world, &format!("D{many}-"));
            let places: Vec<_> = (0..order.len()).filter(|place| order[*place].contains("-M-")).collect();
            assert_eq!((order.len(), places), (15, vec![1, 3, 5]), "{many}: {order:?}");
            let numbers = order.iter().filter_map(|code| code.strip_prefix(&format!("D{many}-D-")));
            let senders: Vec<_> = numbers.map(|number| number.parse::<usize>().unwrap() % many).collect();
            for round in senders.chunks(many) {
                assert_eq!(BTreeSet::from_iter(round).len(), many, "each account once: {senders:?}");
            }
        }
        world.server.assert_verified();
    }

    fn who_stands_for_the_whole_province_has_turns_of_their_own(world: World) {
        let (crowd, roots) = (clerks(&world, "H18.1", 2), clerks(&world, "H18", 2));
        let everywhere = world.server.user(Role::Editor, None);
        let theirs = (0..4).map(|number| insert(&crowd[number % 2], format!("T-D-{number}"), "H18.1")).collect();
        let own = roots.iter().chain([&everywhere]).enumerate();
        let own = own.map(|(number, client)| insert(client, format!("T-G-{number}"), "H18")).collect();
        queued(&world, &[(theirs, 4), (own, 7)]);
        let order: Vec<_> = written(&world, "T-").iter().map(|code| code.contains("-G-")).collect();
        assert_eq!(order, [false, true, true, true, false, false, false]);
        world.server.assert_verified();
    }

    fn batches_of_an_agency_come_in_turn_with_anothers_and_have_half_of_the_places(world: World) {
        // Each account may have eight of the thirty-two places, and the agency sixteen.
        let (crowd, one) = (clerks(&world, "H18.1", 4), clerks(&world, "H18.2", 1));
        let theirs: Vec<_> = (0..32).map(|number| batch(&crowd[number % 4], format!("L-D-{number}"), "H18.1")).collect();
        let own = batch(&one[0], "L-M".to_owned(), "H18.2");
        let (writer, refused) = (world.server.database().writer(), AtomicU64::new(0));
        let held = Held::begin(&world.server, |_| Ok(()));
        std::thread::scope(|scope| {
            let all: Vec<_> = theirs.iter().map(|work| {
                let refused = &refused;
                scope.spawn(move || {
                    let answer = work();
                    refused.fetch_add(u64::from(answer.status == 503), Ordering::SeqCst);
                    answer.status
                })
            }).collect();
            // Whoever finds no place is sent away after ten seconds; whoever has one waits for the writer.
            eventually("half of them find no place", || (refused.load(Ordering::SeqCst) == 16).then_some(()));
            assert_eq!(writer.waiting(), 16);
            let own = scope.spawn(own);
            eventually("the other agency finds one", || (writer.waiting() == 17).then_some(()));
            held.let_go();
            own.join().unwrap().expect(207);
            let written = all.into_iter().map(|one| one.join().unwrap()).filter(|status| *status == 207);
            assert_eq!(written.count(), 16);
        });
        let order = written(&world, "L-");
        assert_eq!(order.iter().position(|code| code == "L-M"), Some(1), "{order:?}");
        world.server.assert_verified();
    }
}
