//! Broken connections at a commit: no answer claims what is not so, and a repetition under the same key finds the
//! truth.

use super::kills::prepare;
use serde_json::Value;
use support::bodies;
use support::cluster::Cluster;
use support::engines::Place;
use support::load::courses_created;
use support::program::Serving;
use support::waiting::eventually;
use support::wire::{Cut, Wire};

fn course(code: &str) -> Value {
    bodies::course(code, "H18.SKHCN")
}

#[test]
fn a_commit_without_an_answer_is_neither_lost_nor_done_twice() {
    let Some(cluster) = Cluster::start() else { return };
    prepare(&Place::at(cluster.url()));
    let wire = Wire::to(cluster.address());
    let place = Place::at(cluster.url().replace(&cluster.address().to_string(), &wire.address.to_string()));
    let serving = Serving::start(&place, &["--sample"]);
    let root = serving.root();

    for (code, cut) in [("K-AFTER", Cut::After), ("K-BEFORE", Cut::Before)] {
        wire.cut(cut, code, true);
        let made = root.clone().with("idempotency-key", code).post("/api/v1/courses", &course(code)).expect(201);
        assert!(wire.was_cut(), "the connection was lost in this commit");
        let again = root.clone().with("idempotency-key", code).post("/api/v1/courses", &course(code)).expect(201);
        assert_eq!(
            (again.headers.get("idempotency-replayed").map(String::as_str), again.json),
            (Some("true"), made.json)
        );
        assert_eq!(courses_created(&root).get(code), Some(&1), "{code}");
    }

    for (code, cut, stands) in [("K-PERHAPS", Cut::After, true), ("K-PERHAPS-NOT", Cut::Before, false)] {
        wire.cut(cut, code, false);
        let keyed = root.clone().with("idempotency-key", code);
        keyed.post("/api/v1/courses", &course(code)).refused(503, "outcome_unknown");
        wire.mend();
        eventually("the server is ready", || (serving.anonymous().get("/readyz").status == 200).then_some(()));
        let again = keyed.post("/api/v1/courses", &course(code)).expect(201);
        assert_eq!(again.headers.contains_key("idempotency-replayed"), stands, "{code}");
        assert_eq!(courses_created(&root).get(code), Some(&1), "{code}");
    }
    assert_eq!(serving.terminate(), Some(0));
}
