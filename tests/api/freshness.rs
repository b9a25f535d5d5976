//! Answers of a node that lags behind: `Prefer: wait` has it look at the end of the log first.

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};
use serde_json::json;
use support::engines::Place;
use support::server::PASSWORD;
use support::{World, on_both_engines};

/// Takes the last change, the creation of a movement, out of the database.
fn cut(place: &Place, seq: i64) {
    let sql = format!("DELETE FROM movements WHERE id = {seq}; DELETE FROM changes WHERE seq = {seq}");
    let done = if place.is_postgres() {
        PgConnection::establish(&place.url).unwrap().batch_execute(&sql)
    } else {
        SqliteConnection::establish(place.url.strip_prefix("sqlite:").unwrap()).unwrap().batch_execute(&sql)
    };
    done.unwrap();
}

#[on_both_engines]
fn a_node_that_is_asked_to_wait_reflects_every_commit_before(world: World) {
    let behind = world.server.lagging_node();
    let client = behind.login("admin", PASSWORD);
    let of_figure = "/api/v1/attainments/CT5/H18.1/2026-02";
    let before = client.get(of_figure).expect(200);
    world.declare("CT5", "H18.1", "2026-02", 1, 2);
    assert_eq!(client.get(of_figure).expect(200).json, before.json, "it has not heard of it");
    let fresh = client.clone().with("prefer", "wait=5").get(of_figure).expect(200);
    assert_eq!(fresh.headers["preference-applied"], "wait=5");
    assert_ne!(fresh.json, before.json);
    assert_eq!(fresh.json, world.admin.get(of_figure).expect(200).json);
}

#[on_both_engines]
fn a_server_under_which_the_log_was_cut_reads_everything_again(world: World) {
    let node = world.server.lagging_node();
    let client = node.login("admin", PASSWORD).with("prefer", "wait=5");
    let movement = |code: &str| json!({"code": code, "name_vi": "Phong trào", "basis": ["2158/KH-UBND"]});
    let lost = world.create("movements", movement("LOST"));
    client.get("/api/v1/movements/LOST").expect(200);
    // As a standby that lacked the last commit, or a backup.
    cut(world.server.place(), lost["id"].as_i64().unwrap());
    client.get("/api/v1/movements/LOST").expect(404);
    client.get("/api/v1/movements/M").expect(200);
    client.post("/api/v1/movements", &movement("NEXT")).expect(201);
    client.get("/api/v1/movements/NEXT").expect(200);
    world.admin.clone().with("prefer", "wait=5").get("/api/v1/movements/LOST").expect(404);
    world.server.assert_verified();
}

#[on_both_engines]
fn waiting_goes_with_other_preferences(world: World) {
    let strict = world.admin.clone().with("prefer", "count=exact, wait=5, handling=strict");
    let list = strict.get("/api/v1/agencies").expect(200);
    assert_eq!(list.headers["preference-applied"], "count=exact, handling=strict, wait=5");
    let tried = world.admin.clone().with("prefer", "tx=rollback, wait=5");
    let tried = tried.post("/api/v1/calendars", &json!({"code": "thu", "name_vi": "Thử"})).expect(201);
    assert_eq!(tried.headers["preference-applied"], "tx=rollback, wait=5");
    let endless = world.admin.clone().with("prefer", "wait=soon, handling=strict");
    endless.get("/api/v1/agencies").refused(400, "unknown_preference");
}
