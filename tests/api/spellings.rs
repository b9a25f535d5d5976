//! Codes and names that differ in case alone are one: refused beside each other, and found by either spelling.

use super::cases::{CASES, Case, furnish};
use crate::database::fixture::Tables;
use serde_json::{Value, json};
use std::sync::Barrier;
use support::bodies::{self, Members};
use support::server::PASSWORD;
use support::{Answer, Client, World, on_both_engines};

/// The resources whose rows have codes or names that people choose, each with the member. Identifiers of agencies are
/// written in capitals only.
pub(super) fn coded() -> impl Iterator<Item = (&'static Case, &'static str)> {
    let members = ["code", "username", "client_id"];
    CASES.iter().filter_map(move |case| {
        let member = case.address.last().filter(|member| members.contains(member))?;
        Some((case, *member))
    })
}

/// A text in the other case.
pub(super) fn otherwise(text: &str) -> String {
    let swapped = |c: char| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
    text.chars().map(swapped).collect()
}

/// The body of another row than the first, with a code.
pub(super) fn called((case, member): (&Case, &str), number: usize, code: &str) -> Value {
    (case.body)(number).with(member, code)
}

fn text<'a>(row: &'a Value, member: &str) -> &'a str {
    row[member].as_str().unwrap_or_else(|| panic!("{row} has no {member}"))
}

/// Insists on a refusal of a member.
#[track_caller]
fn breaks(answer: Answer, pointer: &str, code: &str) {
    let answer = answer.expect(422);
    assert_eq!(answer.errors().get(pointer).map(String::as_str), Some(code), "{}", answer.json);
}

#[on_both_engines]
fn a_second_spelling_is_refused_and_finds_the_first(world: World) {
    furnish(&world);
    let mut seen = Vec::new();
    for (case, member) in coded() {
        let pointer = format!("/{member}");
        let row = world.create(case.list, (case.body)(0));
        let (code, path) = (text(&row, member), case.path(&row));
        let swapped = otherwise(code);
        let elsewhere = format!("{}/{swapped}", case.all());

        let twin = called((case, member), 1, &swapped);
        let refused = world.admin.post(&case.all(), &twin).refused(409, "already_exists");
        assert!(text(&refused.json["errors"][0], "detail").contains(code), "{}: {}", case.list, refused.json);
        assert_eq!(refused.errors().get(&pointer).map(String::as_str), Some("already_exists"), "{}", case.list);

        assert_eq!(world.admin.get(&elsewhere).expect(200).json, row, "{}", case.list);
        let changed = world.admin.patch(&elsewhere, &(case.change)()).expect(200).json;
        assert_eq!((&changed["id"], text(&changed, member)), (&row["id"], code), "{}", case.list);
        assert_eq!(world.admin.get(&path).expect(200).json, changed, "{}", case.list);

        let other = world.create(case.list, (case.body)(1));
        let renamed = world.admin.patch(&case.path(&other), &json!({ member: swapped }));
        if case.list == "calendars" {
            renamed.refused(409, "immutable");
        } else {
            renamed.refused(409, "already_exists");
            let respelled = world.admin.patch(&path, &json!({ member: swapped })).expect(200).json;
            assert_eq!((&respelled["id"], text(&respelled, member)), (&row["id"], swapped.as_str()), "{}", case.list);
            assert_eq!(world.admin.get(&path).expect(200).json, respelled, "{}", case.list);
        }
        seen.push(case.list);
    }
    let expected = [
        "calendars",
        "movements",
        "movements/M/phases",
        "indicators",
        "export-profiles",
        "users",
        "staff",
        "courses",
        "information-systems",
        "clients",
    ];
    assert_eq!(seen, expected);
    // Names of users and clients share one space.
    world.create("users", bodies::user("chung-ten"));
    world.admin.post("/api/v1/clients", &bodies::client("Chung-Ten", "viewer")).refused(409, "already_exists");
    world.server.assert_verified();
}

#[on_both_engines]
fn a_reserved_word_of_the_addresses_is_no_code(world: World) {
    furnish(&world);
    for (case, member) in coded() {
        for word in ["batch", "Batch", "RESOLVE", "What-If"] {
            let body = called((case, member), 2, word);
            breaks(world.admin.post(&case.all(), &body), &format!("/{member}"), "reserved_word");
        }
        let row = world.create(case.list, (case.body)(2));
        let renamed = world.admin.patch(&case.path(&row), &json!({ member: "bAtch" }));
        if case.list == "calendars" {
            renamed.refused(409, "immutable");
        } else {
            breaks(renamed, &format!("/{member}"), "reserved_word");
        }
    }
}

#[on_both_engines]
fn rows_of_a_batch_that_differ_in_case_are_one_row_and_its_spelling_stays(world: World) {
    furnish(&world);
    for (case, member) in coded().filter(|(case, _)| ["staff", "courses", "information-systems"].contains(&case.list)) {
        batch_keeps_the_spelling(&world, (case, member));
    }
    let indicators = coded().find(|(case, _)| case.list == "indicators").expect("indicators have codes");
    batch_keeps_the_spelling(&world, indicators);

    // Records name one person by either spelling.
    let rows = json!([bodies::training("P0", "C0", "2026-03-02"), bodies::training("p0", "c0", "2026-03-02")]);
    let refused = world.admin.post("/api/v1/training-records/batch", &rows).expect(422);
    assert_eq!(refused.json["batch"]["rejections"][0]["errors"][0]["code"], "repeated_key", "{}", refused.json);
    // Titles of incidents are no codes.
    let titled = |title: &str| bodies::incident("H18.1").with("title", title);
    let rows = json!([titled("Mất kết nối"), titled("mất kết nối")]);
    let written = world.admin.post("/api/v1/incidents/batch", &rows).expect(200);
    assert_eq!(written.json["created"], 2);
    world.server.assert_verified();
}

fn batch_keeps_the_spelling(world: &World, (case, member): (&Case, &str)) {
    let path = format!("{}/batch", case.all());
    let first = (case.body)(0);
    let swapped = otherwise(text(&first, member));
    let both = json!([first, called((case, member), 0, &swapped)]);
    for client in [world.server.admin(), world.server.admin().with("Prefer", "tx=rollback")] {
        let refused = client.post(&path, &both);
        assert_eq!(refused.json["batch"]["rejections"][0]["errors"][0]["code"], "repeated_key", "{}", refused.json);
    }
    let row = world.create(case.list, first);
    let again = world.admin.post(&path, &json!([called((case, member), 0, &swapped)])).expect(200);
    assert_eq!((&again.json["unchanged"], &again.json["created"]), (&json!(1), &json!(0)), "{}", case.list);
    let changed = called((case, member), 0, &swapped).with("valid_to", "2030-12-30");
    if case.list == "indicators" {
        let again = world.admin.post(&path, &json!([changed])).expect(200);
        assert_eq!(again.json["updated"], 1);
    }
    assert_eq!(text(&world.admin.get(&case.path(&row)).expect(200).json, member), text(&row, member));
    let created = world.admin.post(&format!("{path}?mode=create"), &json!([called((case, member), 0, &swapped)]));
    assert_eq!(created.json["batch"]["rejections"][0]["errors"][0]["code"], "already_exists", "{}", created.json);
}

/// Every way in which a request names a row by its code, and what the answer calls it.
#[on_both_engines]
fn references_filters_and_addresses_take_either_spelling_and_answers_have_the_stored_one(world: World) {
    furnish(&world);
    let admin = &world.admin;
    let made = |list: &str, body: Value, member: &str, stored: &str| {
        let row = world.create(list, body);
        assert_eq!(row[member], *stored, "{list}: {row}");
        row
    };
    made("training-records", bodies::training("p0", "c0", "2026-03-02"), "staff", "P0");
    made("training-records", bodies::training("p1", "c0", "2026-03-02"), "course", "C0");
    made("monitoring-statuses", bodies::status("s0", "2026-03-02"), "system", "S0");
    made("incidents", bodies::incident("H18.1").with("system", "s1"), "system", "S1");
    let declared = bodies::declared("ct3", "H18.1", "2026-03", 1, 2).with("calendar", "ND09");
    made("observations", declared.clone(), "indicator", "CT3");
    made("observations", declared.with("month", "2026-04"), "calendar", "nd09");
    let count = bodies::exchange("H18.1", "2026-03", 5, 4).with("calendar", "Nd09");
    made("document-exchanges", count, "calendar", "nd09");
    let target = bodies::target("ct4", 1, 2);
    made("targets", target.clone().with("agency", "H18.1"), "indicator", "CT4");
    made("targets", target.with("phase", "ii"), "phase", "II");
    made("periods", bodies::cut_off("2026-05", "2026-05-20").with("calendar", "ND09"), "calendar", "nd09");
    made("locks", bodies::lock("2026-01", "H18.2").with("calendar", "ND09"), "calendar", "nd09");
    made("corrections", bodies::correction("2026-01", "H18.2").with("calendar", "ND09"), "calendar", "nd09");
    let indicator = (CASES.iter().find(|case| case.list == "indicators").expect("indicators").body)(7);
    made("indicators", indicator.with("movement", "m"), "movement", "M");

    let found = |path: &str, number: usize| {
        assert_eq!(admin.get(path).expect(200).items().len(), number, "{path}");
    };
    found("/api/v1/training-records?staff=p0", 1);
    found("/api/v1/training-records?course=c0", 2);
    found("/api/v1/monitoring-statuses?system=s0", 1);
    found("/api/v1/incidents?system=s1", 1);
    found("/api/v1/observations?indicator=ct3&calendar=ND09", 2);
    found("/api/v1/document-exchanges?calendar=ND09", 1);
    found("/api/v1/targets?indicator=ct4", 3);
    found("/api/v1/locks?calendar=ND09", 1);
    found("/api/v1/corrections?calendar=ND09", 1);
    found("/api/v1/audit?user=ADMIN&limit=1", 1);
    let same = |path: &str, other: &str| {
        let (one, two) = (admin.get(path).expect(200).json, admin.get(other).expect(200).json);
        assert_eq!(one, two, "{path} and {other}");
    };
    same("/api/v1/periods/nd09/2026-05", "/api/v1/periods/ND09/2026-05");
    same("/api/v1/movements/M/phases/II", "/api/v1/movements/m/phases/iI");
    same("/api/v1/movements/M/phases", "/api/v1/movements/m/phases");
    same("/api/v1/export-profiles/native", "/api/v1/export-profiles/Native");
    same("/api/v1/export-profiles/native/metadata", "/api/v1/export-profiles/NATIVE/metadata");
    same("/api/v1/attainments/CT3/H18/2026-03?calendar=nd09", "/api/v1/attainments/ct3/H18/2026-03?calendar=ND09");
    same(
        "/api/v1/attainments?period=2026-03&indicator=CT3&calendar=nd09",
        "/api/v1/attainments?period=2026-03&indicator=ct3&calendar=ND09",
    );
    same("/api/v1/attainments/CT7/H18/2026-03/explain", "/api/v1/attainments/ct7/H18/2026-03/explain");
    // As of a time before a row was respelled, deleted or renamed it is found by either spelling, too.
    let seq = world.server.seq();
    admin.patch("/api/v1/staff/p2", &json!({"code": "p2"})).expect(200);
    admin.patch("/api/v1/courses/C1", &json!({"code": "C1-moi"})).expect(200);
    admin.delete("/api/v1/information-systems/s2").expect(204);
    for (path, stored) in
        [("staff/p2", "P2"), ("staff/P2", "P2"), ("courses/c1", "C1"), ("information-systems/s2", "S2")]
    {
        assert_eq!(admin.get(&format!("/api/v1/{path}?asOf={seq}")).expect(200).json["code"], stored, "{path}");
    }
    world.server.assert_verified();
}

#[on_both_engines]
fn one_log_in_serves_every_spelling_and_wrong_tries_are_counted_together(world: World) {
    let client = world.server.login("ADMIN", PASSWORD);
    assert_eq!(client.get("/api/v1/me").expect(200).json["username"], "admin");
    world.create("users", bodies::user("Nguoi-Dung"));
    let wrong = |name: &str| {
        let credentials = json!({"username": name, "password": "mot-mat-khau-khong-dung"});
        world.server.anonymous().post("/api/v1/auth/login", &credentials).status
    };
    let spellings = ["Nguoi-Dung", "nguoi-dung", "NGUOI-DUNG", "nguoi-DUNG"];
    let statuses: Vec<u16> = (0..40).map(|number| wrong(spellings[number % 4])).collect();
    let alone: Vec<u16> = {
        world.create("users", bodies::user("nguoi-khac"));
        (0..40).map(|_| wrong("nguoi-khac")).collect()
    };
    let first_closed = |statuses: &[u16]| statuses.iter().position(|status| *status == 429);
    assert!(first_closed(&statuses).is_some(), "{statuses:?}");
    assert!(first_closed(&statuses) <= first_closed(&alone).or(Some(40)), "{statuses:?} {alone:?}");
}

/// One person under two codes would count twice.
#[on_both_engines]
fn a_person_counts_once(world: World) {
    world.person("NV-1", "H18.1", "2026-01-05");
    world.admin.post("/api/v1/staff", &bodies::staff("nv-1", "H18.1", "2026-01-05")).refused(409, "already_exists");
    let rows = json!([bodies::staff("Nv-1", "H18.1", "2026-01-05"), bodies::staff("NV-2", "H18.1", "2026-01-05")]);
    assert_eq!(world.admin.post("/api/v1/staff/batch", &rows).expect(200).json["created"], 1);
    assert_eq!(world.attainment("CT7", "H18.1", "2026-03")["denominator"], 2);
    world.server.assert_verified();
}

#[on_both_engines]
fn of_two_spellings_at_once_one_is_created(world: World) {
    let spellings = ["nv-x", "NV-X", "Nv-X", "nV-x"];
    for round in 0..8 {
        let barrier = Barrier::new(spellings.len());
        let create = |spelling: &str| {
            barrier.wait();
            let body = bodies::staff(&format!("{spelling}{round}"), "H18.1", "2026-01-05");
            world.admin.post("/api/v1/staff", &body).status
        };
        let mut statuses: Vec<u16> = std::thread::scope(|scope| {
            let threads: Vec<_> = spellings.iter().map(|spelling| scope.spawn(|| create(spelling))).collect();
            threads.into_iter().map(|thread| thread.join().expect("a thread ends well")).collect()
        });
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409, 409, 409]);
    }
}

/// The database keeps it, too, behind the program's own check.
#[on_both_engines]
fn the_database_itself_holds_no_second_spelling(world: World) {
    furnish(&world);
    let mut tables = Tables::of(world.server.place());
    for (case, member) in coded() {
        let table = case.list.rsplit('/').next().unwrap_or_default().replace('-', "_");
        let rows = [world.create(case.list, (case.body)(0)), world.create(case.list, (case.body)(1))];
        let edit = format!(
            "UPDATE {table} SET {member} = '{}' WHERE id = {}",
            otherwise(text(&rows[0], member)),
            rows[1]["id"]
        );
        assert!(tables.attempt(&edit).is_err(), "{edit}");
    }
}

/// A code of another scope is taken, and not shown: it is named as it was sent.
#[on_both_engines]
fn a_taken_code_of_another_scope_is_not_shown(world: World) {
    world.person("Nv-Kin", "H18.2", "2026-01-05");
    let own: Client = world.server.user(thidua_domain::accounts::users::Role::Editor, Some("H18.1"));
    let refused = own.post("/api/v1/staff", &bodies::staff("NV-KIN", "H18.1", "2026-01-05"));
    let refused = refused.refused(409, "already_exists");
    let said = refused.json.to_string();
    assert!(said.contains("NV-KIN") && !said.contains("Nv-Kin"), "{said}");
    let (taken, free) = (own.get("/api/v1/staff/nv-kin"), own.get("/api/v1/staff/nv-khong"));
    assert_eq!((taken.status, free.status), (404, 404));
    assert_eq!(taken.json["code"], free.json["code"]);
}
