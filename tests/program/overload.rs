//! Overload: when the database is busy or hangs, callers are refused in time, and nobody waits without end.

use super::kills::prepare;
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use support::bodies;
use support::cluster::Cluster;
use support::engines::Place;
use support::program::Serving;
use support::waiting::eventually;
use support::{Client, World, on_both_engines};

fn course(code: &str) -> Value {
    bodies::course(code, "H18.20")
}

/// A session that holds the lock of all writers.
enum Holder {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Holder {
    fn of(place: &Place) -> Self {
        let lock = "BEGIN; SELECT pg_advisory_xact_lock(hashtext('thidua write'), hashtext(current_schema()))";
        if place.is_postgres() {
            let mut connection = PgConnection::establish(&place.url).unwrap();
            connection.batch_execute(lock).unwrap();
            Self::Postgres(connection)
        } else {
            let mut connection = SqliteConnection::establish(place.url.strip_prefix("sqlite:").unwrap()).unwrap();
            connection.batch_execute("BEGIN IMMEDIATE").unwrap();
            Self::Sqlite(connection)
        }
    }

    fn lets_go(mut self) {
        match &mut self {
            Self::Sqlite(connection) => connection.batch_execute("ROLLBACK").unwrap(),
            Self::Postgres(connection) => connection.batch_execute("ROLLBACK").unwrap(),
        }
    }
}

/// Sends many requests at once and says how long the longest answer took; each must be a refusal to come again.
fn all_sent_away(many: usize, ask: impl Fn(usize) -> support::Answer + Sync) -> Duration {
    let longest = std::thread::scope(|scope| {
        let ask = &ask;
        let asked: Vec<_> = (0..many)
            .map(|number| {
                scope.spawn(move || {
                    let sent = Instant::now();
                    let refused = ask(number).refused(503, "unavailable");
                    assert!(refused.headers.contains_key("retry-after"));
                    sent.elapsed()
                })
            })
            .collect();
        asked.into_iter().map(|one| one.join().expect("it is answered")).max()
    });
    longest.unwrap_or_default()
}

#[on_both_engines]
fn a_write_waits_for_others_only_so_long(world: World) {
    world.create("courses", course("K-BEFORE"));
    let holder = Holder::of(world.server.place());
    let longest = all_sent_away(24, |number| world.admin.post("/api/v1/courses", &course(&format!("K-{number}"))));
    println!("24 writes behind a lock were sent away after {} ms at most", longest.as_millis());
    world.admin.get("/api/v1/courses/K-BEFORE").expect(200);
    holder.lets_go();
    world.admin.post("/api/v1/courses", &course("K-1")).expect(201);
    world.admin.get("/api/v1/courses/K-2").expect(404);
    world.server.assert_verified();
}

#[test]
fn a_database_that_hangs_holds_nobody_up() {
    let Some(cluster) = Cluster::start() else { return };
    let place = Place::at(cluster.url());
    prepare(&place);
    let serving = Serving::start(&place, &["--sample"]);
    let root = serving.root();
    cluster.freeze();
    let client: &Client = &root;
    let reads = all_sent_away(40, |_| client.get("/api/v1/courses"));
    let writes = all_sent_away(8, |number| client.post("/api/v1/courses", &course(&format!("K-{number}"))));
    println!(
        "while PostgreSQL hangs, 40 reads are sent away after {} ms at most, 8 writes after {} ms",
        reads.as_millis(),
        writes.as_millis()
    );
    serving.anonymous().get("/healthz").expect(200);
    serving.anonymous().get("/readyz").refused(503, "unavailable");
    cluster.thaw();
    eventually("the server is ready", || (serving.anonymous().get("/readyz").status == 200).then_some(()));
    eventually("writes go on", || (root.post("/api/v1/courses", &sample_course()).status == 201).then_some(()));
    assert_eq!(serving.terminate(), Some(0));
}

fn sample_course() -> Value {
    let mut course = course("K-AFTER");
    course["organiser"] = json!("H18.SKHCN");
    course
}
