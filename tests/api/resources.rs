//! Promises that every resource keeps.

use super::cases::{CASES, furnish};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use support::bodies::{self, Members};
use support::{World, on_both_engines};

/// Each place a text or number can stand in a body, as a pointer.
fn leaves(value: &Value, pointer: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, member)| leaves(member, &format!("{pointer}/{name}"), found));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| leaves(item, &format!("{pointer}/{index}"), found));
        }
        _ => found.push(pointer.to_owned()),
    }
}

/// The body with another value somewhere.
fn with(body: &Value, pointer: &str, value: Value) -> Value {
    let mut body = body.clone();
    *body.pointer_mut(pointer).expect("a member of the body") = value;
    body
}

/// All rows of a list, two at a time.
fn walk(world: &World, path: &str, sort: &str) -> Vec<i64> {
    let mut seen = Vec::new();
    let sort = if sort.is_empty() { String::new() } else { format!("&sort={sort}") };
    let mut address = format!("{path}?limit=2{sort}");
    loop {
        let page = world.admin.get(&address).expect(200);
        let rows = page.items();
        assert!(!rows.is_empty() && rows.len() <= 2, "{address}");
        seen.extend(rows.iter().map(|row| row["id"].as_i64().expect("an id")));
        let Some(next) = page.json["next"].as_str() else { return seen };
        address = format!("{path}?limit=2{sort}&cursor={next}");
    }
}

#[on_both_engines]
fn what_is_created_can_be_read_where_location_says_listed_changed_and_deleted(world: World) {
    furnish(&world);
    for case in CASES {
        let body = (case.body)(0);
        let created = world.admin.post(&case.all(), &body).expect(201);
        let path = case.path(&created.json);
        assert_eq!(created.headers["location"], path);
        let mut sent = body.clone();
        sent.as_object_mut().unwrap().remove("password");
        for (name, value) in sent.as_object().unwrap() {
            assert_eq!(&created.json[name], value, "{} {name}", case.list);
        }
        let read = world.admin.get(&path).expect(200);
        assert_eq!(read.json, created.json);
        let listed = world.admin.get(&case.all()).expect(200);
        assert!(listed.items().contains(&read.json), "{}", case.list);

        let change = (case.change)();
        let changed = world.admin.patch(&path, &change).expect(200).json;
        let mut expected = read.json.clone();
        merge(&mut expected, &change);
        if case.list == "targets" {
            // The only version says so, too.
            merge(&mut expected["versions"][0], &change);
        }
        assert_eq!(changed, expected, "{}", case.list);
        assert_eq!(world.admin.get(&path).expect(200).json, changed);
        if case.deletable {
            world.admin.delete(&path).expect(204);
            world.admin.get(&path).refused(404, "not_found");
            world.admin.patch(&path, &change).refused(404, "not_found");
            world.admin.delete(&path).refused(404, "not_found");
            assert!(!world.admin.get(&case.all()).expect(200).items().iter().any(|row| row["id"] == changed["id"]));
        }
    }
    world.server.assert_verified();
}

#[on_both_engines]
fn a_null_in_a_patch_removes_an_optional_member(world: World) {
    furnish(&world);
    for case in CASES.iter().filter(|case| !case.optional.is_empty()) {
        let row = world.create(case.list, (case.body)(0));
        let removal: Value = case.optional.iter().map(|name| ((*name).to_owned(), Value::Null)).collect();
        let changed = world.admin.patch(&case.path(&row), &removal).expect(200).json;
        for name in case.optional {
            assert!(!row[*name].is_null() && changed[*name].is_null(), "{} {name}: {changed}", case.list);
        }
        assert_eq!(world.admin.get(&case.path(&row)).expect(200).json, changed);
    }
}

#[on_both_engines]
fn a_second_row_with_the_same_key_is_refused_at_its_member(world: World) {
    furnish(&world);
    for case in CASES {
        let body = (case.body)(0);
        world.create(case.list, body.clone());
        let Some(pointer) = case.duplicate else {
            world.create(case.list, body);
            continue;
        };
        let before = world.server.seq();
        let errors = world.admin.post(&case.all(), &body).refused(409, "already_exists").errors();
        assert_eq!(errors.get(pointer).map(String::as_str), Some("already_exists"), "{}: {errors:?}", case.list);
        assert_eq!(world.server.seq(), before);
    }
}

#[on_both_engines]
fn a_patch_cannot_take_another_rows_key(world: World) {
    furnish(&world);
    // The closing day and the code of a calendar never change, and a person's record stays the person's.
    let immutable = ["calendars", "training-records", "monitoring-statuses"];
    for case in CASES.iter().filter(|case| case.duplicate.is_some() && !immutable.contains(&case.list)) {
        let first = (case.body)(0);
        world.create(case.list, first.clone());
        let second = world.create(case.list, (case.body)(1));
        let answer = world.admin.patch(&case.path(&second), &first);
        assert_eq!((answer.status, &answer.json["code"]), (409, &json!("already_exists")), "{}", answer.json);
        assert_eq!(world.admin.get(&case.path(&second)).expect(200).json, second);
    }
}

#[on_both_engines]
fn what_does_not_exist_cannot_be_referred_to(world: World) {
    furnish(&world);
    let before = world.server.seq();
    for case in CASES {
        for (pointer, code) in case.references {
            let malformed = if *code == "unknown_agency" { "invalid_agency_identifier" } else { "invalid_code" };
            for (unknown, code) in [("KHONGCO", *code), ("không có", malformed), ("'; --", malformed)] {
                let body = with(&(case.body)(0), pointer, json!(unknown));
                let errors = world.admin.post(&case.all(), &body).refused(422, "invalid_input").errors();
                assert_eq!(errors.get(*pointer).map(String::as_str), Some(code), "{}: {errors:?}", case.list);
            }
        }
    }
    let phase = bodies::target("CT3", 1, 1).with("phase", "IX");
    let errors = world.admin.post("/api/v1/targets", &phase).refused(422, "invalid_input").errors();
    assert_eq!(errors.get("/phase").map(String::as_str), Some("unknown_phase"));
    assert_eq!(world.server.seq(), before);
}

#[on_both_engines]
fn a_nul_a_wrong_type_and_a_null_are_refused_in_every_member(world: World) {
    furnish(&world);
    let before = world.server.seq();
    for case in CASES {
        let body = (case.body)(0);
        let mut pointers = Vec::new();
        leaves(&body, "", &mut pointers);
        for pointer in pointers {
            let is_text = body.pointer(&pointer).unwrap().is_string();
            let mut wrong = vec![json!([[]]), json!({"a": 1})];
            wrong.extend(if is_text {
                vec![json!("a\u{0}b"), json!(""), json!("x".repeat(5_000)), json!(42), json!("\u{7}")]
            } else {
                vec![json!("một"), json!(-1), json!(1.5), json!(1e300), json!(i64::MAX)]
            });
            // Never a success, never a defect.
            for value in wrong {
                let answer = world.admin.post(&case.all(), &with(&body, &pointer, value.clone()));
                let text = value.to_string();
                let text = text.get(..40).unwrap_or(&text);
                assert_eq!(answer.status, 422, "{} {pointer} = {text}: {}", case.list, answer.json);
                let errors = answer.errors();
                let named =
                    errors.keys().any(|named| pointer.starts_with(named.as_str()) || named.starts_with(&pointer));
                assert!(named, "{} {pointer} = {text}: {errors:?}", case.list);
            }
        }
    }
    assert_eq!(world.server.seq(), before);
}

#[on_both_engines]
fn an_unknown_member_is_refused_at_its_name_in_rows_and_patches(world: World) {
    furnish(&world);
    for case in CASES {
        let body = (case.body)(0);
        let row = world.create(case.list, body.clone());
        let before = world.server.seq();
        let mut unknown = (case.body)(1);
        unknown["khong_co"] = json!(1);
        let path = case.path(&row);
        for answer in [world.admin.post(&case.all(), &unknown), world.admin.patch(&path, &json!({"khong_co": 1}))] {
            let errors = answer.refused(422, "invalid_input").errors();
            assert!(errors.contains_key("/khong_co"), "{}: {errors:?}", case.list);
        }
        // Members of the answer that are not members of the input.
        world.admin.patch(&path, &json!({"id": 1})).refused(422, "invalid_input");
        world.admin.patch(&path, &json!([])).refused(422, "invalid_input");
        assert_eq!(world.server.seq(), before);
    }
}

#[on_both_engines]
fn a_missing_member_is_named(world: World) {
    furnish(&world);
    let before = world.server.seq();
    let free = [
        "predecessors",
        "basis",
        "frozen",
        "disabled",
        "year",
        "closing_day",
        "parent",
        "agency",
        "cut_off",
        "submission_due",
        "is_example",
        "password",
    ];
    for case in CASES {
        let body = (case.body)(0);
        for name in body.as_object().unwrap().keys() {
            let required = !case.optional.contains(&name.as_str())
                && (!free.contains(&name.as_str())
                    || name == "agency" && matches!(case.list, "observations" | "document-exchanges" | "incidents"));
            if !required || matches!(case.list, "targets" | "users") && name == "agency" {
                continue;
            }
            let mut body = body.clone();
            body.as_object_mut().unwrap().remove(name);
            let errors = world.admin.post(&case.all(), &body).refused(422, "invalid_input").errors();
            assert!(errors.contains_key(&format!("/{name}")), "{} {name}: {errors:?}", case.list);
        }
    }
    assert_eq!(world.server.seq(), before);
}

#[on_both_engines]
fn a_walk_by_cursor_sees_every_row_once_by_every_key_in_both_directions(world: World) {
    furnish(&world);
    for case in CASES.iter().filter(|case| !case.sorts.is_empty()) {
        for number in 0..5 {
            world.create(case.list, (case.body)(number));
        }
        let all = world.admin.get(&format!("{}?limit=1000", case.all())).expect(200);
        let all: Vec<_> = all.items().iter().map(|row| row["id"].as_i64().unwrap()).collect();
        let ids: BTreeSet<_> = all.iter().copied().collect();
        assert!(all.len() >= 5 && ids.len() == all.len(), "{}", case.list);
        assert_eq!(walk(&world, &case.all(), ""), all, "{}: the default order", case.list);
        for sort in case.sorts {
            let mut up = walk(&world, &case.all(), sort);
            assert_eq!(up.iter().copied().collect::<BTreeSet<_>>(), ids, "{} by {sort}", case.list);
            assert_eq!(up.len(), ids.len(), "{} by {sort}", case.list);
            up.reverse();
            assert_eq!(walk(&world, &case.all(), &format!("-{sort}")), up, "{} by -{sort}", case.list);
        }
    }
}

#[on_both_engines]
fn a_row_that_is_gone_does_not_stop_a_walk(world: World) {
    for number in 0..4 {
        world.course(&format!("C{number}"));
    }
    let first = world.admin.get("/api/v1/courses?limit=2").expect(200);
    world.admin.delete("/api/v1/courses/C1").expect(204);
    world.course("C0A");
    let next = first.json["next"].as_str().unwrap();
    let rest = world.admin.get(&format!("/api/v1/courses?limit=2&cursor={next}")).expect(200);
    let codes: Vec<_> = rest.items().iter().map(|row| row["code"].as_str().unwrap()).collect();
    assert_eq!((codes, rest.json["next"].is_null()), (vec!["C2", "C3"], true));
}

#[on_both_engines]
fn what_others_refer_to_cannot_be_deleted(world: World) {
    furnish(&world);
    let status = world.create("monitoring-statuses", (CASES[13].body)(0));
    world.trained("P0", "C0", "2026-02-01");
    world.declare("CT3", "H18.1", "2026-03", 1, 2);
    let before = world.server.seq();
    for path in [
        "agencies/H18.1",
        "agencies/H18.20",
        "movements/M",
        "indicators/CT3",
        "calendars/nd09",
        "staff/P0",
        "courses/C0",
        "information-systems/S0",
    ] {
        let answer = world.admin.delete(&format!("/api/v1/{path}"));
        assert_eq!(answer.status, 409, "{path}: {}", answer.json);
    }
    assert_eq!(world.server.seq(), before);
    world.admin.delete(&format!("/api/v1/monitoring-statuses/{}", status["id"])).expect(204);
    world.admin.delete("/api/v1/information-systems/S0").expect(204);
    world.server.assert_verified();
}

/// A merge patch (RFC 7396), implemented a second time.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(members) = patch else {
        *target = patch.clone();
        return;
    };
    for (name, value) in members {
        if value.is_null() {
            target[name] = Value::Null;
        } else {
            merge(&mut target[name], value);
        }
    }
}
