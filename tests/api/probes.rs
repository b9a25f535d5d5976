//! Readiness: a node whose answers are too old is not ready.

use chrono::{TimeDelta, Utc};
use std::sync::Arc;
use support::engines::Place;
use support::waiting::eventually;
use support::{Server, on_both_engines};
use thidua_domain::accounts::users::{Role, User};
use thidua_domain::text::Code;
use thidua_persistence::accounts::users;
use thidua_persistence::accounts::users::UserProfile;
use thidua_persistence::write::metrics::WriteOutcome;
use thidua_persistence::{Context, Database};

/// Writes a change that was made some time ago.
fn change(database: &Database, name: &str, ago: TimeDelta) {
    let profile = UserProfile {
        username: Code::parse("", name).unwrap(),
        display_name: None,
        user: User { role: Role::Viewer, agency: None, disabled: false, password_version: 1, password_given: false },
        sign_on: None,
    };
    let context = Context::of_program(Utc::now() - ago, None);
    database.write(context, move |transaction| users::insert(transaction, &profile, "-")).unwrap();
}

/// A node that learns of commits only when it writes itself, as it does at its start.
fn lagging(node: &Server) -> Server {
    let lagging = node.lagging_node();
    let has_written = || (lagging.database().writer().ended(WriteOutcome::Committed) > 0).then_some(());
    eventually("it has looked for unused accounts", has_written);
    lagging
}

#[on_both_engines]
fn a_node_is_not_ready_whose_answers_are_half_a_minute_behind(place: Place) {
    let database = Arc::new(place.open());
    change(&database, "a", TimeDelta::hours(2));
    let node = Server::on_database(place, database);
    let lagging = lagging(&node);
    lagging.anonymous().get("/readyz").expect(200);
    change(node.database(), "b", TimeDelta::seconds(5));
    lagging.anonymous().get("/readyz").expect(200);
    change(node.database(), "c", TimeDelta::seconds(4));
    node.anonymous().get("/readyz").expect(200);
    lagging.anonymous().get("/healthz").expect(200);
    change(lagging.database(), "d", TimeDelta::zero());
    lagging.anonymous().get("/readyz").expect(200);
}

#[on_both_engines]
fn a_node_far_behind_says_so_until_it_has_caught_up(place: Place) {
    let database = Arc::new(place.open());
    change(&database, "a", TimeDelta::hours(2));
    let node = Server::on_database(place, database);
    let lagging = lagging(&node);
    change(node.database(), "b", TimeDelta::hours(1));
    lagging.anonymous().get("/readyz").refused(503, "unavailable");
    lagging.anonymous().get("/healthz").expect(200);
    node.anonymous().get("/readyz").expect(200);
    change(lagging.database(), "c", TimeDelta::zero());
    lagging.anonymous().get("/readyz").expect(200);
}
