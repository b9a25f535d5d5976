//! Transactions that PostgreSQL breaks off, such as the victim of a deadlock, are run again.

use diesel::connection::SimpleConnection;
use diesel::sql_types::BigInt;
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, sql_query};
use std::sync::mpsc::channel;
use support::Engine;
use support::waiting::eventually;
use thidua_domain::accounts::users::{Role, User};
use thidua_domain::text::Code;
use thidua_persistence::accounts::users;
use thidua_persistence::accounts::users::UserProfile;
use thidua_persistence::{Context, Database};

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[test]
fn a_write_that_is_the_victim_of_a_deadlock_is_run_again() {
    let Some(place) = Engine::Postgres.place() else { return };
    let other = || PgConnection::establish(&place.url).expect("a connection");
    // Of the two, the writer looks for a deadlock sooner, and so is the one to give way.
    let options = place.options();
    let thidua_persistence::Engine::Postgres(url) = &options.engine else { panic!("not PostgreSQL") };
    let url = url.replace("options=", "options=-cdeadlock_timeout%3D2s%20");
    let database = Database::open(thidua_persistence::Options::from_url(&url)).expect("the database opens");

    let mut first = other();
    first.batch_execute("SET deadlock_timeout = '30s'; BEGIN; LOCK TABLE users IN EXCLUSIVE MODE").expect("a lock");
    let (answer, answered) = channel();
    let context = Context::of_program("2026-11-01T00:00:00Z".parse().expect("a time"), None);
    let profile = UserProfile {
        username: Code::parse("", "moi").expect("a name"),
        display_name: None,
        user: User { role: Role::Viewer, agency: None, disabled: false, password_version: 1, password_given: false },
        sign_on: None,
    };
    database.submit(
        context,
        move |transaction| users::insert(transaction, &profile, "-"),
        move |outcome| answer.send(outcome).expect("the test waits"),
    );
    let mut watch = other();
    eventually("the writer waits for the table", || {
        let waiting = "SELECT count(*) AS count FROM pg_locks WHERE NOT granted AND relation = 'users'::regclass";
        let found: Count = sql_query(waiting).get_result(&mut watch).expect("a count");
        (found.count > 0).then_some(())
    });
    let lock = "SELECT pg_advisory_xact_lock(hashtext('thidua write'), hashtext(current_schema()))";
    first.batch_execute(lock).expect("the writer gives way");
    first.batch_execute("ROLLBACK").expect("and gets its turn");
    let made = answered.recv().expect("it is answered").expect("it is run again");
    let found = database.read(|connection| users::find(connection, "moi")).expect("users can be read");
    assert_eq!(found.map(|(id, _)| id), Some(made));
}
