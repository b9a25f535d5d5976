//! Hostile bodies and texts: refused by name, without any change.

use serde_json::json;
use std::io::Write;
use support::bodies::{self, Members};
use support::{World, on_both_engines};

const PATH: &str = "/api/v1/courses";

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

fn course(name: &str) -> String {
    bodies::course("K", "H18.20").with("name", name).with("from", "2026-01-01").with("to", "2026-01-01").to_string()
}

/// A body with any text in the place of the number `hours`.
fn hours(text: &str) -> String {
    course("Khóa").replace("\"hours\":1", &format!("\"hours\":{text}"))
}

#[on_both_engines]
fn a_body_nested_without_end_is_refused(world: World) {
    let before = world.server.seq();
    for (open, inner, close) in [("[", "", "]"), ("{\"a\":", "1", "}"), ("[{\"a\":", "1", "}]")] {
        for closed in [true, false] {
            let end = if closed { close.repeat(100_000) } else { String::new() };
            let body = format!("{}{inner}{end}", open.repeat(100_000));
            for path in [PATH, "/api/v1/courses/batch"] {
                world
                    .admin
                    .send("POST", path, Some("application/json"), body.as_bytes())
                    .refused(400, "malformed_request");
            }
            let anyway = world.admin.clone().with("if-match", "*");
            anyway
                .send("PATCH", "/api/v1/agencies/H18", Some("application/merge-patch+json"), body.as_bytes())
                .refused(400, "malformed_request");
        }
    }
    assert_eq!(world.server.seq(), before);
}

#[on_both_engines]
fn numbers_that_are_none_or_too_great_are_refused(world: World) {
    let before = world.server.seq();
    for none in ["NaN", "Infinity", "-Infinity", "0x10", "01", "1.", ".5", "+1", "1e400", "-1e400", "--1"] {
        world
            .admin
            .send("POST", PATH, Some("application/json"), hours(none).as_bytes())
            .refused(400, "malformed_request");
    }
    for unfit in ["1e30", "1.5", "-1", "9223372036854775808", "99999999999999999999999999", "\"1\"", "true"] {
        let errors = world
            .admin
            .send("POST", PATH, Some("application/json"), hours(unfit).as_bytes())
            .refused(422, "invalid_input")
            .errors();
        assert!(errors.contains_key("/hours"), "{unfit}: {errors:?}");
    }
    assert_eq!(world.server.seq(), before);
}

#[on_both_engines]
fn texts_that_are_no_unicode_are_refused(world: World) {
    let before = world.server.seq();
    for name in [r"\ud800", r"\udc00", r"\udc00\ud800", r"\ud800x", r"\u12", r"\x41"] {
        let body = course("NAME").replace("NAME", name);
        world.admin.send("POST", PATH, Some("application/json"), body.as_bytes()).refused(400, "malformed_request");
    }
    for bytes in [&b"\xff"[..], b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe1\xbb"] {
        let body = course("NAME");
        let (start, end) = body.split_once("NAME").unwrap();
        let body = [start.as_bytes(), bytes, end.as_bytes()].concat();
        world.admin.send("POST", PATH, Some("application/json"), &body).refused(400, "malformed_request");
    }
    let utf16: Vec<u8> = course("Khóa").encode_utf16().flat_map(u16::to_le_bytes).collect();
    world.admin.send("POST", PATH, Some("application/json"), &utf16).refused(400, "malformed_request");
    assert_eq!(world.server.seq(), before);
}

#[on_both_engines]
fn what_is_packed_small_and_is_large_is_refused(world: World) {
    let before = world.server.seq();
    let packed = world.admin.clone().with("content-encoding", "gzip");
    let bomb = gzipped(course(&"a".repeat(40 << 20)).as_bytes());
    assert!(bomb.len() < 100_000, "it is sent small");
    packed.send("POST", PATH, Some("application/json"), &bomb).refused(413, "payload_too_large");
    let cut = gzipped(course("Khóa").as_bytes());
    packed.send("POST", PATH, Some("application/json"), &cut[..cut.len() / 2]).refused(400, "malformed_request");
    packed.send("POST", PATH, Some("application/json"), course("Khóa").as_bytes()).refused(400, "malformed_request");
    assert_eq!(world.server.seq(), before);
    packed.send("POST", PATH, Some("application/json"), &cut).expect(201);
}

#[on_both_engines]
fn a_text_composed_otherwise_is_the_same_text(world: World) {
    // "Điện Biên" with composed letters and with combining marks.
    let (composed, combined) = ("Tập huấn Điện Biên", "Tâ\u{323}p huâ\u{301}n Đie\u{323}\u{302}n Bie\u{302}n");
    assert_ne!(composed, combined);
    let made = world.admin.send("POST", PATH, Some("application/json"), course(combined).as_bytes()).expect(201);
    assert_eq!(made.json["name"], composed);
}

#[on_both_engines]
fn a_code_that_only_looks_like_another_is_none(world: World) {
    let before = world.server.seq();
    // Cyrillic Н and К, full-width letters, a soft hyphen, a zero-width space, a right-to-left mark, a dotless i.
    for code in
        ["\u{041d}18.20", "Ｈ18.20", "H18\u{ad}.20", "H18.\u{200b}20", "\u{200f}H18.20", "H18.2\u{0660}", "\u{0131}18"]
    {
        let body = course("Khóa").replace("H18.20", code);
        let errors = world
            .admin
            .send("POST", PATH, Some("application/json"), body.as_bytes())
            .refused(422, "invalid_input")
            .errors();
        assert!(errors.contains_key("/organiser"), "{code:?}: {errors:?}");
        let body = course("Khóa").replace("\"K\"", &json!(code).to_string());
        let errors = world
            .admin
            .send("POST", PATH, Some("application/json"), body.as_bytes())
            .refused(422, "invalid_input")
            .errors();
        assert!(errors.contains_key("/code"), "{code:?}: {errors:?}");
    }
    assert_eq!(world.server.seq(), before);
}

#[on_both_engines]
fn a_question_is_never_a_part_of_a_query_language(world: World) {
    let all = world.admin.get("/api/v1/agencies").expect(200).items().len();
    assert!(all > 1);
    for text in [
        "' OR '1'='1",
        "'; DROP TABLE agencies; --",
        "\" OR 1=1 --",
        "%",
        "_",
        "\\",
        "$1",
        "?1",
        "*",
        "{{7*7}}",
        "=1+1",
    ] {
        let sent = form_urlencoded(text);
        for filter in ["kind", "parent", "sort", "cursor", "limit", "valid_on"] {
            world.admin.get(&format!("/api/v1/agencies?{filter}={sent}")).refused(422, "invalid_input");
        }
        world.admin.get(&format!("/api/v1/agencies/{sent}")).refused(404, "not_found");
        world.admin.post("/api/v1/auth/login", &json!({"username": text, "password": text})).expect(401);
    }
    assert_eq!(world.admin.get("/api/v1/agencies").expect(200).items().len(), all);
}

fn form_urlencoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
