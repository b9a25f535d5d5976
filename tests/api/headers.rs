//! Headers of requests: the server takes those that the contract describes.

use super::access::filled;
use crate::contract::document::operations;
use serde_json::{Value, json};
use support::{World, on_both_engines};

#[on_both_engines]
fn a_header_that_is_not_as_the_contract_says_is_refused(world: World) {
    let mut tried = 0;
    for (path, method, operation) in operations() {
        let address = filled(&path);
        for header in operation["parameters"].as_array().into_iter().flatten().filter(|header| header["in"] == "header")
        {
            let name = header["name"].as_str().unwrap();
            let longest = usize::try_from(header["schema"]["maxLength"].as_u64().unwrap()).unwrap();
            let kind = if method == "PATCH" { "application/merge-patch+json" } else { "application/json" };
            let body = (method != "GET" && method != "DELETE").then_some(kind);
            let answer = world.admin.clone().with(name, &"x".repeat(longest + 1)).send(&method, &address, body, b"{}");
            // Headers with a syntax of their own are read by the handler, after the row in the address was looked
            // for.
            let expected = if ["Change-Reason", "Idempotency-Key"].contains(&name) { 400..=422 } else { 422..=422 };
            assert!(expected.contains(&answer.status), "{method} {path} {name}: {} {}", answer.status, answer.json);
            if answer.status == 422 {
                assert!(answer.json["errors"][0]["pointer"].is_string(), "{method} {path} {name}: {}", answer.json);
            }
            tried += 1;
        }
    }
    assert!(tried > 300);
}

#[on_both_engines]
fn a_header_says_what_would_be_right(world: World) {
    for (name, text) in [("if-none-match", "é"), ("prefer", "count=exact, đ"), ("accept-language", "tiếng Việt")]
    {
        let answer = world.admin.clone().with(name, text).get("/api/v1/agencies").refused(422, "invalid_input");
        assert_eq!(answer.json["errors"][0]["code"], "invalid_header", "{name}");
    }
    // Tags stand in quotes (RFC 9110, section 8.8.3), with commas between.
    for text in ["tag", "\"tag", "tag\"", "\"a\" \"b\"", "w/\"a\"", "W/", ",", "*, \"a\"", "\"a b\"", "'a'"] {
        let refused =
            world.admin.clone().with("if-none-match", text).get("/api/v1/agencies").refused(422, "invalid_input");
        assert_eq!(refused.errors()["/If-None-Match"], "invalid_header", "{text}");
        let change = world.admin.clone().with("if-match", text);
        let refused = change.patch("/api/v1/agencies/H18", &json!({"name_en": "x"})).refused(422, "invalid_input");
        assert_eq!(refused.errors()["/If-Match"], "invalid_header", "{text}");
    }
    let tag = world.admin.get("/api/v1/agencies/H18").expect(200).headers["etag"].clone();
    for text in [format!("\"a,b\", {tag}"), format!(",{tag} , ,W/\"b\","), format!("W/{tag}")] {
        world.admin.clone().with("if-none-match", &text).get("/api/v1/agencies/H18").expect(304);
    }
    let change = world.admin.clone().with("if-match", &format!("\"other\" ,{tag}"));
    change.patch("/api/v1/agencies/H18", &json!({"name_en": "Province"})).expect(200);
    // A header that the operation does not read is ignored, whatever it says.
    world.admin.clone().with("if-match", "é").get("/api/v1/agencies").expect(200);
    assert!(matches!(world.admin.get("/api/v1/agencies").expect(200).json["items"], Value::Array(_)));
}
