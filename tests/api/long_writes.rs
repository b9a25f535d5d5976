//! Growth of the work of a single write that concerns much with what is recorded, as `docs/limits.md` says: all other
//! writes wait for it.

use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use support::bodies;
use support::engines::FromEngine;
use support::statements::Counted;
use support::{Engine, Server, World, on_both_engines};
use thidua_domain::accounts::users::Role;
use thidua_persistence::{Database, Options};

/// A small world whose statements are counted: nothing else uses its database.
struct Counting(World, Counted);

impl FromEngine for Counting {
    fn on(engine: Engine) -> Option<Self> {
        Counted::begin();
        let place = engine.place()?;
        // The follower asks all the time, and would disturb the counts; nobody else writes here.
        let options = Options { follow_every: Duration::from_secs(3600), ..place.options() };
        let database = Arc::new(Database::open(options).expect("the database opens"));
        support::server::create_user(&database, "admin", Role::Admin);
        let counted = Counted::of(&place.url);
        let world = World::furnish(Server::on_database(place, database));
        world.course("K");
        // So that declared figures stand beside head counts.
        let compared = json!({"source": {"compared_with": {"kind": "people_on_roll"}}});
        world.admin.patch("/api/v1/indicators/CT2", &compared).expect(200);
        Some(Self(world, counted))
    }
}

impl Counting {
    /// A new agency with so many people on its roll, each trained once.
    fn hire(&self, agency: &str, many: usize) {
        self.0.agency(agency, "ubnd_xa", Some("H18"));
        let tenures = json!([{"agency": agency, "from": "2026-01-05"}]);
        let code = |number: usize| format!("{agency}-{number}");
        let people: Vec<_> =
            (0..many).map(|number| json!({"code": code(number), "kind": "cong_chuc", "tenures": tenures})).collect();
        let records: Vec<_> = (0..many).map(|number| bodies::training(&code(number), "K", "2026-02-10")).collect();
        for (resource, rows) in [("staff", people), ("training-records", records)] {
            let told = self.0.admin.post(&format!("/api/v1/{resource}/batch?mode=partial"), &json!(rows)).expect(207);
            assert_eq!(told.json["created"], many, "{}", told.json);
        }
    }

    /// The statements of a write, and the changes that it makes.
    fn of(&self, write: impl FnOnce()) -> (u64, i64) {
        let before = self.0.server.database().model().seq;
        let ((), statements) = self.1.during(write);
        (statements, self.0.server.database().model().seq - before)
    }

    fn merge(&self, agency: &str) -> (u64, i64) {
        let merger = json!({"predecessors": [agency], "on": "2026-11-25"});
        self.of(|| drop(self.0.admin.post("/api/v1/agencies/H18.2/merger", &merger).expect(200)))
    }

    fn transfer(&self, person: &str) -> (u64, i64) {
        let path = format!("/api/v1/staff/{person}/transfers");
        self.of(|| drop(self.0.admin.post(&path, &json!({"agency": "H18.2", "on": "2026-11-20"})).expect(200)))
    }

    fn redefine(&self, results: &[&str]) -> (u64, i64) {
        let patch = json!({"source": {"results": results}});
        self.of(|| drop(self.0.admin.patch("/api/v1/indicators/CT7", &patch).expect(200)))
    }

    fn place(&self, agency: &str, parent: &str) -> (u64, i64) {
        let patch = json!({"parent": parent, "placed_from": "2026-11-26"});
        self.of(|| drop(self.0.admin.patch(&format!("/api/v1/agencies/{agency}"), &patch).expect(200)))
    }
}

#[on_both_engines]
fn a_merger_changes_each_person_on_the_roll_and_asks_ten_times_for_each(counting: Counting) {
    let mut asked = Vec::new();
    for many in [20, 40, 80] {
        let agency = format!("H18.9{many}");
        counting.hire(&agency, many);
        let (statements, changes) = counting.merge(&agency);
        // Those of the people, and the agency's; the successor has its predecessors in a change of its own.
        assert!((many as i64 + 1..=many as i64 + 2).contains(&changes), "{many}: {changes}");
        asked.push(statements);
    }
    // One more person costs the same, however many there are already.
    let (first, second) = ((asked[1] - asked[0]) / 20, (asked[2] - asked[1]) / 40);
    assert!(first <= 10 && second <= 10, "{asked:?}");
    counting.0.server.assert_verified();
}

#[on_both_engines]
fn a_transfer_and_a_move_in_the_tree_ask_for_no_more_where_more_is_recorded(counting: Counting) {
    let (mut transfers, mut moves) = (Vec::new(), Vec::new());
    for (many, parent) in [(20, "H18.20"), (200, "H18"), (400, "H18.20")] {
        let agency = format!("H18.9{many}");
        counting.hire(&agency, many);
        transfers.push(counting.transfer(&format!("{agency}-0")).0);
        moves.push(counting.place("H18.1", parent).0);
    }
    // The first write of each kind may do look-ups that later ones need not repeat.
    assert!(transfers[1] <= transfers[0] && transfers[2] <= transfers[1], "{transfers:?}");
    assert!(moves[1] <= moves[0] && moves[2] <= moves[1], "{moves:?}");
    counting.0.server.assert_verified();
}

#[on_both_engines]
fn a_redefinition_is_one_change_and_reads_all_that_is_recorded_in_pages(counting: Counting) {
    let mut asked = Vec::new();
    for (many, results) in [(50, &["attended"][..]), (400, &["attended", "completed"])] {
        counting.hire(&format!("H18.9{many}"), many);
        let (statements, changes) = counting.redefine(results);
        assert_eq!(changes, 1);
        asked.push(statements);
    }
    // Nine times the people, and less than twice the statements: pages, and cells that change.
    assert!(asked[1] < asked[0] * 2, "{asked:?}");
    counting.0.server.assert_verified();
}
