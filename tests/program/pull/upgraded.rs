//! A copy that an older puller has begun.

use super::copy::{Copy, assert_same};
use super::pulled;
use crate::database::fixture::Tables;
use crate::database::released::{Released, log_in};
use serde_json::json;
use support::bodies;
use support::engines::Place;
use support::on_both_engines;
use support::program::{Serving, pull};
use thidua_domain::accounts::users::Role;

#[on_both_engines]
fn a_copy_in_the_first_form_keeps_its_hashes_and_goes_on_in_the_second(here: Place) {
    for released in Released::all() {
        let place = released.on(&here);
        // Without this, the upgrade's own changes would have the second form before the copy begins.
        drop(place.open());
        Tables::of(&place).execute("DELETE FROM upgrade_steps");
        let serving = Serving::start(&place, &[]);
        let root = log_in(&serving);
        let run = |copy: &Copy| pulled(&mut pull(&serving.url, &copy.path, root.token()));
        let copy = Copy::new();
        run(&copy);
        copy.execute(
            "ALTER TABLE changes DROP COLUMN form; ALTER TABLE changes DROP COLUMN nonce; PRAGMA user_version = 0",
        );
        let changes = || copy.ask("SELECT json_array(seq, hash, before, after) AS value FROM changes ORDER BY seq");
        let before = changes();

        let course = bodies::course("K-MOI", "H18.20");
        root.post("/api/v1/courses", &course).expect(201);
        assert!(run(&copy).contains(&format!("from {} to {}", before.len(), before.len() + 1)));
        assert_eq!(changes()[..before.len()], before);
        let forms = copy
            .ask("SELECT json_array(form, COUNT(*), COUNT(nonce)) AS value FROM changes GROUP BY form ORDER BY form");
        assert_eq!(forms, [json!([1, before.len(), 0]), json!([2, 1, 1])]);
        let anew = Copy::new();
        run(&anew);
        assert!(copy.content() == anew.content(), "it is as if it had been begun now");
        assert_same(&copy, &root, &place.open(), Role::Admin);
    }
}
