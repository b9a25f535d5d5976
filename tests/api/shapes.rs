//! Nothing is silently dropped: what is unknown, read-only, missing, doubled or of another type is named, in both
//! languages.

use super::cases::{CASES, furnish};
use crate::contract::document::operations;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use support::bodies::Members;
use support::contract::document;
use support::{Answer, Client, World, on_both_engines};

/// The schema of what a list's resource is written as.
fn input(list: &str) -> Value {
    let path = if list.contains("phases") { "/api/v1/movements/{movement}/phases" } else { &format!("/api/v1/{list}") };
    let schema = &document()["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"];
    resolved(schema).clone()
}

fn resolved(schema: &Value) -> &Value {
    let reference = schema["$ref"].as_str();
    reference.map_or(schema, |reference| document().pointer(reference.trim_start_matches('#')).expect("a schema"))
}

/// The texts of a refusal by pointer and code, in Vietnamese and English.
fn texts(ask: impl Fn(&str) -> Answer) -> BTreeMap<(String, String), (String, String)> {
    let read = |language| {
        let answer = ask(language).refused(422, "invalid_input");
        let errors = answer.json["errors"].as_array().expect("errors").clone();
        errors.into_iter().map(|error| {
            let text = |member: &str| error[member].as_str().expect("a text").to_owned();
            ((text("pointer"), text("code")), text("detail"))
        })
    };
    let english: BTreeMap<_, _> = read("en").collect();
    read("vi").map(|(key, vi)| (key.clone(), (vi, english[&key].clone()))).collect()
}

/// True for a Vietnamese sentence: English words in it would be a library's own message.
fn is_vietnamese(text: &str) -> bool {
    let foreign = ["expected", "invalid", "missing", "unknown", "must", "the", "is", "of"];
    text.chars().any(|c| "ạảấầẩậắằặẹẽếềểễệỉịọỏốồổộớờởợụủứừửữựỳýỹđĐáàãâăéèêíìóòôơúùư".contains(c))
        && !text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| foreign.contains(&word))
}

fn send(client: &Client, language: &str, method: &str, path: &str, body: &str) -> Answer {
    let client = client.clone().with("accept-language", language).with("if-match", "*");
    client.send(method, path, Some("application/json"), body.as_bytes())
}

#[on_both_engines]
fn an_unknown_member_is_named_with_the_one_that_was_meant(world: World) {
    furnish(&world);
    let before = world.server.seq();
    let rule = json!({"level_approved": true, "plan_deployed": true, "monitored": true, "asessment_valid": true});
    for (list, change, pointer, near) in [
        ("courses", json!({"organizer": "H18.20"}), "/organizer", Some("organiser")),
        ("agencies", json!({"nameVi": "A"}), "/nameVi", Some("name_vi")),
        ("agencies", json!({"a/b~c": 1}), "/a~1b~0c", None),
        ("staff", json!({"tenures": [{"agency": "H18.1", "form": "2025-01-01"}]}), "/tenures/0/form", Some("from")),
        ("targets", json!({"value": {"numerator": 1, "denominator": 2, "khong_co": 3}}), "/value/khong_co", None),
        ("indicators", json!({"source": {"kind": "declared", "rules": {}}}), "/source/rules", None),
        (
            "indicators",
            json!({"source": {"kind": "monitoring_statuses", "rule": rule}}),
            "/source/rule/asessment_valid",
            Some("assessment_valid"),
        ),
    ] {
        let case = CASES.iter().find(|case| case.list == list).unwrap();
        let mut body = (case.body)(0);
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let texts = texts(|language| send(&world.admin, language, "POST", &case.all(), &body.to_string()));
        let (vi, en) = &texts[&(pointer.to_owned(), "unknown_member".to_owned())];
        assert!(is_vietnamese(vi), "{vi}");
        assert_eq!(en.contains("Did you mean"), near.is_some(), "{en}");
        assert!(near.is_none_or(|near| vi.contains(&format!("Có phải là {near}?")) && en.contains(near)), "{vi} {en}");
    }
    assert_eq!(world.server.seq(), before);
}

#[on_both_engines]
fn what_the_system_sets_cannot_be_sent_not_even_as_null(world: World) {
    furnish(&world);
    for case in CASES {
        let row = world.create(case.list, (case.body)(0));
        let before = world.server.seq();
        let known = input(case.list)["properties"].clone();
        let own: Vec<_> = row.as_object().unwrap().keys().filter(|name| known.get(name.as_str()).is_none()).collect();
        assert!(own.contains(&&"id".to_owned()), "{}", case.list);
        for name in own {
            let mut body = (case.body)(1);
            body[name] = row[name].clone();
            for (method, path, body) in [
                ("POST", case.all(), body),
                ("PATCH", case.path(&row), json!({ name: row[name] })),
                ("PATCH", case.path(&row), json!({ name: null })),
            ] {
                let texts = texts(|language| send(&world.admin, language, method, &path, &body.to_string()));
                let (vi, _) = &texts[&(format!("/{name}"), "read_only_member".to_owned())];
                assert!(is_vietnamese(vi), "{vi}");
            }
        }
        let null = world.admin.clone().with("if-match", "*").patch(&case.path(&row), &json!({"khong_co": null}));
        assert_eq!(null.refused(422, "invalid_input").errors()["/khong_co"], "unknown_member", "{}", case.list);
        assert_eq!(world.server.seq(), before);
    }
}

#[on_both_engines]
fn a_null_deep_in_a_patch_hides_nothing_either(world: World) {
    furnish(&world);
    for (list, patch, pointer) in [
        ("targets", json!({"value": {"khong_co": null}}), "/value/khong_co"),
        ("indicators", json!({"source": {"khong_co": null}}), "/source/khong_co"),
    ] {
        let case = CASES.iter().find(|case| case.list == list).unwrap();
        let row = world.create(list, (case.body)(0));
        let errors = world.admin.patch(&case.path(&row), &patch).refused(422, "invalid_input").errors();
        assert_eq!(errors.get(pointer).map(String::as_str), Some("unknown_member"), "{errors:?}");
    }
}

#[on_both_engines]
fn every_missing_member_is_named_at_once(world: World) {
    let before = world.server.seq();
    for case in CASES {
        let texts = texts(|language| send(&world.admin, language, "POST", &case.all(), "{}"));
        let expected: BTreeSet<_> = input(case.list)["required"]
            .as_array()
            .unwrap()
            .iter()
            .map(|name| (format!("/{}", name.as_str().unwrap()), "missing_member".to_owned()))
            .collect();
        assert_eq!(texts.keys().cloned().collect::<BTreeSet<_>>(), expected, "{}", case.list);
        assert!(texts.values().all(|(vi, _)| is_vietnamese(vi)), "{texts:?}");
    }
    let errors = world.admin.post("/api/v1/targets", &json!({"value": {}})).refused(422, "invalid_input").errors();
    assert!(errors.contains_key("/value/numerator") && errors.contains_key("/basis"), "{errors:?}");
    assert_eq!(world.server.seq(), before);
}

#[on_both_engines]
fn a_wrong_type_is_told_by_the_right_one(world: World) {
    furnish(&world);
    let before = world.server.seq();
    for case in CASES {
        let schema = input(case.list);
        for (name, member) in schema["properties"].as_object().unwrap() {
            let optional =
                member["oneOf"].as_array().and_then(|either| either.iter().find(|one| one["type"] != "null"));
            let member = resolved(optional.unwrap_or(member));
            let kinds = &member["type"];
            let kind = kinds.as_str().or_else(|| kinds[0].as_str()).unwrap_or("object");
            let (wrong, vi_type, en_type) = match (kind, member["format"].as_str()) {
                ("string", Some("date")) => (json!(3), "ngày", "a date"),
                ("string", Some("date-time")) => (json!(true), "thời điểm", "a moment"),
                ("string", _) => (json!(3), "chuỗi ký tự", "a text"),
                ("integer", _) => (json!("3"), "số nguyên", "a whole number"),
                ("boolean", _) => (json!("true"), "true hoặc false", "true or false"),
                ("array", _) => (json!({}), "danh sách", "a list"),
                _ => (json!([]), "đối tượng", "an object"),
            };
            let mut body = (case.body)(0);
            body[name] = wrong;
            let texts = texts(|language| send(&world.admin, language, "POST", &case.all(), &body.to_string()));
            let found = texts.get(&(format!("/{name}"), "wrong_type".to_owned()));
            let (vi, en) = found.unwrap_or_else(|| panic!("{} {name}: {texts:?}", case.list));
            assert!(
                is_vietnamese(vi) && vi.contains(vi_type) && en.contains(en_type),
                "{} {name}: {vi} {en}",
                case.list
            );
        }
    }
    let course = |member: &str, value: Value| {
        let mut body = (CASES.iter().find(|case| case.list == "courses").unwrap().body)(0);
        body[member] = value;
        texts(|language| send(&world.admin, language, "POST", "/api/v1/courses", &body.to_string()))
    };
    let (vi, en) = &course("kind", json!("awarenes"))[&("/kind".to_owned(), "unknown_value".to_owned())];
    assert!(
        is_vietnamese(vi) && vi.contains("Có phải là awareness?") && en.contains("Did you mean awareness?"),
        "{vi} {en}"
    );
    let (vi, _) = &course("from", json!("2026-02-30"))[&("/from".to_owned(), "invalid_date".to_owned())];
    assert!(is_vietnamese(vi), "{vi}");
    // Everything that is wrong is said at once.
    let several =
        json!({"code": 1, "name": "N", "kind": "x", "hours": "y", "from": "z", "to": "2026-01-01", "extra": 1});
    let errors = world.admin.post("/api/v1/courses", &several).refused(422, "invalid_input").errors();
    let expected = [
        ("/code", "wrong_type"),
        ("/extra", "unknown_member"),
        ("/form", "missing_member"),
        ("/from", "invalid_date"),
        ("/hours", "wrong_type"),
        ("/kind", "unknown_value"),
        ("/organiser", "missing_member"),
    ];
    assert_eq!(errors, expected.map(|(pointer, code)| (pointer.to_owned(), code.to_owned())).into());
    assert_eq!(world.server.seq(), before);
}

#[on_both_engines]
fn a_text_that_is_not_of_its_kind_is_told_with_all_other_faults(world: World) {
    let before = world.server.seq();
    let refused = |body: Value| world.admin.post("/api/v1/courses", &body).refused(422, "invalid_input").errors();
    let named = |errors: &[(&str, &str)]| -> BTreeMap<_, _> {
        errors.iter().map(|(pointer, code)| (format!("/{pointer}"), (*code).to_owned())).collect()
    };
    let wrong = json!({"code": "KH 1", "name": " ", "kind": "khong_co", "form": "online", "hours": "8",
                       "from": "2026-13-01", "to": "2026-10-01", "organiser": "h18", "khong_co": 1});
    let told = named(&[
        ("code", "invalid_code"),
        ("name", "invalid_length"),
        ("kind", "unknown_value"),
        ("hours", "wrong_type"),
        ("from", "invalid_date"),
        ("organiser", "invalid_agency_identifier"),
        ("khong_co", "unknown_member"),
    ]);
    assert_eq!(refused(wrong), told);
    let long = json!({"code": "K".repeat(51), "name": "x".repeat(301), "kind": "awareness", "form": "online",
                      "hours": 8, "from": "2026-09-01", "to": "2026-10-01", "organiser": ""});
    let told = named(&[("code", "out_of_limits"), ("name", "out_of_limits"), ("organiser", "out_of_limits")]);
    assert_eq!(refused(long), told);
    let beyond = json!({"code": "KH 1", "name": "N", "kind": "awareness", "form": "online", "hours": 2001,
                        "from": "2026-09-01", "to": "2026-10-01", "organiser": "H18"});
    assert_eq!(refused(beyond), named(&[("code", "invalid_code"), ("hours", "out_of_limits")]));
    let query = "attainments?period=2026-13&calendar=nd%2009&agency=h18";
    let errors = world.admin.get(&format!("/api/v1/{query}")).refused(422, "invalid_input").errors();
    let told =
        named(&[("period", "invalid_period"), ("calendar", "invalid_code"), ("agency", "invalid_agency_identifier")]);
    assert_eq!(errors, told);
    assert_eq!(world.server.seq(), before);
}

#[on_both_engines]
fn a_value_beyond_its_limits_is_told_them_as_its_type_has_them(world: World) {
    let told = |path: &str, body: Option<Value>, expected: &[(&str, &str)]| {
        let ask = |language: &str| match &body {
            Some(body) => send(&world.admin, language, "POST", &format!("/api/v1/{path}"), &body.to_string()),
            None => world.admin.clone().with("accept-language", language).get(&format!("/api/v1/{path}")),
        };
        let within = |(pointer, limits): &(&str, &str)| {
            let text = format!("The value or length must be within {limits}.");
            ((format!("/{pointer}"), "out_of_limits".to_owned()), text)
        };
        let english = texts(ask).into_iter().map(|(place, (_, text))| (place, text));
        assert_eq!(english.collect::<Vec<_>>(), expected.iter().map(within).collect::<Vec<_>>());
    };
    let changed = |list: &str, member: &str, value: Value| {
        let case = CASES.iter().find(|case| case.list == list).unwrap();
        Some((case.body)(0).with(member, value))
    };
    told("courses", changed("courses", "hours", json!(0)), &[("hours", "1–2,000")]);
    told("indicators", changed("indicators", "agency_kinds", json!([])), &[("agency_kinds", "1–8")]);
    told("movements", changed("movements", "basis", json!(vec!["Số 1"; 101])), &[("basis", "≤ 100")]);
    told("changes/reconcile", Some(json!({"seq": -1, "digests": []})), &[("seq", "≥ 0")]);
    told("periods?year=1999", None, &[("year", "2000–2199")]);
    told(&format!("periods?sort={}", "x".repeat(51)), None, &[("sort", "≤ 50")]);
    let login = json!({"username": "", "password": "", "code": "12345"});
    told("auth/login", Some(login), &[("code", "6–29"), ("password", "1–200"), ("username", "1–50")]);
}

#[on_both_engines]
fn a_member_that_stands_twice_is_refused(world: World) {
    world.course("K");
    let before = world.server.seq();
    let course = |more: &str| {
        format!(
            "{{\"code\": \"L\", \"name\": \"A\", \"kind\": \"ai\", \"form\": \"online\", \"hours\": 1, \"from\": \
        \"2026-01-01\", \"to\": \"2026-01-01\", \"organiser\": \"H18.20\"{more}}}"
        )
    };
    for (method, path, body, pointer) in [
        ("POST", "/api/v1/courses", course(", \"hours\": 1"), "/hours"),
        ("POST", "/api/v1/courses", course(", \"ho\\u0075rs\": 9"), "/hours"),
        ("PATCH", "/api/v1/courses/K", "{\"hours\": 2, \"hours\": 3}".to_owned(), "/hours"),
        (
            "POST",
            "/api/v1/staff",
            "{\"tenures\": [{}, {\"agency\": \"H18\", \"agency\": \"H18.1\"}]}".to_owned(),
            "/tenures/1/agency",
        ),
        (
            "POST",
            "/api/v1/auth/login",
            "{\"username\": \"admin\", \"username\": \"x\", \"password\": \"y\"}".to_owned(),
            "/username",
        ),
    ] {
        let texts = texts(|language| send(&world.admin, language, method, path, &body));
        let (vi, _) = &texts[&(pointer.to_owned(), "duplicate_member".to_owned())];
        assert!(is_vietnamese(vi), "{vi}");
    }
    for (kind, body) in [
        ("application/json", format!("[{}, {}]", course(""), course(", \"hours\": 2"))),
        ("application/x-ndjson", format!("{}\n{}", course(""), course(", \"hours\": 2"))),
    ] {
        let refused = world.admin.send("POST", "/api/v1/courses/batch", Some(kind), body.as_bytes()).expect(422);
        let errors = refused.all_errors();
        assert_eq!(errors, BTreeMap::from([("/1/hours".to_owned(), "duplicate_member".to_owned())]), "{kind}");
    }
    assert_eq!(world.server.seq(), before);
    world.admin.send("POST", "/api/v1/courses", Some("application/json"), course("").as_bytes()).expect(201);
}

#[on_both_engines]
fn a_body_full_of_faults_gets_a_short_answer(world: World) {
    let many: serde_json::Map<_, _> = (0..20_000).map(|number| (format!("k{number}"), json!("1800-01-01"))).collect();
    let doubled = format!("{{{}}}", vec!["\"a\":1"; 20_000].join(","));
    for body in [json!(many).to_string(), json!(many).to_string().replace("1800-01-01", ""), doubled] {
        let answer = send(&world.admin, "en", "POST", "/api/v1/courses", &body).refused(422, "invalid_input");
        assert!((1..=100).contains(&answer.json["errors"].as_array().unwrap().len()) && answer.body.len() < 30_000);
    }
    let query = (0..5_000).map(|number| format!("k{number}")).collect::<Vec<_>>().join("&");
    for path in ["/api/v1/courses", "/api/v1/courses/K", "/api/v1/periods/resolve"] {
        let answer = world.admin.get(&format!("{path}?{query}")).refused(422, "invalid_input");
        assert!((1..=100).contains(&answer.json["errors"].as_array().unwrap().len()) && answer.body.len() < 30_000);
    }
}

#[on_both_engines]
fn no_operation_passes_over_a_parameter_it_does_not_know(world: World) {
    let before = world.server.seq();
    for (path, method, operation) in operations() {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let identities = parameters.filter(|parameter| parameter["schema"]["type"] == "integer");
        let path = identities
            .fold(path, |path, parameter| path.replace(&format!("{{{}}}", parameter["name"].as_str().unwrap()), "1"));
        let path = path.replace("{period}", "2026-01").replace("{calendar}", "nd09").replace("{date}", "2026-09-02");
        let path = path.replace("{movement}", "M").replace("{indicator}", "CT1").replace("{agency}", "H18");
        let path = path.replace(['{', '}'], "");
        let asked = format!("{path}?khong_co=1");
        let texts = texts(|language| send(&world.admin, language, &method, &asked, "{}"));
        let (vi, _) = texts
            .get(&("/khong_co".to_owned(), "unknown_parameter".to_owned()))
            .unwrap_or_else(|| panic!("{method} {path}: {texts:?}"));
        assert!(is_vietnamese(vi), "{vi}");
    }
    assert_eq!(world.server.seq(), before);
}

#[on_both_engines]
fn a_parameter_is_told_by_its_name_its_type_and_its_limits(world: World) {
    for (query, pointer, code, vi_part, en_part) in [
        ("agencies?limt=5", "/limt", "unknown_parameter", "Có phải là limit?", "Did you mean limit?"),
        (
            "agencies?validOn=2026-01-01",
            "/validOn",
            "unknown_parameter",
            "Có phải là valid_on?",
            "Did you mean valid_on?",
        ),
        ("agencies?kind=so_nghanh", "/kind", "unknown_value", "Có phải là so_nganh?", "Did you mean so_nganh?"),
        ("agencies?valid_on=hôm-nay", "/valid_on", "invalid_date", "ngày", "a date"),
        ("agencies?limit=many", "/limit", "wrong_type", "số nguyên", "a whole number"),
        ("agencies?limit=-1", "/limit", "out_of_limits", "1", "1"),
        ("agencies?limit=5&limit=5", "/limit", "duplicate_parameter", "nhiều lần", "more than once"),
        ("incidents?open=yes", "/open", "wrong_type", "true hoặc false", "true or false"),
        ("incidents?from=2026-01-01", "/from", "invalid_moment", "thời điểm", "a moment"),
        ("information-systems?level=300", "/level", "out_of_limits", "5", "5"),
        ("attainments", "/period", "missing_parameter", "bắt buộc", "required"),
        ("attainments?perod=2026", "/perod", "unknown_parameter", "Có phải là period?", "Did you mean period?"),
    ] {
        let path = format!("/api/v1/{query}").replace('ô', "%C3%B4");
        let texts = texts(|language| world.admin.clone().with("accept-language", language).get(&path));
        let found = texts.get(&(pointer.to_owned(), code.to_owned()));
        let (vi, en) = found.unwrap_or_else(|| panic!("{query}: {texts:?}"));
        assert!(is_vietnamese(vi) && vi.contains(vi_part) && en.contains(en_part), "{query}: {vi} {en}");
    }
}
