//! Pages of a log that is longer than one of them may read.

use serde_json::Value;
use support::World;

/// All rows of a list, page by page, and how many pages were short and led on.
fn all(world: &World, path: &str, query: &str) -> (Vec<Value>, usize) {
    let (mut rows, mut short, mut cursor) = (Vec::new(), 0, String::new());
    loop {
        let page = world.admin.get(&format!("{path}?limit=100&{query}{cursor}")).expect(200).json;
        let items = page["items"].as_array().unwrap();
        rows.extend(items.iter().cloned());
        let Some(next) = page["next"].as_str() else { return (rows, short) };
        short += usize::from(items.len() < 100);
        cursor = format!("&cursor={next}");
    }
}

fn positions<'r>(rows: impl IntoIterator<Item = &'r Value>) -> Vec<i64> {
    rows.into_iter().map(|row| row["seq"].as_i64().unwrap()).collect()
}

/// A filter, and a test of the rows that fit it.
type Filtered<'a> = (String, &'a dyn Fn(&Value) -> bool);

/// Filtered pages lead on to every row that fits, and to none twice.
pub(super) fn assert_that_they_lead_on_to_all(world: &World) {
    let (changes, _) = all(world, "/api/v1/audit", "");
    let head = world.server.database().model().seq;
    assert_eq!(positions(&changes), (1..=head).collect::<Vec<_>>());
    let admin = &changes[5]["actor"]["id"];
    let fits: [Filtered<'_>; 4] = [
        ("operation=create".to_owned(), &|row| row["operation"] == "create"),
        ("actor_kind=system".to_owned(), &|row| row["actor"]["kind"] == "system"),
        ("resource=users&operation=update".to_owned(), &|row| {
            row["resource"] == "users" && row["operation"] == "update"
        }),
        (format!("account={admin}&operation=create"), &|row| {
            row["actor"]["id"] == *admin && row["operation"] == "create"
        }),
    ];
    let mut short = 0;
    for (query, fits) in fits {
        let mut expected = positions(changes.iter().filter(|row| fits(row)));
        assert!(!expected.is_empty(), "{query}");
        for order in ["seq", "-seq"] {
            let (found, pages) = all(world, "/api/v1/audit", &format!("{query}&sort={order}"));
            assert_eq!(positions(&found), expected, "{query} by {order}");
            expected.reverse();
            short += pages;
        }
    }
    assert!(short > 0, "no page has come to what it may read");

    let (events, _) = all(world, "/api/v1/audit/events", "to=2100-01-01T00:00:00Z");
    let middle = events[events.len() / 2]["at"].as_str().unwrap();
    let (before, after) =
        (|row: &&Value| row["at"].as_str().unwrap() <= middle, |row: &&Value| row["at"].as_str().unwrap() >= middle);
    let at = middle.replace('+', "%2B");
    assert_eq!(
        positions(&all(world, "/api/v1/audit/events", &format!("to={at}")).0),
        positions(events.iter().filter(before))
    );
    // Asking is no event.
    assert_eq!(
        positions(&all(world, "/api/v1/audit/events", &format!("from={at}")).0),
        positions(events.iter().filter(after))
    );
    let logged_in = |row: &&Value| row["kind"] == "log_in";
    assert_eq!(
        positions(&all(world, "/api/v1/audit/events", "kind=log_in").0),
        positions(events.iter().filter(logged_in))
    );
}

/// Counts are exact or absent; a caller who insists on one that would need the whole log gets a refusal.
pub(super) fn assert_that_they_are_counted_as_far_as_positions_tell(world: &World) {
    let counting = world.admin.clone().with("prefer", "count=exact");
    let strict = world.admin.clone().with("prefer", "count=exact, handling=strict");
    let (changes, _) = all(world, "/api/v1/audit", "");
    let (from, to) = (changes[700]["at"].as_str().unwrap(), changes[900]["at"].as_str().unwrap());
    let within = changes.iter().filter(|row| (from..=to).contains(&row["at"].as_str().unwrap())).count();
    let time = format!("?from={}&to={}", from.replace('+', "%2B"), to.replace('+', "%2B"));
    for (query, count) in [("", changes.len()), (&time, within)] {
        let page = counting.get(&format!("/api/v1/audit{query}")).expect(200);
        assert_eq!(
            (page.json["total"].as_u64(), page.headers["preference-applied"].as_str()),
            (Some(count as u64), "count=exact")
        );
    }
    for path in ["/api/v1/audit?operation=create", "/api/v1/audit?agency=H18.1", "/api/v1/audit/events?kind=log_in"] {
        let page = counting.get(path).expect(200);
        assert_eq!((page.json.get("total"), page.headers.get("preference-applied")), (None, None), "{path}");
        strict.get(path).refused(400, "unknown_preference");
    }
    let events = counting.get("/api/v1/audit/events").expect(200).json["total"].as_u64();
    assert_eq!(events, Some(all(world, "/api/v1/audit/events", "").0.len() as u64));
}
