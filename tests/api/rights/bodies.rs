//! Rights lost between a request's head and the end of its body.

use super::{FATES, Victim, assert_refused};
use crate::api::examples::address;
use crate::contract::document::operations;
use serde_json::Value;
use support::held::Held;
use support::{World, on_both_engines};
use thidua_domain::accounts::users::Role;

/// The headers that an operation has an example of, and the media type of its body.
fn headers(operation: &Value) -> Vec<(String, String)> {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let examples = parameters.filter(|parameter| parameter["in"] == "header" && !parameter["example"].is_null());
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    examples.map(|header| (text(&header["name"]), text(&header["example"]))).collect()
}

#[on_both_engines]
fn whoever_loses_rights_while_a_body_comes_is_refused(world: World) {
    let mut tried = 0;
    for fate in FATES {
        let victim = Victim::of(fate, &world.server, &world.admin, Role::Admin, "H18.1");
        let mut held = Vec::new();
        for (path, method, operation) in operations() {
            let content = operation["requestBody"]["content"].as_object().and_then(|content| content.iter().next());
            let Some((kind, media)) = content.filter(|_| victim.may(&operation)) else { continue };
            let mut headers = headers(&operation);
            headers.push(("Content-Type".to_owned(), kind.clone()));
            let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let body = media["example"].to_string();
            let request = Held::begin(&victim.client, &method, &address(&path, &operation), &headers, body.as_bytes());
            held.push((format!("{method} {path}"), request));
        }
        victim.meets(fate, &world.admin, "H18.1");
        let before = world.server.database().model().seq;
        tried += held.len();
        for (what, request) in held {
            let (status, body) = request.finish();
            assert_refused(fate, &what, status, &body);
        }
        assert_eq!(world.server.database().model().seq, before, "{fate:?} left something behind");
    }
    let with_body = operations()
        .into_iter()
        .filter(|(_, _, operation)| operation["requestBody"].is_object() && operation["x-required-roles"].is_object());
    assert!(tried >= 5 * with_body.count(), "each as each kind of user, and those of machines: {tried}");
    world.server.assert_verified();
}
