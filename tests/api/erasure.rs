//! A name is kept apart, shown to those who keep the roll, and erased without a trace.

use diesel::prelude::*;
use diesel::sql_types::Text;
use serde_json::json;
use support::{World, on_both_engines};
use thidua_domain::users::Role;
use thidua_persistence::Engine;

const NAME: &str = "Lò Thị Mẫu";

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    text: String,
}

/// Whatever the change log says, on one heap.
fn log(world: &World) -> String {
    let query = "SELECT COALESCE(before, '') || COALESCE(after, '') || COALESCE(reason, '') AS text FROM changes";
    let lines: Vec<Line> = match world.server.database().engine() {
        Engine::Sqlite(path) => diesel::sql_query(query).load(&mut SqliteConnection::establish(path).unwrap()).unwrap(),
        Engine::Postgres(url) => diesel::sql_query(query).load(&mut PgConnection::establish(url).unwrap()).unwrap(),
    };
    assert!(lines.len() > 20);
    lines.into_iter().map(|line| line.text).collect()
}

fn hire(world: &World, code: &str) {
    world.create(
        "staff",
        json!({"code": code, "kind": "can_bo", "name": NAME, "tenures": [{"agency": "H18.1", "from": "2025-01-01"}]}),
    );
}

on_both_engines! {
    fn a_name_is_shown_to_those_who_write_only(world: World) {
        hire(&world, "NV");
        for (role, shown) in [(Role::Admin, true), (Role::Editor, true), (Role::Approver, true), (Role::Viewer, false), (Role::Auditor, false)] {
            let client = world.server.user(role, Some("H18.1"));
            for answer in [client.get("/api/v1/staff/NV").expect(200), client.get("/api/v1/staff").expect(200)] {
                assert_eq!(String::from_utf8_lossy(&answer.body).contains(NAME), shown, "{role}");
            }
        }
    }

    fn an_erased_name_is_gone_everywhere_and_the_figures_stay(world: World) {
        hire(&world, "NV");
        world.course("K");
        world.trained("NV", "K", "2026-01-06");
        let row = world.attainment("CT7", "H18.1", "2026-01");
        let editor = world.server.user(Role::Editor, Some("H18.1"));
        for _ in 0..2 {
            editor.delete("/api/v1/staff/NV/name").expect(204);
        }
        assert!(editor.get("/api/v1/staff/NV").expect(200).json["name"].is_null());
        assert!(!String::from_utf8_lossy(&editor.get("/api/v1/staff").expect(200).body).contains(NAME));
        let after = world.attainment("CT7", "H18.1", "2026-01");
        assert_eq!((&after["numerator"], &after["denominator"]), (&row["numerator"], &row["denominator"]));
        world.server.assert_verified();
    }

    fn a_name_of_null_in_a_patch_erases_it_and_another_replaces_it(world: World) {
        hire(&world, "NV");
        let patch = |body| world.admin.patch("/api/v1/staff/NV", &body).expect(200).json["name"].clone();
        assert_eq!(patch(json!({"kind": "vien_chuc"})), NAME);
        assert_eq!(patch(json!({"name": "Tên khác"})), "Tên khác");
        assert!(patch(json!({"name": null})).is_null());
        assert!(world.admin.get("/api/v1/staff/NV").expect(200).json["name"].is_null());
    }

    fn the_change_log_never_holds_a_name(world: World) {
        hire(&world, "NV");
        world.admin.patch("/api/v1/staff/NV", &json!({"name": "Tên Khác Hẳn"})).expect(200);
        world.admin.delete("/api/v1/staff/NV/name").expect(204);
        hire(&world, "NV2");
        world.admin.delete("/api/v1/staff/NV2").expect(204);
        let log = log(&world);
        assert!(log.contains("\"NV2\""), "the log tells of the person");
        assert!(!log.contains(NAME) && !log.contains("Tên Khác Hẳn"));
    }

    fn the_change_log_never_holds_a_users_name_or_password(world: World) {
        let body = json!({"username": "rieng-tu", "display_name": NAME, "role": "viewer", "password": "mat-khau-bi-mat-1"});
        world.create("users", body);
        world.admin.patch("/api/v1/users/rieng-tu", &json!({"password": "mat-khau-bi-mat-2"})).expect(200);
        let log = log(&world);
        for secret in [NAME, "rieng-tu", "mat-khau-bi-mat", "argon2"] {
            assert!(!log.contains(secret), "{secret}");
        }
    }
}
