//! Properties of every answer, refusals included: a request id, security headers, a right `Vary`, and a body only where
//! one belongs.

use crate::api::negotiation::reads;
use serde_json::json;
use support::engines::Place;
use support::server::{Sample, plain};
use support::{Answer, Server, World, on_both_engines};

/// Answers of every kind: done, found, not found, refused by every part of the server.
fn of_every_kind(world: &World) -> Vec<Answer> {
    let (admin, nobody) = (&world.admin, world.server.anonymous());
    vec![
        admin.get("/api/v1/agencies").expect(200),
        admin.clone().with("if-none-match", "*").get("/api/v1/agencies/H18").expect(304),
        admin.post("/api/v1/courses", &json!({})).expect(422),
        admin.send("POST", "/api/v1/courses", None, b"{}").expect(415),
        admin.send("PUT", "/api/v1/agencies", None, b"").expect(405),
        admin.send("OPTIONS", "/api/v1/agencies", None, b"").expect(204),
        admin.clone().with("accept", "text/csv").get("/api/v1/agencies").expect(406),
        admin.send("POST", "/api/v1/courses", Some("application/json"), &vec![b' '; 1_100_000]).expect(413),
        admin.get("/api/v1/agencies/%00").expect(404),
        admin.get("/api/v1/me?x=1").expect(422),
        nobody.get("/api/v1/agencies").expect(401),
        nobody.get("/nowhere").expect(404),
        nobody.get("/healthz").expect(200),
        nobody.get("/openapi.json").expect(200),
        nobody.get("/problems").expect(200),
        nobody.get("/docs/").expect(200),
        nobody.get("/").expect(307),
    ]
}

#[on_both_engines]
fn every_answer_has_the_headers_that_make_browsers_careful(world: World) {
    for answer in of_every_kind(&world) {
        let header = |name: &str| answer.headers.get(name).map_or("", String::as_str);
        assert_eq!(header("x-content-type-options"), "nosniff", "{answer:?}");
        assert_eq!(header("referrer-policy"), "no-referrer", "{answer:?}");
        assert_eq!(header("cross-origin-resource-policy"), "same-origin", "{answer:?}");
        let policy = header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; "), "{answer:?}");
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'"), "{answer:?}");
        assert!(!policy.contains("unsafe-eval") && !policy.contains("script-src 'unsafe"), "{answer:?}");
        assert!(!header("cache-control").is_empty(), "{answer:?}");
        assert!(header("vary").split(", ").any(|name| name == "accept-encoding"), "{answer:?}");
        for absent in
            ["server", "x-powered-by", "strict-transport-security", "access-control-allow-origin", "set-cookie"]
        {
            assert_eq!(header(absent), "", "{absent}: {answer:?}");
        }
    }
}

#[on_both_engines]
fn what_the_api_says_is_kept_by_nobody_unless_it_says_so(world: World) {
    for (path, caching) in [
        ("/api/v1/agencies", "private, no-cache"),
        ("/api/v1/me", "no-store"),
        ("/api/v1/nothing", "no-store"),
        ("/problems", "no-cache"),
        ("/healthz", "no-cache"),
    ] {
        assert_eq!(world.admin.get(path).headers["cache-control"], caching, "{path}");
    }
}

#[on_both_engines]
fn a_refusal_varies_by_language_and_says_which_it_chose(world: World) {
    let refused = world.admin.clone().with("accept-language", "en").get("/api/v1/agencies/X").expect(404);
    assert_eq!(refused.headers["content-language"], "en");
    assert_eq!(refused.headers["vary"], "accept-encoding, accept-language");
    let found = world.admin.get("/api/v1/agencies/H18").expect(200);
    assert_eq!(found.headers["vary"], "accept-encoding, authorization");
}

#[on_both_engines]
fn a_request_keeps_its_own_identity_or_gets_a_new_one(world: World) {
    for answer in of_every_kind(&world) {
        let id = &answer.headers["x-request-id"];
        assert_eq!((id.len(), id.bytes().all(|byte| byte.is_ascii_hexdigit())), (32, true), "{answer:?}");
    }
    let ask = |id: &str| world.admin.clone().with("x-request-id", id).get("/api/v1/agencies/X").expect(404);
    for sane in ["a", "7f3c-2.b_Z", &"x".repeat(64)] {
        let answer = ask(sane);
        assert_eq!(answer.headers["x-request-id"], *sane);
        assert_eq!(answer.json["request_id"], *sane);
    }
    for insane in ["", "a b", "<script>", "a\"b", &"x".repeat(65), "ä"] {
        let answer = ask(insane);
        assert_ne!(answer.headers["x-request-id"], *insane);
        assert_eq!(answer.json["request_id"], answer.headers["x-request-id"]);
    }
    assert_ne!(
        world.admin.get("/healthz").headers["x-request-id"],
        world.admin.get("/healthz").headers["x-request-id"]
    );
}

#[on_both_engines]
fn tls_is_insisted_on_where_the_operator_says_so(place: Place) {
    let mut edge = plain();
    edge.hsts_seconds = 31_536_000;
    let server = Server::start_with(place, edge, &[]);
    for path in ["/", "/api/v1/agencies", "/healthz", "/docs/"] {
        assert_eq!(server.anonymous().get(path).headers["strict-transport-security"], "max-age=31536000", "{path}");
    }
}

#[on_both_engines]
fn a_head_is_its_get_without_the_body(sample: Sample) {
    let admin = sample.0.admin();
    for path in reads() {
        let (get, head) = (admin.get(&path), admin.send("HEAD", &path, None, b""));
        assert_eq!(head.status, get.status, "{path}");
        assert!(head.body.is_empty(), "{path}");
        let comparable = |answer: &Answer| {
            let mut headers = answer.headers.clone();
            ["x-request-id", "date"].iter().for_each(|name| drop(headers.remove(*name)));
            headers
        };
        assert_eq!(comparable(&head), comparable(&get), "{path}");
        assert_eq!(head.headers["content-length"], get.body.len().to_string(), "{path}");
        if get.status == 200 && path.starts_with("/api/") && path != "/api/v1/me" {
            let known = admin.clone().with("if-none-match", &head.headers["etag"]);
            assert_eq!(known.send("HEAD", &path, None, b"").status, 304, "{path}");
        }
    }
}
