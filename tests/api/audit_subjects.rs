//! Subjects of changes: the audit names them in codes and filters by them.

use serde_json::{Value, json};
use std::collections::BTreeSet;
use support::bodies::{self, Members};
use support::{World, on_both_engines};

fn entries(world: &World, query: &str) -> Vec<Value> {
    world.admin.get(&format!("/api/v1/audit?limit=1000&{query}")).expect(200).items().clone()
}

/// Rows that the entries of a query changed: resource and identity, each once.
fn rows(world: &World, query: &str) -> BTreeSet<(String, i64)> {
    let row = |entry: &Value| (entry["resource"].as_str().unwrap().to_owned(), entry["id"].as_i64().unwrap());
    entries(world, query).iter().map(row).collect()
}

fn row(resource: &str, created: &Value) -> (String, i64) {
    (resource.to_owned(), created["id"].as_i64().unwrap())
}

#[on_both_engines]
fn a_change_says_in_codes_what_it_is_about(world: World) {
    world.person("P", "H18.20.1", "2026-01-01");
    world.course("K");
    let record = world.trained("P", "K", "2026-03-05");
    world.admin.post("/api/v1/staff/P/transfers", &json!({"agency": "H18.1", "on": "2026-05-01"})).expect(200);
    let figure = world.declare("CT3", "H18.20.2", "2026-04", 1, 2);
    world.admin.patch(&format!("/api/v1/observations/{}", figure["id"]), &json!({"agency": "H18.2"})).expect(200);

    let told = |entry: &Value, members: &[&str]| -> Vec<Value> {
        members.iter().map(|member| entry["subject"][*member].clone()).collect()
    };
    let moved = entries(&world, &format!("resource=observations&row={}&operation=update", figure["id"])).remove(0);
    assert_eq!(
        told(&moved, &["code", "agency", "agency_name", "indicator", "calendar", "period", "staff"]),
        [
            json!(null),
            json!("H18.2"),
            json!("Cơ quan H18.2"),
            json!("CT3"),
            json!("nd09"),
            json!("2026-04"),
            json!(null)
        ]
    );
    let changed = &moved["changed"][0];
    assert_eq!(
        (&changed["member"], &changed["before_in_codes"], &changed["after_in_codes"]),
        (&json!("agency"), &json!("\"H18.20.2\""), &json!("\"H18.2\""))
    );
    let trained = entries(&world, &format!("resource=training-records&row={}", record["id"])).remove(0);
    assert_eq!(told(&trained, &["agency", "staff", "course"]), [json!("H18.20.1"), json!("P"), json!("K")]);
    let transferred = entries(&world, "resource=staff&operation=update").remove(0);
    assert_eq!(told(&transferred, &["code", "agency"]), [json!("P"), json!("H18.1")]);
    let stays = transferred["changed"][0]["after_in_codes"].as_str().unwrap();
    assert_eq!(
        serde_json::from_str::<Value>(stays).unwrap(),
        json!([
        {"agency": "H18.20.1", "from": "2026-01-01", "to": "2026-04-30"}, {"agency": "H18.1", "from": "2026-05-01", "to": null}])
    );
}

#[on_both_engines]
fn an_agency_that_is_gone_has_no_identifier_any_more(world: World) {
    let target = |agency: &str| bodies::target("CT3", 1, 2).with("agency", agency).with("year", 2027);
    let agency = world.agency("H18.9", "ubnd_xa", Some("H18"));
    let target = world.create("targets", target("H18.9"));
    world.admin.delete(&format!("/api/v1/targets/{}", target["id"])).expect(204);
    world.admin.delete("/api/v1/agencies/H18.9").expect(204);
    for row in [&agency, &target] {
        let subjects: Vec<_> = entries(&world, &format!("row={}", row["id"]))
            .iter()
            .map(|entry| (entry["subject"]["agency"].clone(), entry["subject"]["agency_name"].clone()))
            .collect();
        assert_eq!(subjects, [(Value::Null, Value::Null), (Value::Null, Value::Null)]);
    }
    world.server.assert_verified();
}

#[on_both_engines]
fn changes_are_found_by_agency_indicator_and_period(world: World) {
    let person = world.person("P", "H18.20.1", "2026-01-01");
    let elsewhere = world.person("Q", "H18.1", "2026-02-20");
    let course = world.course("K");
    let record = world.trained("P", "K", "2026-03-05");
    let march = world.declare("CT3", "H18.20.2", "2026-03", 1, 2);
    let april = world.declare("CT5", "H18.20", "2026-04", 1, 2);
    let commune = world.declare("CT3", "H18.1", "2026-03", 1, 2);
    let lock = world.create("locks", bodies::lock("2026-Q1", "H18.20"));
    let (figure, counts) = (
        |row_: &Value| row("observations", row_),
        |found: &[(String, i64)]| found.iter().cloned().collect::<BTreeSet<_>>(),
    );

    let of_records = |query: &str| -> BTreeSet<(String, i64)> {
        let catalogue = ["agencies", "calendars", "indicators", "movements", "phases", "targets"];
        rows(&world, query).into_iter().filter(|(resource, _)| !catalogue.contains(&resource.as_str())).collect()
    };
    let department = counts(&[
        row("staff", &person),
        row("training-records", &record),
        figure(&march),
        figure(&april),
        row("locks", &lock),
    ]);
    assert_eq!(of_records("agency=H18.20"), department);
    assert_eq!(of_records("agency=H18.20.1"), counts(&[row("staff", &person), row("training-records", &record)]));
    assert!(
        rows(&world, "agency=H18.20")
            .contains(&("agencies".to_owned(), world.admin.get("/api/v1/agencies/H18.20.2").expect(200).id()))
    );
    assert_eq!(of_records("indicator=CT3"), counts(&[figure(&march), figure(&commune)]));
    assert_eq!(
        of_records("indicator=CT7"),
        counts(&[
            row("staff", &person),
            row("staff", &elsewhere),
            row("courses", &course),
            row("training-records", &record)
        ])
    );
    assert_eq!(of_records("indicator=CT3&agency=H18.20"), counts(&[figure(&march)]));
    // 20 February lies in nd09's March, and in February of the civil calendar.
    let of_march = |calendar: &str| of_records(&format!("period=2026-03&agency=H18.1{calendar}"));
    assert_eq!(of_march("&calendar=nd09"), counts(&[row("staff", &elsewhere), figure(&commune)]));
    assert_eq!(of_march("&calendar=civil"), counts(&[]));
    assert_eq!(of_march(""), counts(&[row("staff", &elsewhere), figure(&commune)]));
    assert_eq!(
        of_records("period=2026-02&calendar=nd09&agency=H18.20"),
        counts(&[row("locks", &lock)]),
        "it covers February"
    );

    for (query, pointer, code) in
        [("agency=H18.99", "/agency", "unknown_agency"), ("indicator=CT99", "/indicator", "unknown_indicator")]
    {
        let errors = world.admin.get(&format!("/api/v1/audit?{query}")).expect(422).errors();
        assert_eq!(errors.get(pointer).map(String::as_str), Some(code));
    }
}

#[on_both_engines]
fn pages_of_what_is_filtered_lead_on_to_all_of_it(world: World) {
    let figures: Vec<i64> = (1..=9)
        .map(|month| world.declare("CT3", "H18.1", &format!("2026-0{month}"), 1, 2)["id"].as_i64().unwrap())
        .collect();
    for order in ["seq", "-seq"] {
        let mut found = Vec::new();
        let mut next = Some(format!("/api/v1/audit?resource=observations&agency=H18.1&limit=2&sort={order}"));
        while let Some(path) = next {
            let page = world.admin.get(&path).expect(200).json;
            found.extend(page["items"].as_array().unwrap().iter().map(|entry| entry["id"].as_i64().unwrap()));
            next = page["next"].as_str().map(|cursor| {
                format!("/api/v1/audit?resource=observations&agency=H18.1&limit=2&sort={order}&cursor={cursor}")
            });
        }
        let mut expected = figures.clone();
        if order == "-seq" {
            expected.reverse();
        }
        assert_eq!(found, expected, "{order}");
    }
}
