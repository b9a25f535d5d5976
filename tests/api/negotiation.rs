//! Methods and media types: an address says which it takes and gives, and refuses all others.

use serde_json::Value;
use support::server::Sample;
use support::{World, contract, on_both_engines};

/// An address of every operation that reads, filled with the examples of the contract, and those beside the contract.
pub(super) fn reads() -> Vec<String> {
    let paths = contract::document()["paths"].as_object().unwrap();
    let gets = paths.iter().filter(|(_, item)| item["get"].is_object()).map(|(path, item)| {
        let mut filled = path.clone();
        let mut query = Vec::new();
        for parameter in item["get"]["parameters"].as_array().into_iter().flatten().map(contract::resolved) {
            let name = parameter["name"].as_str().unwrap();
            let example = match &parameter["example"] {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            if parameter["in"] == "path" {
                filled = filled.replace(&format!("{{{name}}}"), &example);
            } else if parameter["required"] == true {
                query.push(format!("{name}={example}"));
            }
        }
        if query.is_empty() { filled } else { format!("{filled}?{}", query.join("&")) }
    });
    let beside =
        ["/healthz", "/openapi.json", "/problems", "/problems/not_found", "/.well-known/api-catalog", "/docs/"];
    gets.chain(beside.map(str::to_owned)).collect()
}

#[on_both_engines]
fn only_a_caller_who_can_read_json_gets_an_answer(sample: Sample) {
    let admin = sample.0.admin();
    let ask = |path: &str, accept: &str| admin.clone().with("accept", accept).get(path);
    // The feed speaks in other types, too: see the tests about it.
    for path in reads().iter().filter(|path| path.starts_with("/api/") && *path != "/api/v1/changes") {
        for readable in [
            "*/*",
            "application/*",
            "application/json",
            "text/html, */*;q=0.1",
            "APPLICATION/JSON; charset=utf-8",
            "application/problem+json",
            "text/html;q=0.9, application/json;q=0.001",
            "",
        ] {
            assert_ne!(ask(path, readable).status, 406, "{path} {readable}");
        }
        for unreadable in [
            "text/html",
            "application/xml",
            "application/json;q=0, application/problem+json;q=0, */*",
            "application/json; q=0.000, text/*",
            "*/*;q=0",
            "nonsense",
        ] {
            let refused = ask(path, unreadable).refused(406, "not_acceptable");
            assert_eq!(refused.headers["content-type"], "application/problem+json");
        }
    }
}

#[on_both_engines]
fn a_media_type_that_is_not_taken_is_answered_with_those_that_are(world: World) {
    let post =
        world.admin.send("POST", "/api/v1/courses", Some("text/csv"), b"{}").refused(415, "unsupported_media_type");
    assert_eq!(post.headers["accept"], "application/json");
    assert_eq!(post.headers["accept-post"], "application/json");
    assert!(!post.headers.contains_key("accept-patch"));
    let patch = world.admin.clone().with("if-match", "*");
    let patch =
        patch.send("PATCH", "/api/v1/agencies/H18", Some("text/csv"), b"{}").refused(415, "unsupported_media_type");
    assert_eq!(patch.headers["accept"], "application/merge-patch+json, application/json");
    assert_eq!(patch.headers["accept-patch"], "application/merge-patch+json, application/json");
    assert!(!patch.headers.contains_key("accept-post"));
}

#[on_both_engines]
fn options_tell_what_an_address_can_do(world: World) {
    let ask = |path: &str| world.server.anonymous().send("OPTIONS", path, None, b"").expect(204);
    let agencies = ask("/api/v1/agencies");
    assert_eq!(agencies.headers["allow"], "GET, HEAD, POST, OPTIONS");
    assert_eq!(agencies.headers["accept-post"], "application/json");
    let agency = ask("/api/v1/agencies/H18");
    assert_eq!(agency.headers["allow"], "GET, HEAD, PATCH, DELETE, OPTIONS");
    assert!(agency.headers["accept-patch"].contains("application/merge-patch+json"));
    assert_eq!(ask("/healthz").headers["allow"], "GET, HEAD, OPTIONS");
    world.server.anonymous().send("OPTIONS", "/nowhere", None, b"").refused(404, "not_found");
    let docs = world.server.anonymous().send("POST", "/docs/", None, b"").refused(405, "method_not_allowed");
    assert_eq!(docs.headers["allow"], "GET, HEAD, OPTIONS");
}

#[on_both_engines]
fn a_packed_answer_says_so_and_varies(sample: Sample) {
    for encoding in ["gzip", "br"] {
        let admin = sample.0.admin();
        let plain = admin.get("/api/v1/agencies").expect(200);
        let packed = admin.with("accept-encoding", encoding).get("/api/v1/agencies").expect(200);
        assert_eq!(packed.headers["content-encoding"], encoding);
        assert_eq!(packed.headers["vary"], plain.headers["vary"]);
        assert_eq!(packed.headers["vary"], "accept-encoding, authorization, prefer");
        assert!(packed.body.len() * 2 < plain.body.len(), "{} of {}", packed.body.len(), plain.body.len());
    }
    let refused = sample.0.admin().with("accept-encoding", "identity;q=0, *;q=0").get("/api/v1/agencies");
    refused.refused(406, "not_acceptable");
}

#[on_both_engines]
fn whoever_must_log_in_is_told_how(world: World) {
    let nobody = world.server.anonymous();
    let missing = nobody.get("/api/v1/agencies").refused(401, "unauthenticated");
    assert_eq!(missing.headers["www-authenticate"], "Bearer realm=\"thidua\"");
    let wrong = nobody.with("authorization", "Bearer wrong").get("/api/v1/agencies").refused(401, "invalid_token");
    assert_eq!(wrong.headers["www-authenticate"], "Bearer realm=\"thidua\", error=\"invalid_token\"");
}
