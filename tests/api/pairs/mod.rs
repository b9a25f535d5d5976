//! Rows outside the caller's scope look like rows that do not exist. Every place of the contract that can name
//! something (an address, a filter, a member of a body, also of a row of a batch) makes a pair of questions: one names
//! a row outside the scope, the other one that nobody has. The answers differ in nothing but the name, and the reads
//! done for them are the same.

pub(crate) mod ground;
pub(crate) mod places;
mod taken;

use crate::contract::document::operations;
use ground::Ground;
use places::{Named, Place, places};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use support::statements::Counted;
use support::{Answer, Client, on_both_engines};
use thidua_domain::accounts::users::Role;

/// A request with one name left open.
struct Question {
    what: String,
    named: Named,
    method: String,
    path: String,
    kind: Option<&'static str>,
    body: String,
    headers: Vec<(&'static str, &'static str)>,
}

/// Placeholder for the name in a path or a body. In a body its quotation marks belong to it when the name is a number.
const NAME: &str = "NAMED-HERE";

impl Question {
    fn ask(&self, client: &Client, name: &str) -> Answer {
        let client = self.headers.iter().fold(client.clone(), |client, (header, value)| client.with(header, value));
        let body = match self.named.is_identity() {
            true => self.body.replace(&format!("\"{NAME}\""), name),
            false => self.body.replace(NAME, name),
        };
        client.send(&self.method, &self.path.replace(NAME, name), self.kind, body.as_bytes())
    }
}

/// All questions of an operation: every place, in every form in which it can be asked.
fn questions(ground: &Ground, path: &str, method: &str, operation: &Value, place: &Place) -> Vec<Question> {
    let id = operation["operationId"].as_str().unwrap();
    let (address, body) = ground.asked(path, method, operation, place);
    let takes = |name: &str| operation["parameters"].as_array().into_iter().flatten().any(|one| one["name"] == name);
    let mut addresses = vec![address.clone()];
    let joined = |query: &str| format!("{address}{}{query}", if address.contains('?') { "&" } else { "?" });
    if takes("asOf") {
        addresses.push(joined(&format!("asOf={}", ground.seq)));
    }
    if takes("mode") {
        addresses = MODES.iter().map(|mode| joined(&format!("mode={mode}"))).collect();
    }
    let mut conditions: Vec<Vec<(&str, &str)>> = vec![vec![("if-match", "*")]];
    if method == "GET" {
        conditions = vec![Vec::new(), vec![("if-none-match", "*")], vec![("prefer", "count=exact")]];
    } else if takes("If-Match") && !id.starts_with("batch") {
        conditions.push(vec![("if-match", "\"x\"")]);
    }
    if takes("Prefer") && method != "GET" {
        let mut tried = conditions.clone();
        tried.iter_mut().for_each(|headers| headers.push(("prefer", "tx=rollback")));
        conditions.extend(tried);
    }
    let content = operation["requestBody"]["content"].as_object();
    let mut kinds: Vec<Option<&'static str>> = match content {
        None => vec![None],
        Some(_) if method == "PATCH" => vec![Some("application/merge-patch+json")],
        Some(_) => vec![Some("application/json")],
    };
    if content.is_some_and(|content| content.contains_key("application/x-ndjson")) {
        kinds.push(Some("application/x-ndjson"));
    }
    let methods: &[&str] = if method == "GET" { &["GET", "HEAD"] } else { &[method] };
    let mut all = Vec::new();
    for address in &addresses {
        // A new row runs into a code that is taken, whoever has it: `taken` is about that.
        if place.is_own_code && !address.contains("mode=update") {
            continue;
        }
        for headers in &conditions {
            for kind in &kinds {
                for method in methods {
                    let mut headers = headers.clone();
                    headers.push(("change-reason", "doi chieu"));
                    let body = body.as_ref().map_or_else(String::new, |body| match kind {
                        Some("application/x-ndjson") => format!("{}\n", body[0]),
                        _ => body.to_string(),
                    });
                    let (method, path) = ((*method).to_owned(), address.clone());
                    let what = format!("{id} {}: {method} {path} {headers:?} {kind:?} {body}", place.what);
                    all.push(Question { what, named: place.named, method, path, kind: *kind, body, headers });
                }
            }
        }
    }
    all
}

const MODES: [&str; 6] = ["upsert", "create", "update", "partial", "create,partial", "update,partial"];

/// An answer without the name that was asked for, its date, its request id and its rate limit.
fn without(answer: &Answer, name: &str) -> (u16, String, BTreeMap<String, String>) {
    let text = |text: &str| text.replace(name, NAME);
    let changing = ["date", "x-request-id", "ratelimit"];
    // The tag of a list is that of its text, which names what was asked for.
    let headers = answer.headers.iter().filter(|(header, _)| !changing.contains(&header.as_str()));
    let headers = headers.map(|(header, value)| match header.as_str() {
        "etag" => (header.clone(), "a tag".to_owned()),
        _ => (header.clone(), text(value)),
    });
    let mut told = answer.told();
    // Or else an identity might be found in it.
    told.as_object_mut().and_then(|members| members.remove("status"));
    let body = match &told {
        Value::Null => String::from_utf8_lossy(&answer.body).into_owned(),
        told => told.to_string(),
    };
    (answer.status, text(&body), headers.collect())
}

/// The difference of two answers, the reads done for them included. The program itself may read meanwhile; then both
/// are asked once more.
fn difference(ground: &Ground, counted: &Counted, client: &Client, question: &Question) -> Option<String> {
    let (other, none) = ground.pair(question.named);
    let mut reads = Vec::new();
    for _ in 0..4 {
        let (theirs, of_theirs) = counted.during(|| question.ask(client, &other));
        let (nobodys, of_nobodys) = counted.during(|| question.ask(client, &none));
        let (theirs, nobodys) = (without(&theirs, &other), without(&nobodys, &none));
        if theirs != nobodys {
            return Some(format!("{}\n    {theirs:?}\n    {nobodys:?}", question.what));
        }
        // Whoever may not ask is refused before anything is looked up. The past is read back change by change: what
        // that costs is not promised.
        if of_theirs == of_nobodys || theirs.0 == 403 || question.path.contains("asOf=") {
            return None;
        }
        reads.push((of_theirs, of_nobodys));
    }
    Some(format!("{}\n    statements {reads:?}", question.what))
}

#[on_both_engines]
fn what_is_not_there_and_what_is_not_ones_own_look_alike_wherever_it_is_named(ground: Ground) {
    let counted = ground.counted();
    let mut different: Vec<String> = Vec::new();
    let mut asked: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (role, agency) in
        [(Role::Approver, "H18.1"), (Role::Viewer, "H18.1"), (Role::Puller, "H18.1"), (Role::Admin, "H18.1")]
    {
        let client = ground.world.server.user(role, Some(agency));
        for (path, method, operation) in operations() {
            let roles = operation["x-required-roles"]["roles"].as_array().cloned().unwrap_or_default();
            let id = operation["operationId"].as_str().unwrap();
            // Whoever reads is asked about what is read; all that is refused to a role is refused alike, which
            // roles tell.
            if !roles.contains(&json!(role.as_str()))
                || role == Role::Admin && operation["x-required-roles"]["whole_province"] != true
            {
                continue;
            }
            for place in places(&path, &method, &operation) {
                for question in questions(&ground, &path, &method, &operation, &place) {
                    different.extend(difference(&ground, &counted, &client, &question));
                    asked.entry(role.as_str()).or_default().insert(format!("{id} {}", place.what));
                }
            }
        }
    }
    assert!(different.is_empty(), "{} differ:\n{}", different.len(), different.join("\n"));
    let of = |role: Role| asked[role.as_str()].len();
    assert!(
        of(Role::Approver) >= 92 && of(Role::Viewer) >= 38 && of(Role::Puller) >= 13 && of(Role::Admin) >= 20,
        "{asked:#?}"
    );
    ground.world.server.assert_verified();
}

#[on_both_engines]
fn each_question_would_be_answered_about_ones_own(ground: Ground) {
    let client = ground.world.server.user(Role::Approver, Some("H18.1")).with("prefer", "tx=rollback");
    let (mut tried, mut refused) = (0, Vec::new());
    for (path, method, operation) in operations() {
        let roles = operation["x-required-roles"]["roles"].as_array().cloned().unwrap_or_default();
        let is_not_for = operation["x-required-roles"]["whole_province"] == true || !roles.contains(&json!("approver"));
        if is_not_for || ground::NOT_REPEATED.contains(&operation["operationId"].as_str().unwrap()) {
            continue;
        }
        for place in places(&path, &method, &operation) {
            let all = questions(&ground, &path, &method, &operation, &place);
            // The plainest form of each; a condition, or `mode=create`, would refuse it for another reason.
            let Some(question) = all.first() else { continue };
            let answer = question.ask(&client, &ground.named(&path, question.named));
            if !(200..300).contains(&answer.status) {
                refused.push(format!("{}: {} {}", question.what, answer.status, answer.json));
            }
            tried += 1;
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
    assert!(tried >= 86, "{tried}");
}
