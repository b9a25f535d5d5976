//! Rights lost during streams and long polls: each part is checked, and the last one gives the reason for the end.

use super::parts::course;
use super::{FATES, Fate, Victim, assert_refused};
use serde_json::Value;
use support::held::Held;
use support::{World, on_both_engines};
use thidua_domain::accounts::users::Role;

/// The problem that ends a stream.
fn problem(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Insists that a problem is the refusal of a fate.
#[track_caller]
fn assert_says_why(fate: Fate, what: &str, problem: &Value) {
    assert_refused(fate, what, u16::try_from(problem["status"].as_u64().unwrap()).unwrap(), problem);
}

#[on_both_engines]
fn an_event_stream_ends_when_its_reader_loses_rights_and_says_why(world: World) {
    for fate in FATES {
        let victim = Victim::of(fate, &world.server, &world.admin, Role::Viewer, "H18.1");
        let head = world.server.database().model().seq;
        let path = format!("/api/v1/changes?after={}", head - 1);
        let mut stream = Held::begin(&victim.client, "GET", &path, &[("Accept", "text/event-stream")], b"");
        while !stream.line().starts_with("data:") {}
        victim.meets(fate, &world.admin, "H18.1");
        world.person(&format!("NV-{}", victim.name), "H18.2", "2026-01-05");
        let rest = stream.rest();
        assert!(!rest.contains("event: change"), "{fate:?}: {rest}");
        let data = rest.split("event: problem\n").nth(1).and_then(|last| last.lines().next()).unwrap_or_default();
        assert_says_why(fate, "events", &problem(data.strip_prefix("data: ").unwrap_or(&rest)));
    }
}

#[on_both_engines]
fn a_long_poll_is_refused_to_whoever_loses_rights_meanwhile(world: World) {
    for fate in FATES {
        let victim = Victim::of(fate, &world.server, &world.admin, Role::Viewer, "H18.1");
        let head = world.server.database().model().seq;
        let path = format!("/api/v1/changes?after={head}&wait=30");
        let poll = Held::begin(&victim.client, "GET", &path, &[], b"");
        victim.meets(fate, &world.admin, "H18.1");
        let (status, body) = poll.finish();
        assert_refused(fate, "wait", status, &body);
    }
}

#[on_both_engines]
fn lines_end_with_a_problem_when_their_reader_loses_rights(world: World) {
    let (server, admin) = (&world.server, &world.admin);
    // More than the buffers of a connection hold: the server goes on only when somebody reads.
    let mut rows: Vec<_> = (0..4_000).map(|number| course("DAI", number)).collect();
    rows.iter_mut().for_each(|row| row["name"] = "ữ".repeat(300).into());
    for rows in rows.chunks(1_000) {
        admin.post("/api/v1/courses/batch?mode=partial", &Value::from(rows)).expect(207);
    }
    for fate in FATES {
        let victim = Victim::of(fate, server, admin, Role::Viewer, "H18.1");
        let head = server.database().model().seq;
        let mut stream =
            Held::begin(&victim.client, "GET", "/api/v1/changes", &[("Accept", "application/x-ndjson")], b"");
        while !stream.line().starts_with('{') {}
        victim.meets(fate, admin, "H18.1");
        let rest = stream.rest();
        let lines: Vec<_> = rest.lines().filter(|line| line.starts_with('{')).collect();
        assert!((lines.len() as i64) < head, "{fate:?}: all {head} of them");
        assert_says_why(fate, "lines", &problem(lines.last().unwrap()));
        assert!(lines[..lines.len() - 1].iter().all(|line| line.contains("\"seq\":")), "{fate:?}");
    }
}
