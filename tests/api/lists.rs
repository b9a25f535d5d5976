//! Promises of every list: totals, links, chosen members, and pages that neither miss a row nor repeat one.

use super::cases::{CASES, Case, furnish};
use crate::contract::document::operations;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use support::server::Sample;
use support::{Answer, Client, World, on_both_engines};
use thidua_domain::accounts::users::Role;

/// Lists that are paged.
fn paged() -> impl Iterator<Item = &'static Case> {
    CASES.iter().filter(|case| !case.sorts.is_empty())
}

/// Lists without a case in [`CASES`], with their sort keys: no plain request creates their rows.
const WITHOUT_CASE: &[(&str, &[&str])] = &[
    ("/api/v1/audit", &["seq"]),
    ("/api/v1/audit/events", &["seq"]),
    ("/api/v1/corrections", &["id"]),
    ("/api/v1/errata", &["id", "corrected_at"]),
    ("/api/v1/locks", &["id", "period"]),
];

/// The keys a list can be sorted by.
fn sorts(path: &str) -> &'static [&'static str] {
    let without = WITHOUT_CASE.iter().find(|(list, _)| *list == path).map(|(_, sorts)| *sorts);
    let sorts = paged().find(|case| case.all() == path).map(|case| case.sorts).or(without);
    sorts.unwrap_or_else(|| panic!("no case for {path}"))
}

/// A world with five rows of each resource.
fn stock(world: &World) {
    furnish(world);
    for case in CASES {
        (0..5).for_each(|number| drop(world.create(case.list, (case.body)(number))));
    }
}

fn ids(answer: &Answer) -> Vec<i64> {
    answer.items().iter().map(|row| row["id"].as_i64().expect("an id")).collect()
}

/// The address in a `Link` to the next page.
fn next(answer: &Answer) -> Option<String> {
    let link = answer.headers.get("link")?;
    let address = link.strip_prefix('<').and_then(|rest| rest.strip_suffix(">; rel=\"next\""));
    Some(address.unwrap_or_else(|| panic!("{link} is no link to a next page")).to_owned())
}

/// The ids of a whole list, link by link; `between` happens after every page.
fn walk(client: &Client, first: &str, between: impl Fn()) -> Vec<i64> {
    let mut seen = Vec::new();
    let mut address = Some(first.to_owned());
    while let Some(page) = address {
        let answer = client.get(&page).expect(200);
        assert_eq!(next(&answer).is_none(), answer.json["next"].is_null(), "{page}: body and header agree");
        seen.extend(ids(&answer));
        address = next(&answer);
        between();
    }
    seen
}

fn counting(client: &Client) -> Client {
    client.clone().with("prefer", "count=exact")
}

fn detail(client: &Client, language: &str, path: &str, pointer: &str) -> String {
    let answer = client.clone().with("accept-language", language).get(path).refused(422, "invalid_input");
    let errors = answer.json["errors"].as_array().expect("errors").clone();
    let error = errors.iter().find(|error| error["pointer"] == pointer);
    error.unwrap_or_else(|| panic!("{path}: nothing at {pointer} in {errors:?}"))["detail"].to_string()
}

#[on_both_engines]
fn a_total_counts_the_whole_list_when_asked_for(world: World) {
    stock(&world);
    for case in CASES {
        let plain = world.admin.get(&case.all()).expect(200);
        assert!(
            plain.json.get("total").is_none() && !plain.headers.contains_key("preference-applied"),
            "{}",
            case.list
        );
        let limit = if case.sorts.is_empty() { "" } else { "?limit=2" };
        let all = if case.sorts.is_empty() { "" } else { "?limit=1000" };
        let expected = world.admin.get(&format!("{}{all}", case.all())).expect(200).items().len();
        let counted = counting(&world.admin).get(&format!("{}{limit}", case.all())).expect(200);
        assert_eq!(counted.json["total"], json!(expected), "{}", case.list);
        assert_eq!(counted.headers["preference-applied"], "count=exact");
        assert!(counted.headers["vary"].contains("prefer"), "{}", counted.headers["vary"]);
        if let Some(address) = next(&counted) {
            assert_eq!(counting(&world.admin).get(&address).expect(200).json["total"], json!(expected));
        }
    }
}

#[on_both_engines]
fn a_total_counts_what_the_filters_and_the_callers_scope_let_through(world: World) {
    for (indicator, agency) in [("CT3", "H18.1"), ("CT3", "H18.2"), ("CT4", "H18.1"), ("CT4", "H18.20.1")] {
        world.declare(indicator, agency, "2026-03", 1, 2);
    }
    let total = |client: &Client, query: &str| {
        counting(client).get(&format!("/api/v1/observations?limit=1{query}")).expect(200).json["total"].as_i64()
    };
    let editor = world.server.user(Role::Editor, Some("H18.1"));
    for (query, all, own) in [("", 4, 2), ("&indicator=CT3", 2, 1), ("&from=2026-04", 0, 0), ("&agency=H18.1", 2, 2)] {
        assert_eq!((total(&world.admin, query), total(&editor, query)), (Some(all), Some(own)), "{query}");
    }
    let strict = world.admin.clone().with("prefer", "handling=strict, tx=rollback");
    strict.get("/api/v1/observations").refused(400, "unknown_preference");
}

#[on_both_engines]
fn a_link_leads_to_the_next_page_of_the_same_question(world: World) {
    stock(&world);
    for case in paged() {
        let all = ids(&world.admin.get(&format!("{}?limit=1000", case.all())).expect(200));
        assert_eq!(walk(&world.admin, &format!("{}?limit=2", case.all()), || {}), all, "{}", case.list);
        let first = world.admin.get(&format!("{}?limit=2", case.all())).expect(200);
        let address = next(&first).expect("a next page");
        assert!(address.starts_with(&format!("{}?limit=2&cursor=", case.all())), "{address}");
    }
    // Characters that must be escaped in an address stay escaped.
    let filtered =
        "/api/v1/incidents?limit=2&from=2026-03-01T08%3A00%3A00%2B07%3A00&agency=H18&sort=-id&fields=id,title";
    let first = world.admin.get(filtered).expect(200);
    assert_eq!(first.items().len(), 2);
    let second = world.admin.get(&next(&first).expect("a next page")).expect(200);
    assert_eq!(second.items()[0].as_object().unwrap().keys().collect::<Vec<_>>(), ["id", "title"]);
    assert_eq!(walk(&world.admin, filtered, || {}).len(), 5);
}

#[on_both_engines]
fn fields_keep_what_was_asked_for_and_nothing_else(world: World) {
    stock(&world);
    world.declare("CT3", "H18.1", "2026-01", 1, 2);
    let lists = CASES.iter().map(Case::all).chain([
        "/api/v1/attainments?period=2026-01".to_owned(),
        "/api/v1/attainments/CT3/H18/series?from=2026-01&to=2026-02".to_owned(),
    ]);
    for list in lists {
        let sign = if list.contains('?') { '&' } else { '?' };
        let whole = world.admin.get(&list).expect(200);
        let part = |fields: &str| world.admin.get(&format!("{list}{sign}fields={fields}")).expect(200);
        let names: Vec<_> = whole.items()[0].as_object().unwrap().keys().cloned().collect();
        for name in &names {
            let expected: Vec<_> = whole.items().iter().map(|row| json!({ name: row[name] })).collect();
            assert_eq!(part(name).items(), &expected, "{list} {name}");
        }
        assert_eq!(part(&names.join(",")).items(), whole.items(), "{list}");
        assert_ne!(part(&names[0]).headers["etag"], "", "{list}");
        for (fields, code) in [
            ("", "unknown_field"),
            ("khong_co", "unknown_field"),
            ("password", "unknown_field"),
            (&format!("{},{}", names[0], names[0]), "duplicate_field"),
            (&format!("{},", names[0]), "unknown_field"),
        ] {
            let errors =
                world.admin.get(&format!("{list}{sign}fields={fields}")).refused(422, "invalid_input").errors();
            assert_eq!(errors, BTreeMap::from([("/fields".to_owned(), code.to_owned())]), "{list} {fields}");
        }
    }
    let path = "/api/v1/courses?fields=code,organizer";
    assert!(detail(&world.admin, "vi", path, "/fields").contains("Có phải là organiser?"));
    assert!(detail(&world.admin, "en", path, "/fields").contains("Did you mean organiser?"));
}

#[on_both_engines]
fn a_cursor_is_good_for_one_list_one_order_and_one_set_of_filters(world: World) {
    stock(&world);
    let first = |query: &str| {
        let page = world.admin.get(&format!("/api/v1/observations?{query}limit=1")).expect(200);
        page.json["next"].as_str().expect("a next page").to_owned()
    };
    let ask = |query: &str, cursor: &str| world.admin.get(&format!("/api/v1/observations?{query}cursor={cursor}"));
    let plain = first("");
    let filtered = first("agency=H18.1&nature=estimate&");
    // The same question, put in another way, and other pages and members of it.
    ask("", &plain).expect(200);
    ask("sort=id&limit=3&fields=id&", &plain).expect(200);
    ask("nature=estimate&agency=H18.1&", &filtered).expect(200);
    for (query, cursor) in [
        ("agency=H18.1&", &plain),
        ("agency=H18.2&nature=estimate&", &filtered),
        ("", &filtered),
        ("agency=H18.1&", &filtered),
        ("sort=-id&", &plain),
        ("sort=month&", &plain),
    ] {
        let errors = ask(query, cursor).refused(422, "invalid_input").errors();
        assert_eq!(errors.get("/cursor").map(String::as_str), Some("invalid_cursor"), "{query}");
    }
    world.admin.get(&format!("/api/v1/document-exchanges?cursor={plain}")).refused(422, "invalid_input");
    world.admin.get(&format!("/api/v1/courses?sort=id&cursor={plain}")).refused(422, "invalid_input");
    // One that comes from memory.
    world.admin.get(&format!("/api/v1/indicators?cursor={plain}")).refused(422, "invalid_input");
    // Forged: any character changed, cut, or grown.
    for place in (0..plain.len()).step_by(3) {
        let other = if plain.as_bytes()[place] == b'A' { "B" } else { "A" };
        let mut forged = plain.clone();
        forged.replace_range(place..=place, other);
        ask("", &forged).refused(422, "invalid_input");
        ask("", &plain[..place]).refused(422, "invalid_input");
    }
    for forged in ["", "*", "%F0%9F%98%80", &format!("{plain}A"), &format!("{plain}{plain}"), &"x".repeat(1001)] {
        ask("", forged).refused(422, "invalid_input");
    }
}

#[on_both_engines]
fn the_sort_keys_of_the_contract_are_those_a_list_takes(world: World) {
    stock(&world);
    let mut lists = 0;
    for (path, _, operation) in operations() {
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        let Some(sort) = parameters.iter().find(|parameter| parameter["name"] == "sort") else { continue };
        lists += 1;
        let allowed = sort["schema"]["enum"].as_array().expect("an enum");
        let expected: BTreeSet<_> =
            sorts(&path).iter().flat_map(|key| [(*key).to_owned(), format!("-{key}")]).collect();
        assert_eq!(
            allowed.iter().map(|key| key.as_str().unwrap().to_owned()).collect::<BTreeSet<_>>(),
            expected,
            "{path}"
        );
        for key in allowed {
            world.admin.get(&format!("{path}?sort={}", key.as_str().unwrap())).expect(200);
        }
        let default =
            world.admin.get(&format!("{path}?sort={}", sort["schema"]["default"].as_str().unwrap())).expect(200);
        assert_eq!(default.json["items"], world.admin.get(&path).expect(200).json["items"], "{path}");
        for unknown in ["", "-", "--id", "%2Bid", "password", "ID", "id,code"] {
            let errors = world.admin.get(&format!("{path}?sort={unknown}")).refused(422, "invalid_input").errors();
            assert_eq!(errors.get("/sort").map(String::as_str), Some("invalid_sort"), "{path} {unknown}");
        }
    }
    assert_eq!(lists, paged().count() + WITHOUT_CASE.len());
    assert!(
        detail(&world.admin, "en", "/api/v1/incidents?sort=detectedAt", "/sort").contains("Did you mean detected_at?")
    );
}

#[on_both_engines]
fn a_page_has_one_to_a_thousand_rows_and_more_is_refused(world: World) {
    for case in paged() {
        for limit in ["0", "-1", "many", "1001", "1.5", "", "99999999999999999999", "0x10", "5%20"] {
            let errors =
                world.admin.get(&format!("{}?limit={limit}", case.all())).refused(422, "invalid_input").errors();
            assert!(errors.contains_key("/limit"), "{} {limit}: {errors:?}", case.list);
        }
        for limit in ["1", "1000"] {
            world.admin.get(&format!("{}?limit={limit}", case.all())).expect(200);
        }
    }
}

#[on_both_engines]
fn a_walk_among_writers_neither_misses_nor_repeats(world: World) {
    let standing: BTreeSet<i64> =
        (0..60).map(|number| world.course(&format!("K{number:02}"))["id"].as_i64().unwrap()).collect();
    for sort in ["code", "-code", "from", "-from", "id", "-id"] {
        let (sender, receiver) = sync_channel(1);
        std::thread::scope(|scope| {
            for writer in 0..2 {
                let (world, sender) = (&world, sender.clone());
                scope.spawn(move || come_and_go(world, writer, sort, &sender));
            }
            drop(sender);
            // Between any two pages at least one write is committed; dropping the receiver ends the writers.
            let receiver: Receiver<()> = receiver;
            let path = format!("/api/v1/courses?limit=7&sort={sort}");
            let seen = walk(&world.admin, &path, || receiver.recv().expect("a write"));
            let distinct: BTreeSet<_> = seen.iter().copied().collect();
            assert_eq!(seen.len(), distinct.len(), "{sort}: a row was repeated");
            assert!(standing.is_subset(&distinct), "{sort}: missed {:?}", standing.difference(&distinct));
        });
    }
    world.server.assert_verified();
}

#[on_both_engines]
fn a_total_is_that_of_the_moment_its_page_was_read(world: World) {
    (0..5).for_each(|number| drop(world.course(&format!("K{number}"))));
    let (sender, receiver) = sync_channel(1);
    std::thread::scope(|scope| {
        let (world, sender) = (&world, sender);
        scope.spawn(move || come_and_go(world, 0, "total", &sender));
        let receiver: Receiver<()> = receiver;
        for _ in 0..30 {
            receiver.recv().expect("a write");
            let page = counting(&world.admin).get("/api/v1/courses?limit=1000").expect(200);
            assert_eq!(page.json["total"], json!(page.items().len()));
        }
    });
}

#[on_both_engines]
fn typed_filters_keep_what_fits(sample: Sample) {
    let admin = sample.0.admin();
    for (path, _, operation) in operations() {
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        // The records of an explanation are a part of another answer.
        if path.contains('{') || !parameters.iter().any(|parameter| parameter["name"] == "sort") {
            continue;
        }
        for parameter in parameters.iter().filter(|parameter| parameter["in"] == "query" && parameter["name"] != "sort")
        {
            let name = parameter["name"].as_str().unwrap();
            let values: Vec<Value> = match (&parameter["schema"]["enum"], parameter["schema"]["type"].as_str()) {
                (Value::Array(values), _) => values.clone(),
                (_, Some("boolean")) => vec![json!(true), json!(false)],
                _ => continue,
            };
            let mut total = 0;
            for value in values {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                let page = counting(&admin).get(&format!("{path}?limit=1000&{name}={text}")).expect(200);
                total += page.json["total"].as_i64().unwrap();
                let fits = |row: &Value| row.get(name).is_none_or(|member| *member == value);
                assert!(page.items().iter().all(fits), "{path} {name}={text}");
            }
            assert_eq!(
                json!(total),
                counting(&admin).get(&path).expect(200).json["total"],
                "{path}: the parts by {name} are all"
            );
            admin.get(&format!("{path}?{name}=khong_co")).refused(422, "invalid_input");
        }
    }
}

/// Creates and deletes courses that sort before, among and after the others, until the test stops listening.
fn come_and_go(world: &World, writer: usize, walk: &str, heard: &SyncSender<()>) {
    for round in 0.. {
        let code = format!("{}{}-{walk}-{writer}-{round}", ["A", "K3", "Z"][round % 3], round % 10);
        let code = code.replace("--", "-d");
        world.course(&code);
        if heard.send(()).is_err() {
            return;
        }
        world.admin.delete(&format!("/api/v1/courses/{code}")).expect(204);
        if heard.send(()).is_err() {
            return;
        }
    }
}
