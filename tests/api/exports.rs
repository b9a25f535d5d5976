//! The provincial report in other systems' forms: what is sent, what its twin says of it, and what is refused.

use super::examples::OwnSample;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use support::server::Sample;
use support::{Answer, Client, World, on_both_engines};
use thidua_domain::accounts::users::Role;

const EXAMPLE: &str = "/api/v1/export-profiles/vi-du-cong-tinh";
const NATIVE: &str = "/api/v1/provincial-report";

/// A profile with these properties.
fn profile(code: &str, rows: &str, properties: Value) -> Value {
    json!({"code": code, "name_vi": "Biểu", "mapping": {"rows": rows, "properties": properties}})
}

fn property(name: &str, value: Value) -> Value {
    json!({"name": name, "label_vi": "Nhãn", "value": value})
}

fn text(path: &str) -> Value {
    json!({"kind": "text", "from": {"path": path}})
}

fn pull(client: &Client, code: &str, period: &str) -> Answer {
    client.get(&format!("/api/v1/export-profiles/{code}/report?period={period}")).expect(200)
}

/// `2026-10-20` as `20/10/2026`, by hand.
fn day_first(date: &Value) -> Value {
    match date.as_str() {
        Some(date) => json!(format!("{}/{}/{}", &date[8..10], &date[5..7], &date[..4])),
        None => Value::Null,
    }
}

/// The rows of a report by a key.
fn by<'r>(report: &'r Value, array: &str, key: &str) -> BTreeMap<String, &'r Value> {
    report[array].as_array().unwrap().iter().map(|row| (row[key].to_string(), row)).collect()
}

/// A report in the form of the example profile, converted by hand.
fn converted(report: &Value) -> Vec<Value> {
    let agencies = by(report, "agencies", "identifier");
    let indicators = by(report, "indicators", "code");
    let targets = by(report, "targets", "id");
    let verdicts = BTreeMap::from([
        ("met", "Đạt"),
        ("not_met", "Chưa đạt"),
        ("not_applicable", "Không phát sinh"),
        ("missing", "Chưa báo cáo"),
    ]);
    let rows = report["attainments"].as_array().unwrap().iter();
    let convert = |row: &Value| {
        let indicator = indicators[&row["indicator"].to_string()];
        let target = targets.get(&row["target"]["id"].to_string());
        json!({
            "MaDonVi": row["agency"], "TenDonVi": agencies[&row["agency"].to_string()]["name_vi"],
            "MaChiTieu": row["indicator"], "TenChiTieu": indicator["name_vi"], "DonViTinh": indicator["unit"],
            "KyBaoCao": row["period"].as_str().unwrap().replace("-Q", "").replace('-', ""),
            "TuNgay": day_first(&row["window"]["from"]), "DenNgay": day_first(&row["window"]["to"]),
            "HanGuiBaoCao": day_first(&report["submission_due"]), "TuSo": row["numerator"], "MauSo": row["denominator"],
            "TyLe": row["percent"], "KetQua": verdicts[row["verdict"].as_str().unwrap()], "ConThieu": row["shortfall"],
            "CanCuMucTieu": target.map(|target| target["basis"].clone()), "NguonDuLieu": "Thi đua Số (ví dụ)"
        })
    };
    rows.map(convert).collect()
}

/// The names of an object's members in the order they were sent, nested ones with dots.
fn names_in_order(body: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(body).unwrap();
    let first = text.find('{').unwrap();
    let mut names = Vec::new();
    let (mut above, mut last): (Vec<String>, Option<String>) = (Vec::new(), None);
    let mut rest = &text[first..];
    // Enough of a reader for objects of texts without quotes, numbers and null.
    while let Some(at) = rest.find(['{', '}', '"']) {
        match rest.as_bytes()[at] {
            b'{' => above.extend(last.take()),
            b'}' if above.pop().is_none() => return names,
            b'}' => {}
            _ => {
                let end = at + 1 + rest[at + 1..].find('"').unwrap();
                let name = &rest[at + 1..end];
                let is_name = rest[end + 1..].starts_with(':');
                if is_name {
                    if rest[end + 2..].starts_with('{') {
                        last = Some(name.to_owned());
                    } else {
                        names.push(above.iter().map(String::as_str).chain([name]).collect::<Vec<_>>().join("."));
                    }
                }
                rest = &rest[end + 1..];
                continue;
            }
        }
        rest = &rest[at + 1..];
    }
    names
}

#[on_both_engines]
fn the_example_says_what_the_report_says_member_by_member(sample: Sample) {
    let admin = sample.0.admin();
    let mut verdicts = BTreeSet::new();
    for (period, calendar) in [("2026-10", "nd09"), ("2026-Q3", "nd09"), ("2025", "nd09"), ("2026-08", "civil")] {
        let query = format!("period={period}&calendar={calendar}");
        let report = admin.get(&format!("{NATIVE}?{query}")).expect(200).json;
        let sent = admin.get(&format!("{EXAMPLE}/report?{query}")).expect(200).json;
        let expected = converted(&report);
        assert!(expected.len() > 50, "{query}: {}", expected.len());
        assert_eq!(sent.as_array().unwrap().len(), expected.len());
        for (sent, expected) in sent.as_array().unwrap().iter().zip(&expected) {
            assert_eq!(sent, expected, "{query}");
            verdicts.insert(sent["KetQua"].to_string());
        }
    }
    assert!(verdicts.len() >= 3, "{verdicts:?}");
}

#[on_both_engines]
fn the_twin_lists_exactly_the_properties_that_are_sent_in_their_order(sample: OwnSample) {
    let admin = sample.0.admin();
    let nested = json!({"code": "long", "name_vi": "Biểu lồng nhau", "mapping": {"rows": "attainments",
        "envelope": {"rows_name": "Du.Lieu", "members": [property("Dau.Ky", json!({"kind": "period",
            "from": {"of": "report", "path": "period"}, "pattern": "digits"}))]},
        "properties": [property("B.Y", text("agency")), property("A", text("indicator")),
                       property("B.X", json!({"kind": "whole_number", "from": {"path": "numerator"}}))]}});
    admin.post("/api/v1/export-profiles", &nested).expect(201);
    for (code, skip) in [("vi-du-cong-tinh", 0), ("long", 1)] {
        let twin = admin.get(&format!("/api/v1/export-profiles/{code}/metadata")).expect(200).json;
        let listed: Vec<_> =
            twin["properties"].as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap().to_owned()).collect();
        let sent = pull(&admin, code, "2026-10");
        let rows = match code {
            "long" => &sent.json["Du"]["Lieu"],
            _ => &sent.json,
        };
        assert!(rows.as_array().unwrap().len() > 50);
        let body = String::from_utf8(sent.body.clone()).unwrap();
        let row = if skip == 0 { body } else { body.split_once("\"Lieu\":").unwrap().1.to_owned() };
        // Members of a nested object stand together, at the place of the first.
        let grouped = if skip == 0 { listed.clone() } else { vec!["B.Y".to_owned(), "B.X".to_owned(), "A".to_owned()] };
        assert_eq!(names_in_order(row.as_bytes()), grouped, "{code}");
        assert_eq!(listed.iter().collect::<BTreeSet<_>>(), grouped.iter().collect(), "{code}");
        for row in rows.as_array().unwrap() {
            for property in twin["properties"].as_array().unwrap() {
                let at = format!("/{}", property["name"].as_str().unwrap().replace('.', "/"));
                let value = row.pointer(&at).unwrap_or_else(|| panic!("{at} is not in {row}"));
                let fits = match property["json_type"].as_str().unwrap() {
                    "string" => value.is_string(),
                    "integer" => value.is_i64(),
                    other => panic!("{other}"),
                };
                assert!(fits || value.is_null(), "{at}: {value}");
                let codes: Vec<_> = property["codes"].as_array().unwrap().iter().map(|pair| &pair["to"]).collect();
                assert!(codes.is_empty() || codes.contains(&value), "{at}: {value}");
            }
        }
    }
    let twin = admin.get("/api/v1/export-profiles/long/metadata").expect(200).json;
    assert_eq!(
        (&twin["form"], &twin["rows_name"], &twin["envelope"][0]["name"]),
        (&json!("envelope"), &json!("Du.Lieu"), &json!("Dau.Ky"))
    );
    assert_eq!(pull(&admin, "long", "2026-Q3").json["Dau"]["Ky"], "20263");
}

#[on_both_engines]
fn an_example_says_that_it_is_one_wherever_it_is_named(sample: Sample) {
    let admin = sample.0.admin();
    for address in [EXAMPLE.to_owned(), format!("{EXAMPLE}/metadata")] {
        let row = admin.get(&address).expect(200).json;
        assert_eq!(row["is_example"], true, "{address}");
        for (member, word) in [("name_vi", "Ví dụ"), ("name_en", "Example"), ("description", "Ví dụ minh họa")]
        {
            assert!(row[member].as_str().unwrap().contains(word), "{address} {member}");
        }
    }
    assert_eq!(admin.get(&format!("{EXAMPLE}/metadata")).expect(200).json["form"], "bare_array");
}

#[on_both_engines]
fn native_is_the_report_itself_and_stays_so(world: World) {
    world.declare("CT3", "H18.1", "2026-03", 1, 2);
    let report = world.admin.get(&format!("{NATIVE}?period=2026-03")).expect(200);
    let native = pull(&world.admin, "native", "2026-03");
    assert_eq!((&native.body, &native.headers["etag"]), (&report.body, &report.headers["etag"]));
    let row = world.admin.get("/api/v1/export-profiles/native").expect(200).json;
    assert_eq!((&row["built_in"], &row["mapping"]), (&json!(true), &Value::Null));
    assert_eq!(world.admin.get("/api/v1/export-profiles").expect(200).items(), &[row]);
    let before = world.server.database().model().seq;
    world.admin.patch("/api/v1/export-profiles/native", &json!({"name_vi": "A"})).refused(409, "built_in_profile");
    world.admin.delete("/api/v1/export-profiles/native").refused(409, "built_in_profile");
    let taken = profile("native", "attainments", json!([property("A", text("agency"))]));
    world.admin.post("/api/v1/export-profiles", &taken).refused(409, "already_exists");
    assert_eq!(world.server.database().model().seq, before);
}

#[on_both_engines]
fn the_twin_of_native_lists_every_path_a_mapping_can_name_and_each_can_be_named(world: World) {
    world.declare("CT3", "H18.1", "2026-03", 1, 2);
    let report = world.admin.get(&format!("{NATIVE}?period=2026-03")).expect(200).json;
    let twin = world.admin.get("/api/v1/export-profiles/native/metadata").expect(200).json;
    let mut tried = 0;
    for rows in ["attainments", "agencies", "indicators", "targets"] {
        let listed = twin["properties"].as_array().unwrap().iter();
        let listed: Vec<_> =
            listed.filter(|property| property["name"].as_str().unwrap().starts_with(&format!("{rows}[]."))).collect();
        // Every value of a real row stands at a path that is listed.
        let known: BTreeSet<_> = listed.iter().map(|property| property["path"].as_str().unwrap().to_owned()).collect();
        for row in report[rows].as_array().unwrap() {
            let mut found = Vec::new();
            paths(row, "", &mut found);
            found.iter().for_each(|path| assert!(known.contains(path), "{rows}: {path} is not listed"));
        }
        let properties: Vec<_> = listed
            .iter()
            .filter(|property| property["kind"] != "list")
            .map(|property| {
                let path = property["path"].as_str().unwrap();
                tried += 1;
                property_of(path, property)
            })
            .collect();
        world.create("export-profiles", profile(rows, rows, json!(properties)));
        let report = world.admin.get(&format!("{NATIVE}?period=2026-03")).expect(200).json;
        let sent = pull(&world.admin, rows, "2026-03").json;
        assert_eq!(sent.as_array().unwrap().len(), report[rows].as_array().unwrap().len());
        for (sent, row) in sent.as_array().unwrap().iter().zip(report[rows].as_array().unwrap()) {
            for path in listed
                .iter()
                .filter(|property| property["kind"] != "list")
                .map(|property| property["path"].as_str().unwrap())
            {
                let value = row.pointer(&format!("/{}", path.replace('.', "/"))).unwrap_or(&Value::Null);
                assert_eq!(&sent[path.replace('.', "-")], value, "{rows} {path}");
            }
        }
    }
    assert!(tried > 50, "{tried}");
}

#[on_both_engines]
fn a_stored_mapping_changes_what_is_sent_at_once(world: World) {
    world.declare("CT3", "H18.1", "2026-03", 1, 2);
    let first = json!([property("Ma", text("agency"))]);
    world.create("export-profiles", profile("b", "attainments", first));
    let sent = pull(&world.admin, "b", "2026-03");
    assert_eq!(sent.json[0], json!({"Ma": "H18"}));
    let change = json!({"mapping": {"rows": "indicators", "envelope": {"rows_name": "DS"}, "properties": [property("Ten", text("name_vi"))]}});
    world.admin.patch("/api/v1/export-profiles/b", &change).expect(200);
    let changed = world
        .admin
        .clone()
        .with("if-none-match", &sent.headers["etag"])
        .get("/api/v1/export-profiles/b/report?period=2026-03")
        .expect(200);
    assert_ne!(changed.headers["etag"], sent.headers["etag"]);
    assert_eq!(changed.json["DS"][0], json!({"Ten": "Chỉ tiêu CT1"}));
    world.admin.delete("/api/v1/export-profiles/b").expect(204);
    world.admin.get("/api/v1/export-profiles/b/report?period=2026-03").refused(404, "not_found");
    world.admin.get("/api/v1/export-profiles/b/metadata").refused(404, "not_found");
    world.server.assert_verified();
}

#[on_both_engines]
fn what_is_known_is_not_sent_again_and_each_profile_has_a_tag_of_its_own(world: World) {
    let same = json!([property("Ma", text("agency"))]);
    world.create("export-profiles", profile("a", "attainments", same.clone()));
    world.create("export-profiles", profile("b", "attainments", same));
    let (a, b) = (pull(&world.admin, "a", "2026-03"), pull(&world.admin, "b", "2026-03"));
    let native = world.admin.get(&format!("{NATIVE}?period=2026-03")).expect(200);
    let tags = BTreeSet::from([&a.headers["etag"], &b.headers["etag"], &native.headers["etag"]]);
    assert_eq!(tags.len(), 3, "{tags:?}");
    let known = world.admin.clone().with("if-none-match", &a.headers["etag"]);
    let again = known.get("/api/v1/export-profiles/a/report?period=2026-03").expect(304);
    assert!(again.body.is_empty());
    known.get("/api/v1/export-profiles/b/report?period=2026-03").expect(200);
    world.declare("CT3", "H18.1", "2026-03", 1, 2);
    known.get("/api/v1/export-profiles/a/report?period=2026-03").expect(200);
    known.get("/api/v1/export-profiles/a/report?period=2026-13").refused(422, "invalid_input");
}

#[on_both_engines]
fn a_scoped_caller_is_sent_its_scope_and_nothing_of_others(world: World) {
    world.declare("CT3", "H18.1", "2026-03", 1, 2);
    world.declare("CT3", "H18.2", "2026-03", 1, 2);
    world.create(
        "export-profiles",
        profile(
            "b",
            "attainments",
            json!([
                property("Ma", text("agency")),
                property("Ten", json!({"kind": "text", "from": {"of": "agency", "path": "name_vi"}}))
            ]),
        ),
    );
    for role in [Role::Viewer, Role::Puller] {
        let sent = pull(&world.server.user(role, Some("H18.1")), "b", "2026-03").json;
        assert_eq!(sent.as_array().unwrap().len(), 7, "{role}: one row per indicator");
        assert!(
            sent.as_array().unwrap().iter().all(|row| *row == json!({"Ma": "H18.1", "Ten": "Cơ quan H18.1"})),
            "{sent}"
        );
    }
}

#[on_both_engines]
fn a_bad_mapping_is_refused_at_its_pointer_and_not_stored(world: World) {
    let before = world.server.database().model().seq;
    let code = |codes: Value| json!({"kind": "code", "from": {"path": "verdict"}, "codes": codes});
    let from = |kind: &str, of: &str, path: &str| json!({"kind": kind, "from": {"of": of, "path": path}});
    let date = |path: &str| json!({"kind": "date", "from": {"path": path}, "pattern": "yyyyMMdd"});
    let whole = "/mapping/properties/0/value";
    let cases = [
        (text("numerater"), format!("{whole}/from/path"), "unknown_source_path", "numerator"),
        (text("target"), format!("{whole}/from/path"), "unknown_source_path", "target.comparison"),
        (text("zzzzzz"), format!("{whole}/from/path"), "unknown_source_path", "zzzzzz"),
        (text("Window.From"), format!("{whole}/from/path"), "invalid_source_path", "window.from"),
        (from("text", "agency", "name_v"), format!("{whole}/from/path"), "unknown_source_path", "name_vi"),
        (from("whole_number", "row", "percent"), format!("{whole}/kind"), "format_does_not_fit", "text"),
        (from("text", "row", "recorded_under"), format!("{whole}/kind"), "format_does_not_fit", "list"),
        (date("period"), format!("{whole}/kind"), "format_does_not_fit", "period"),
        (code(json!([])), format!("{whole}/codes"), "empty_list", ""),
        (code(json!([{"from": "met", "to": "1"}])), format!("{whole}/codes"), "incomplete_code_list", "not_met"),
        (code(json!([{"from": "mett", "to": "1"}])), format!("{whole}/codes/0/from"), "unknown_value", "met"),
        (
            code(json!([{"from": "met", "to": "1"}, {"from": "met", "to": "2"}])),
            format!("{whole}/codes/1/from"),
            "repeated_value",
            "",
        ),
        (json!({"kind": "constant", "text": " "}), format!("{whole}/text"), "invalid_length", ""),
        (json!({"kind": "ngay"}), format!("{whole}/kind"), "unknown_value", "date"),
        (
            json!({"kind": "date", "from": {"path": "window.to"}, "pattern": "dd-MM-yyyy"}),
            format!("{whole}/pattern"),
            "unknown_value",
            "dd/MM/yyyy",
        ),
        (
            json!({"kind": "text", "from": {"path": "agency", "join": 1}}),
            format!("{whole}/from/join"),
            "unknown_member",
            "",
        ),
    ];
    let refused = |body: &Value, pointer: &str, code: &str, hint: &str| {
        let answer = world
            .admin
            .clone()
            .with("accept-language", "en")
            .post("/api/v1/export-profiles", body)
            .refused(422, "invalid_input");
        let errors = answer.json["errors"].as_array().unwrap().clone();
        let error = errors.iter().find(|error| error["pointer"] == pointer && error["code"] == code);
        let error = error.unwrap_or_else(|| panic!("no {code} at {pointer}: {errors:?}"));
        assert!(error["detail"].as_str().unwrap().contains(hint), "{error}");
    };
    for (value, pointer, code, hint) in &cases {
        refused(&profile("x", "attainments", json!([property("A", value.clone())])), pointer, code, hint);
    }
    let two = |first: &str, second: &str| {
        profile("x", "attainments", json!([property(first, text("agency")), property(second, text("agency"))]))
    };
    refused(&two("A", "A"), "/mapping/properties/1/name", "duplicate_output_name", "/properties/0/name");
    refused(&two("A", "A.B"), "/mapping/properties/1/name", "value_and_parent", "/properties/0/name");
    refused(&two("A.B", "A"), "/mapping/properties/1/name", "value_and_parent", "/properties/0/name");
    for name in ["Mã", "1A", "A..B", "A.B.C.D.E.F", "A B", ".A", "A."] {
        refused(&two(name, "Z"), "/mapping/properties/0/name", "invalid_output_name", "DonVi.MaDonVi");
    }
    refused(
        &profile("x", "agencies", json!([property("A", from("text", "target", "basis"))])),
        &format!("{whole}/from/of"),
        "source_out_of_reach",
        "row, report",
    );
    refused(&profile("x", "agencies", json!([])), "/mapping/properties", "out_of_limits", "");
    let mut enveloped = profile("x", "attainments", json!([property("A", text("agency"))]));
    enveloped["mapping"]["envelope"] = json!({"rows_name": "A", "members": [property("A", from("text", "report", "period")), property("B", text("agency"))]});
    refused(&enveloped, "/mapping/envelope/rows_name", "duplicate_output_name", "/envelope/members/0/name");
    refused(&enveloped, "/mapping/envelope/members/1/value/from/of", "source_out_of_reach", "report");
    // Everything that is wrong is told at once.
    let all: Vec<_> = cases
        .iter()
        .take(3)
        .enumerate()
        .map(|(index, (value, ..))| property(&format!("A{index}"), value.clone()))
        .collect();
    let errors =
        world.admin.post("/api/v1/export-profiles", &profile("x", "attainments", json!(all))).expect(422).errors();
    assert_eq!(errors.len(), 3, "{errors:?}");
    assert_eq!(world.server.database().model().seq, before);
    assert_eq!(world.admin.get("/api/v1/export-profiles").expect(200).items().len(), 1);
    // A patch is held to the same.
    world.create("export-profiles", profile("x", "attainments", json!([property("A", text("agency"))])));
    let patch = json!({"mapping": {"rows": "targets", "properties": [property("A", text("verdict"))]}});
    let errors = world.admin.patch("/api/v1/export-profiles/x", &patch).refused(422, "invalid_input").errors();
    assert_eq!(errors.get(&format!("{whole}/from/path")).map(String::as_str), Some("unknown_source_path"));
    assert_eq!(pull(&world.admin, "x", "2026-03").json[0], json!({"A": "H18"}));
    world.server.assert_verified();
}

#[on_both_engines]
fn there_is_room_for_two_hundred_profiles_and_no_more(world: World) {
    let row = |number: u32| profile(&format!("b{number}"), "attainments", json!([property("A", text("agency"))]));
    (0..200).for_each(|number| drop(world.create("export-profiles", row(number))));
    world.admin.post("/api/v1/export-profiles", &row(200)).refused(409, "too_many_profiles");
    assert_eq!(world.admin.get("/api/v1/export-profiles").expect(200).items().len(), 201);
    world.admin.delete("/api/v1/export-profiles/b7").expect(204);
    world.create("export-profiles", row(200));
}

/// Every path of a row to a single value or a list.
fn paths(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                paths(member, &if at.is_empty() { name.clone() } else { format!("{at}.{name}") }, found);
            }
        }
        Value::Null => {}
        _ => found.push(at.to_owned()),
    }
}

/// A property that sends what stands at a path as it stands there.
fn property_of(path: &str, listed: &Value) -> Value {
    let kind = match listed["kind"].as_str().unwrap() {
        "code" => "text",
        kind => kind,
    };
    let mut value = json!({"kind": kind, "from": {"path": path}});
    if !listed["pattern"].is_null() {
        value["pattern"] = listed["pattern"].clone();
    }
    property(&path.replace('.', "-"), value)
}
