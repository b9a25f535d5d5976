//! Holidays and make-up days: one row per date, a year's list in one request, part of the catalogue as the rest of it is.

use serde_json::{Value, json};
use support::bodies::{self, Members};
use support::{Client, World, on_both_engines};
use thidua_domain::accounts::users::Role;

const HOLIDAYS: &str = "/api/v1/holidays";
const BATCH: &str = "/api/v1/holidays/batch";

fn day(date: &str, kind: &str) -> Value {
    bodies::holiday(date).with("kind", kind).with("basis", "1/TB")
}

/// National Day 2026: Monday 31 August is off, and Saturday 22 August is worked for it.
fn national_day() -> Value {
    json!([
        day("2026-09-02", "holiday"),
        day("2026-08-31", "holiday"),
        day("2026-08-22", "working_day"),
        day("2026-09-01", "holiday")
    ])
}

/// The dates of a list, in its order.
#[track_caller]
fn dates(client: &Client, query: &str) -> Vec<String> {
    let page = client.get(&format!("{HOLIDAYS}{query}")).expect(200);
    page.items().iter().map(|row| row["date"].as_str().unwrap().to_owned()).collect()
}

#[on_both_engines]
fn a_list_comes_in_one_request_and_is_found_by_days_and_kind(world: World) {
    let admin = &world.admin;
    let report = admin.post(BATCH, &national_day()).expect(200).json;
    assert_eq!((&report["received"], &report["created"]), (&json!(4), &json!(4)));
    for (query, expected) in [
        ("", &["2026-08-22", "2026-08-31", "2026-09-01", "2026-09-02"][..]),
        ("?sort=-date", &["2026-09-02", "2026-09-01", "2026-08-31", "2026-08-22"]),
        ("?from=2026-08-31&to=2026-09-01", &["2026-08-31", "2026-09-01"]),
        ("?from=2026-09-02", &["2026-09-02"]),
        ("?to=2026-08-30", &["2026-08-22"]),
        ("?kind=working_day", &["2026-08-22"]),
        ("?kind=holiday&to=2026-08-31", &["2026-08-31"]),
        ("?from=2027-01-01", &[]),
    ] {
        assert_eq!(dates(admin, query), expected, "{query}");
    }
    let first = admin.get(&format!("{HOLIDAYS}?limit=3")).expect(200).json;
    let rest = format!("?limit=3&cursor={}", first["next"].as_str().unwrap());
    assert_eq!(dates(admin, &rest), ["2026-09-02"]);
    // A row that is known already is changed by its date, and one that is there as it is given is left alone.
    let mut renamed = day("2026-09-02", "holiday");
    renamed["name_en"] = json!("National Day");
    let again = admin.post(BATCH, &json!([renamed, day("2026-09-01", "holiday"), day("2027-01-01", "holiday")]));
    let again = again.expect(200).json;
    assert_eq!([&again["created"], &again["updated"], &again["unchanged"]], [1, 1, 1]);
    assert_eq!(admin.get(&format!("{HOLIDAYS}/2026-09-02")).expect(200).json["name_en"], "National Day");
    world.server.assert_verified();
}

#[on_both_engines]
fn a_make_up_day_is_a_saturday_or_a_sunday_and_a_holiday_any_day(world: World) {
    // 17 August 2026 is a Monday.
    for number in 17..=23 {
        let date = format!("2026-08-{number}");
        let make_up = day(&date, "working_day");
        if number < 22 {
            let refused = world.admin.post(HOLIDAYS, &make_up).refused(422, "invalid_input");
            assert_eq!(refused.errors()["/kind"], "working_day_not_on_weekend", "{date}");
            world.create("holidays", day(&date, "holiday"));
            let turned = json!({"kind": "working_day"});
            let refused = world.admin.patch(&format!("{HOLIDAYS}/{date}"), &turned).refused(422, "invalid_input");
            assert_eq!(refused.errors()["/kind"], "working_day_not_on_weekend", "{date}");
        } else {
            world.create("holidays", make_up);
            world.admin.patch(&format!("{HOLIDAYS}/{date}"), &json!({"kind": "holiday"})).expect(200);
            world.admin.patch(&format!("{HOLIDAYS}/{date}"), &json!({"kind": "working_day"})).expect(200);
        }
    }
    // Nor does its date move to a Monday.
    let moved = world.admin.patch(&format!("{HOLIDAYS}/2026-08-22"), &json!({"date": "2026-08-24"}));
    assert_eq!(moved.refused(422, "invalid_input").errors()["/kind"], "working_day_not_on_weekend");
    let rows = json!([day("2026-12-05", "working_day"), day("2026-12-07", "working_day")]);
    let refused = world.admin.post(BATCH, &rows).refused(422, "batch_rejected");
    let told = &refused.json["batch"]["rejections"][0]["errors"][0];
    assert_eq!((&told["pointer"], &told["code"]), (&json!("/1/kind"), &json!("working_day_not_on_weekend")));
    assert_eq!(dates(&world.admin, "?from=2026-12-01"), [""; 0], "nothing of it was written");
    world.server.assert_verified();
}

#[on_both_engines]
fn everybody_reads_holidays_and_administrators_of_the_province_write_them(world: World) {
    world.create("holidays", day("2026-09-02", "holiday"));
    let row = format!("{HOLIDAYS}/2026-09-02");
    let everybody = Role::ALL.iter().map(|role| (*role, None)).chain([(Role::Admin, Some("H18.20"))]);
    for (role, agency) in everybody {
        let client = world.server.user(role, agency);
        let manages = role == Role::Admin && agency.is_none();
        assert_eq!(dates(&client, ""), ["2026-09-02"], "{role}");
        assert_eq!(client.get(&row).expect(200).json["kind"], "holiday", "{role}");
        let other = format!("{HOLIDAYS}/2026-09-01");
        client.post(HOLIDAYS, &day("2026-09-01", "holiday")).expect(if manages { 201 } else { 403 });
        client.post(BATCH, &json!([day("2026-09-01", "holiday")])).expect(if manages { 200 } else { 403 });
        client.patch(&row, &json!({"basis": format!("{role}/TB")})).expect(if manages { 200 } else { 403 });
        client.delete(if manages { &other } else { &row }).expect(if manages { 204 } else { 403 });
    }
    world.server.anonymous().get(HOLIDAYS).expect(401);
    world.server.assert_verified();
}

#[on_both_engines]
fn a_holiday_is_read_as_of_then_and_its_changes_go_out_whole(world: World) {
    let admin = &world.admin;
    let created = world.create("holidays", day("2026-09-02", "holiday"));
    let row = format!("{HOLIDAYS}/2026-09-02");
    admin.patch(&row, &json!({"basis": "2/TB"})).expect(200);
    admin.delete(&row).expect(204);
    admin.get(&row).expect(404);
    let seq = created["id"].as_i64().unwrap();
    for (as_of, basis) in [(seq - 1, None), (seq, Some("1/TB")), (seq + 1, Some("2/TB")), (seq + 2, None)] {
        let then = admin.get(&format!("{row}?asOf={as_of}"));
        assert_eq!(then.json["basis"].as_str(), basis, "as of {as_of}");
        assert_eq!(then.status, if basis.is_some() { 200 } else { 404 }, "as of {as_of}");
    }
    for role in [Role::Puller, Role::Viewer] {
        let reader = world.server.user(role, None);
        let told = reader.get(&format!("/api/v1/changes?after={}&limit=3", seq - 1)).expect(200);
        let changes = told
            .items()
            .iter()
            .map(|change| ["resource", "operation", "sight"].map(|member| change[member].as_str().unwrap().to_owned()));
        let expected =
            ["create", "update", "delete"].map(|operation| ["holidays", operation, "whole"].map(str::to_owned));
        assert_eq!(changes.collect::<Vec<_>>(), expected);
    }
    let audit = admin.get(&format!("/api/v1/audit?resource=holidays&row={seq}")).expect(200);
    assert_eq!(audit.items().len(), 3);
    world.server.assert_verified();
}

#[on_both_engines]
fn a_date_without_a_row_and_what_is_no_date_are_not_found(world: World) {
    world.create("holidays", day("2026-09-02", "holiday"));
    for date in ["2026-09-03", "2026-09-31", "quoc-khanh", "1"] {
        world.admin.get(&format!("{HOLIDAYS}/{date}")).refused(404, "not_found");
    }
    let twice = world.admin.post(HOLIDAYS, &day("2026-09-02", "holiday")).refused(409, "already_exists");
    assert_eq!(twice.errors()["/date"], "already_exists");
    world.admin.post(HOLIDAYS, &day("2026-09-31", "holiday")).refused(422, "invalid_input");
    world.server.assert_verified();
}
