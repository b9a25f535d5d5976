//! Dry runs: `Prefer: tx=rollback` changes nothing.

use super::examples::{self, OwnSample};
use crate::contract::document::operations;
use support::on_both_engines;

/// Operations that are sent with POST and change nothing.
const QUESTIONS: &[&str] = &["reconcileCells", "rehearseProvincialReport"];

#[on_both_engines]
fn what_cannot_be_tried_is_refused_and_so_is_a_misspelt_trial(sample: OwnSample) {
    let server = &sample.0;
    let admin = server.admin();
    let (seq, mut tried, mut not) = (server.database().model().seq, 0, 0);
    for (path, method, operation) in operations() {
        let id = operation["operationId"].as_str().unwrap();
        if method == "GET" || QUESTIONS.contains(&id) {
            continue;
        }
        let send = |prefer: &str| {
            let client = examples::with_headers(&admin, &operation).with("prefer", prefer);
            examples::send(&client, &path, &method, &operation)
        };
        let takes = operation["parameters"].as_array().into_iter().flatten();
        let can_be_tried = takes
            .filter(|one| one["name"] == "Prefer")
            .any(|one| one["description"].as_str().unwrap().contains("tx=rollback"));
        for prefer in ["tx=Rollback", "tx=rolback", "tx", "wait=1, tx=\"no\""] {
            send(prefer).refused(400, "unknown_preference");
        }
        if can_be_tried {
            assert_ne!(send("tx=rollback").status, 400, "{id}");
            tried += 1;
        } else {
            send("tx=rollback").refused(400, "unknown_preference");
            send("tx=rollback, handling=strict").refused(400, "unknown_preference");
            not += 1;
        }
    }
    assert_eq!(
        (server.database().model().seq, not),
        (seq, 10),
        "nothing was done; those of log-in, sessions, invitations"
    );
    assert!(tried > 60, "{tried}");
    admin.get("/api/v1/me").expect(200);
}
