//! An operation that is going away says so, and since when, until when, and what takes its place.

use chrono::DateTime;
use support::engines::Place;
use support::server::plain;
use support::{Server, contract, on_both_engines};
use thidua_http::server::deprecations::{DEPRECATIONS, Deprecation};

static TABLE: &[Deprecation] = &[
    Deprecation {
        operation: "listCourses",
        since: DateTime::from_timestamp(1_767_225_600, 0).unwrap(),
        sunset: DateTime::from_timestamp(1_798_761_599, 0),
        successor: Some("/api/v2/courses"),
    },
    Deprecation {
        operation: "createCourse",
        since: DateTime::from_timestamp(1_767_225_600, 0).unwrap(),
        sunset: None,
        successor: None,
    },
];

#[on_both_engines]
fn what_is_deprecated_says_since_when_until_when_and_what_instead(place: Place) {
    let server = Server::start_with(place, plain(), TABLE);
    for answer in [
        server.admin().get("/api/v1/courses").expect(200),
        server.admin().send("HEAD", "/api/v1/courses", None, b"").expect(200),
        server.anonymous().get("/api/v1/courses").expect(401),
    ] {
        assert_eq!(answer.headers["deprecation"], "@1767225600");
        assert_eq!(answer.headers["sunset"], "Thu, 31 Dec 2026 23:59:59 GMT");
        assert!(answer.headers["link"].contains("</api/v2/courses>; rel=\"successor-version\""));
    }
    let other = server.admin().send("POST", "/api/v1/courses", Some("application/json"), b"{}").expect(422);
    assert_eq!(other.headers["deprecation"], "@1767225600");
    assert!(!other.headers.contains_key("sunset"));
    for path in ["/api/v1/courses/K", "/api/v1/agencies", "/healthz"] {
        assert!(!server.admin().get(path).headers.contains_key("deprecation"), "{path}");
    }
}

#[test]
fn what_is_deprecated_is_marked_in_the_contract_and_ends_after_it_began() {
    let paths = contract::document()["paths"].as_object().unwrap();
    let operations: Vec<_> = paths.values().flat_map(|item| item.as_object().unwrap().values()).collect();
    for deprecation in DEPRECATIONS {
        let operation = operations.iter().find(|operation| operation["operationId"] == deprecation.operation);
        assert_eq!(operation.unwrap()["deprecated"], true, "{}", deprecation.operation);
        assert!(deprecation.sunset.is_none_or(|sunset| sunset >= deprecation.since), "{}", deprecation.operation);
    }
    let marked = operations.iter().filter(|operation| operation["deprecated"] == true).count();
    assert_eq!(marked, DEPRECATIONS.len(), "an operation the contract calls deprecated has no date");
}
