//! Batches of the catalogue: a province's agencies, indicators, targets and periods in one request each.

use serde_json::{Value, json};
use support::bodies::{self, Members};
use support::{Client, World, on_both_engines};

fn batch(client: &Client, resource: &str, query: &str, rows: &[Value]) -> support::Answer {
    client.post(&format!("/api/v1/{resource}/batch{query}"), &json!(rows))
}

fn counts(report: &Value) -> [i64; 4] {
    ["created", "updated", "unchanged", "rejected"].map(|count| report[count].as_i64().expect("a count"))
}

/// Communes below a new district, the district last or first.
fn communes(district: &str, count: usize) -> Vec<Value> {
    let mut rows = vec![bodies::agency(district, "ubnd_huyen", Some("H18"))];
    rows.extend((1..=count).map(|number| bodies::agency(&format!("{district}.{number}"), "ubnd_xa", Some(district))));
    rows
}

#[on_both_engines]
fn agencies_of_a_province_are_made_in_one_request(world: World) {
    let rows = communes("H18.70", 45);
    let made = batch(&world.admin, "agencies", "", &rows).expect(200);
    assert_eq!(counts(&made.json), [46, 0, 0, 0]);
    assert_eq!(world.admin.get("/api/v1/agencies/H18.70.45").expect(200).json["parent"], "H18.70");
    let seq = world.server.seq();
    assert_eq!(counts(&batch(&world.admin, "agencies", "", &rows).expect(200).json), [0, 0, 46, 0]);
    assert_eq!(world.server.seq(), seq, "what is as it was is no change");

    let mut changed = rows.clone();
    changed[1] = changed[1].clone().with("name_vi", "Xã khác");
    changed.push(bodies::agency("H18.70.46", "ubnd_xa", Some("H18.70")));
    let lines: String = changed.iter().map(|row| format!("{row}\n")).collect();
    let path = "/api/v1/agencies/batch";
    let made = world.admin.send("POST", path, Some("application/x-ndjson"), lines.as_bytes()).expect(200);
    assert_eq!(counts(&made.json), [1, 1, 45, 0]);
    assert_eq!(world.admin.get("/api/v1/agencies/H18.70.1").expect(200).json["name_vi"], "Xã khác");
    world.server.assert_verified();
}

#[on_both_engines]
fn a_batch_that_does_not_fit_leaves_nothing_and_a_partial_one_what_fits(world: World) {
    let seq = world.server.seq();
    // The parent comes after one child, and the last row has no name.
    let mut rows = communes("H18.71", 2);
    rows.swap(0, 1);
    rows.push(bodies::agency("H18.72", "ubnd_huyen", Some("H18")).without("name_vi"));
    let refused = batch(&world.admin, "agencies", "", &rows).refused(422, "batch_rejected").json;
    let told: Vec<_> = refused["batch"]["rejections"].as_array().unwrap().iter().map(|row| &row["index"]).collect();
    assert_eq!((told, world.server.seq()), (vec![&json!(0), &json!(3)], seq));

    let part = batch(&world.admin, "agencies", "?mode=partial", &rows).expect(207);
    assert_eq!(counts(&part.json), [2, 0, 0, 2]);
    let part = batch(&world.admin, "agencies", "?mode=partial", &rows).expect(207);
    assert_eq!(counts(&part.json), [1, 0, 2, 1]);
    for (mode, expected) in [("create", [0, 0, 0, 4]), ("update", [0, 0, 3, 1])] {
        let part = batch(&world.admin, "agencies", &format!("?mode={mode},partial"), &rows).expect(207);
        assert_eq!(counts(&part.json), expected, "{mode}");
    }
    world.server.assert_verified();
}

#[on_both_engines]
fn a_dry_run_says_what_would_happen_and_changes_nothing(world: World) {
    let trying = world.admin.clone().with("prefer", "tx=rollback");
    let seq = world.server.seq();
    let mut rows = communes("H18.73", 3);
    for query in ["", "?mode=partial"] {
        let status = if query.is_empty() { 200 } else { 207 };
        let tried = batch(&trying, "agencies", query, &rows).expect(status);
        assert_eq!(counts(&tried.json), [4, 0, 0, 0], "{query}");
    }
    rows.push(bodies::agency("H18.73.9", "ubnd_xa", Some("H18.99")));
    let tried = batch(&trying, "agencies", "?mode=partial", &rows).expect(207);
    assert_eq!(counts(&tried.json), [4, 0, 0, 1]);
    batch(&trying, "agencies", "", &rows).refused(422, "batch_rejected");
    assert_eq!(world.server.seq(), seq);
    world.admin.get("/api/v1/agencies/H18.73").refused(404, "not_found");
}

#[on_both_engines]
fn indicators_targets_and_periods_are_known_by_what_they_are_about(world: World) {
    let indicator = |code: &str, name: &str| {
        json!({
            "code": code, "movement": "M", "name_vi": name, "numerator_definition": "Tử số", "owner": "H18.20",
            "denominator_definition": "Mẫu số", "unit": "người", "semantics": "flow", "source": {"kind": "declared"},
            "legal_basis": "1/KH", "weight": 1, "agency_kinds": ["ubnd_xa"], "valid_from": "2023-01-01"
        })
    };
    let rows = [indicator("CT-A", "Một"), indicator("CT-B", "Hai")];
    assert_eq!(counts(&batch(&world.admin, "indicators", "", &rows).expect(200).json), [2, 0, 0, 0]);
    let rows = [indicator("CT-A", "Một"), indicator("CT-B", "Ba")];
    assert_eq!(counts(&batch(&world.admin, "indicators", "", &rows).expect(200).json), [0, 1, 1, 0]);

    let targets =
        [bodies::target("CT-A", 1, 2), bodies::target("CT-A", 3, 4).with("year", 2026), bodies::target("CT-B", 1, 2)];
    assert_eq!(counts(&batch(&world.admin, "targets", "", &targets).expect(200).json), [3, 0, 0, 0]);
    let targets =
        [bodies::target("CT-A", 1, 2), bodies::target("CT-A", 4, 5).with("year", 2026), bodies::target("CT-B", 1, 2)];
    assert_eq!(counts(&batch(&world.admin, "targets", "", &targets).expect(200).json), [0, 1, 2, 0]);
    let repeated = [bodies::target("CT-B", 1, 2), bodies::target("CT-B", 1, 3)];
    batch(&world.admin, "targets", "", &repeated).refused(422, "batch_rejected");

    let periods: Vec<Value> =
        (1..=12).map(|month| bodies::cut_off(&format!("2029-{month:02}"), "2030-03-31")).collect();
    assert_eq!(counts(&batch(&world.admin, "periods", "", &periods).expect(200).json), [12, 0, 0, 0]);
    assert_eq!(counts(&batch(&world.admin, "periods", "?mode=update", &periods).expect(200).json), [0, 0, 12, 0]);
    batch(&world.admin, "periods", "?mode=create", &periods[..1]).refused(422, "batch_rejected");
    world.server.assert_verified();
}
