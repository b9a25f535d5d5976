//! A filter costs what it lets through, and never the table: a page of the whole province's rows, which are all there
//! are, costs little more than a page of the same list without the filter.

use crate::database::fixture::Tables;
use serde_json::Value;
use std::collections::HashMap;
use support::costs::Costs;
use support::engines::{Engine, FromEngine};
use support::{Client, Server, on_both_engines};

/// The sample province, whose costs are counted.
struct Sample(Server);

impl FromEngine for Sample {
    fn on(engine: Engine) -> Option<Self> {
        Costs::begin();
        Server::own_sample(engine).map(Self)
    }
}

/// Costs of the list of agencies, of which the sample province has some sixty: each is looked up in it.
const AGENCIES: u64 = 600;

/// Costs of finding out that an agency has more people than are looked up one by one: a thousand are counted, whatever
/// the table has, beside the training records of twenty thousand people.
const COUNTED: u64 = 12_000;

/// Lists with their orders.
const LISTS: [(&str, &[&str]); 8] = [
    ("courses", &["code", "from", "id"]),
    ("document-exchanges", &["id", "month"]),
    ("incidents", &["detected_at", "id"]),
    ("information-systems", &["code", "id"]),
    ("monitoring-statuses", &["id", "on"]),
    ("observations", &["id", "month"]),
    ("staff", &["code", "id"]),
    ("training-records", &["id", "on"]),
];

/// Other filters, each with an order that it is of: with them, too, the agencies cost little more.
const NARROWED: [(&str, &str, &str); 5] = [
    ("training-records", "-on", "&to=2025-12-31"),
    ("training-records", "on", "&from=2025-06-01"),
    ("observations", "-month", "&to=2025-06"),
    ("staff", "code", "&kind=cong_chuc"),
    ("staff", "-id", "&kind=vien_chuc"),
];

/// People without records, as many as make it dear to read them all. PostgreSQL rightly reads a small table whole rather
/// than look fifty rows up in it, so that the sample's people alone would show nothing.
const PEOPLE: usize = 20_000;

/// Puts the people into the tables that lists read, behind those who are there.
fn more_people(server: &Server) {
    let numbers = format!(
        "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {PEOPLE}),
         agency AS (SELECT id FROM agencies WHERE identifier = 'H18.SKHCN')"
    );
    let mut tables = Tables::of(server.place());
    tables.execute(&format!(
        "INSERT INTO staff (id, code, kind, agency_id)
         {numbers} SELECT 1000000000 + n, 'ZZ-' || n, 'vien_chuc', agency.id FROM numbers, agency"
    ));
    tables.execute(&format!(
        "INSERT INTO tenures (subject, subject_id, agency_id, from_on)
         {numbers} SELECT 'staff', 1000000000 + n, agency.id, '2023-01-01' FROM numbers, agency"
    ));
}

#[on_both_engines]
fn a_filter_that_lets_everything_through_costs_what_it_lets_through(sample: Sample) {
    more_people(&sample.0);
    let (admin, mut costs) = (sample.0.admin(), Costs::of(sample.0.place()));
    costs.settle();
    let mut dear = Vec::new();
    let orders = LISTS.iter().flat_map(|(list, orders)| orders.iter().map(move |order| (*list, *order)));
    let orders = orders.flat_map(|(list, order)| [(list, order.to_owned(), ""), (list, format!("-{order}"), "")]);
    let narrowed = NARROWED.iter().map(|(list, order, filter)| (*list, (*order).to_owned(), *filter));
    for (list, order, filter) in orders.chain(narrowed) {
        let ask =
            |agency: &str| admin.get(&format!("/api/v1/{list}?limit=50&sort={order}{filter}{agency}")).expect(200).json;
        let (all, whole) = costs.during(|| ask(""));
        let (same, filtered) = costs.during(|| ask("&agency=H18"));
        assert_eq!(all["items"], same["items"], "{list} by {order} {filter}");
        let counted = if list == "training-records" { COUNTED } else { 0 };
        if filtered.total > 3 * whole.total + AGENCIES + counted {
            let (times, dearest) = (filtered.total / whole.total.max(1), filtered.dearest());
            dear.push(format!("{list} by {order} {filter}: {times} times {}\n{dearest}", whole.total));
        }
    }
    assert!(dear.is_empty(), "{}", dear.join("\n"));
}

#[on_both_engines]
fn a_kind_of_staff_costs_what_it_lets_through(sample: Sample) {
    more_people(&sample.0);
    let (admin, mut costs) = (sample.0.admin(), Costs::of(sample.0.place()));
    costs.settle();
    for order in ["code", "-code", "id", "-id"] {
        let ask = |kind: &str| admin.get(&format!("/api/v1/staff?limit=50&sort={order}{kind}")).expect(200);
        let ((_, whole), (_, filtered)) = (costs.during(|| ask("")), costs.during(|| ask("&kind=vien_chuc")));
        assert!(filtered.total <= 3 * whole.total, "by {order}: {whole:?}, of a kind {filtered:?}");
    }
}

/// All rows of a list, page by page.
fn pages(admin: &Client, list: &str, query: &str) -> Vec<Value> {
    let (mut rows, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = admin.get(&format!("/api/v1/{list}?limit=40&{query}{cursor}")).expect(200).json;
        rows.extend(page["items"].as_array().expect("rows").iter().cloned());
        let Some(next) = page["next"].as_str() else { return rows };
        cursor = format!("&cursor={next}");
    }
}

/// The agency of each row of a list, by code.
fn agencies(admin: &Client, list: &str) -> HashMap<String, String> {
    let text = |row: &Value, member: &str| row[member].as_str().expect("a text").to_owned();
    pages(admin, list, "").iter().map(|row| (text(row, "code"), text(row, "agency"))).collect()
}

#[on_both_engines]
fn a_filtered_list_has_each_row_that_fits_once_and_in_order(sample: Sample) {
    let admin = sample.0.admin();
    let owners = [("staff", agencies(&admin, "staff")), ("system", agencies(&admin, "information-systems"))];
    let agency_of = |row: &Value| {
        let own = ["agency", "organiser"].into_iter().find_map(|member| row[member].as_str());
        let owned = || owners.iter().find_map(|(member, codes)| codes.get(row[member].as_str()?));
        own.or_else(|| owned().map(String::as_str)).expect("an agency").to_owned()
    };
    for (list, orders) in LISTS {
        for order in orders.iter().flat_map(|order| [(*order).to_owned(), format!("-{order}")]) {
            let all = pages(&admin, list, &format!("sort={order}"));
            // One with those below it, one of a few rows, and all.
            for agency in ["H18.SKHCN", "H18.SKHCN.1", "H18"] {
                let below = format!("{agency}.");
                let fits = |row: &&Value| agency_of(row) == agency || agency_of(row).starts_with(&below);
                let expected: Vec<_> = all.iter().filter(fits).cloned().collect();
                let found = pages(&admin, list, &format!("sort={order}&agency={agency}"));
                assert_eq!(found, expected, "{list} by {order} of {agency}");
            }
        }
    }
}
