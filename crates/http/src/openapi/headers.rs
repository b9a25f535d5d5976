//! Headers of answers: each is described once; which answers have it follows from method and status.

use super::request_headers::{PREFER_WAIT, is_about_a_way_in, takes, tells_a_secret};
use super::visit;
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::path::{HttpMethod, Operation};
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};
use utoipa::openapi::{OpenApi, Ref, RefOr};

/// A header as the contract describes it.
struct ResponseHeader {
    name: &'static str,
    meaning: &'static str,
    /// True when every answer that lists it has it.
    required: bool,
    schema: fn() -> Object,
    example: &'static str,
}

const HEADERS: &[ResponseHeader] = &[
    ResponseHeader {
        name: "Access-Control-Allow-Origin",
        meaning: "The page's own origin, when the installation lets pages of that origin read answers.",
        required: false,
        schema: || text(300, r"^https?://[^\s/]+$"),
        example: "https://thidua.example.vn",
    },
    ResponseHeader {
        name: "Content-Language",
        meaning: "The language of the problem: as `Accept-Language` asks, Vietnamese otherwise.",
        required: true,
        schema: || one_of(&["vi", "en"]),
        example: "vi",
    },
    ResponseHeader {
        name: "ETag",
        meaning: "A strong tag of what the answer says. Send it back in `If-None-Match` to learn whether it still holds.",
        required: true,
        schema: || text(200, r#"^"[!#-~]*"$"#),
        example: "\"0Vb5Sd1TJ0cC8SWnKv8hR1Rk\"",
    },
    ResponseHeader {
        name: "Idempotency-Replayed",
        meaning: "`true`: the request was carried out before, and this is the answer it got then.",
        required: false,
        schema: || one_of(&["true"]),
        example: "true",
    },
    ResponseHeader {
        name: "JWS-Signature",
        meaning: "A detached JWS (RFC 7515, appendix F) over the bytes of the answer; the key is at `/.well-known/jwks.json`.",
        required: true,
        schema: || text(1000, r"^[A-Za-z0-9_-]+\.\.[A-Za-z0-9_-]+$"),
        example: "eyJhbGciOiJFZERTQSJ9..c2lnbmF0dXJl",
    },
    ResponseHeader {
        name: "Link",
        meaning: "The address of the next page, as `<…>; rel=\"next\"` (RFC 8288); absent on the last one. On an operation \
                  that is going away, also what takes its place, as `rel=\"successor-version\"`.",
        required: false,
        schema: || {
            text(8000, r#"^<[^<>]+>; rel="(next|successor-version)"(, <[^<>]+>; rel="(next|successor-version)")*$"#)
        },
        example: "</api/v1/courses?cursor=eyJzb3J0IjoiL2FwaS92MSJ9>; rel=\"next\"",
    },
    ResponseHeader {
        name: "Location",
        meaning: "The address of the new row.",
        required: true,
        schema: || text(500, r"^/api/v1/[!-~]+$"),
        example: "/api/v1/training-records/7244",
    },
    ResponseHeader {
        name: "Preference-Applied",
        meaning: "The preferences that were honoured (RFC 7240).",
        required: false,
        schema: || text(200, PRINTABLE),
        example: "tx=rollback",
    },
    ResponseHeader {
        name: "RateLimit",
        meaning: "The rest of the quota: `r` requests, renewed in `t` seconds (RFC 9651 list).",
        required: false,
        schema: || text(300, PRINTABLE),
        example: "\"default\";r=598;t=41",
    },
    ResponseHeader {
        name: "RateLimit-Policy",
        meaning: "The quota: `q` requests in `w` seconds (RFC 9651 list).",
        required: false,
        schema: || text(300, PRINTABLE),
        example: "\"default\";q=600;w=60",
    },
    ResponseHeader {
        name: "Retry-After",
        meaning: "Seconds to wait before the next attempt.",
        required: true,
        schema: || {
            let number = ObjectBuilder::new().schema_type(Type::Integer);
            number.minimum(Some(0_usize)).maximum(Some(86_400_usize)).build()
        },
        example: "2",
    },
    ResponseHeader {
        name: "Unchanged",
        meaning: "`true`: everything was as it was wanted already, so that nothing was changed and nothing logged.",
        required: false,
        schema: || one_of(&["true"]),
        example: "true",
    },
    ResponseHeader {
        name: "WWW-Authenticate",
        meaning: "The way to authenticate (RFC 6750).",
        required: true,
        schema: || text(300, PRINTABLE),
        example: "Bearer realm=\"thidua\"",
    },
    ResponseHeader {
        name: "X-Request-Id",
        meaning: "The name of the request in the server's log.",
        required: false,
        schema: || text(64, "^[A-Za-z0-9._-]+$"),
        example: "6f9a1c52-5a0e-4f7d-9d5f-0c1d8a4a7b11",
    },
];

/// Visible ASCII and spaces, as header fields are made of.
const PRINTABLE: &str = "^[ -~]+$";

/// Headers of every answer of the API.
const EVERYWHERE: &[&str] = &["Access-Control-Allow-Origin", "RateLimit", "RateLimit-Policy", "X-Request-Id"];

/// Describes the headers, and names those of every success.
pub(super) fn add(document: &mut OpenApi) {
    visit::operations(document, |path, method, operation| {
        let tagged = *method == HttpMethod::Get && !path.ends_with("/me");
        if tagged {
            let reference = RefOr::Ref(Ref::from_response_name("NotModified"));
            operation.responses.responses.insert("304".to_owned(), reference);
        }
        let own = of_success(path, method, operation);
        for (status, response) in &mut operation.responses.responses {
            if let (true, RefOr::T(response)) = (status.starts_with('2'), response) {
                let lacks = |name: &str| match name {
                    "ETag" => response.content.is_empty(),
                    "Location" => status != "201",
                    _ => false,
                };
                let own: Vec<_> = own.iter().copied().filter(|name| !lacks(name)).collect();
                list(response, own.into_iter());
            }
        }
    });
    if let Some(components) = &mut document.components {
        components.responses.insert("NotModified".to_owned(), RefOr::T(not_modified()));
        components.headers.extend(HEADERS.iter().map(|header| (header.name.to_owned(), RefOr::T(header.header()))));
    }
}

/// Names the headers of a refusal.
pub(super) fn of_refusal(status: &str, response: &mut Response) {
    let own: &[&str] = match status {
        "401" => &["WWW-Authenticate"],
        "412" => &["ETag"],
        "429" | "503" => &["Retry-After"],
        _ => &[],
    };
    list(response, [EVERYWHERE, own, &["Content-Language"]].concat().into_iter());
}

/// The headers that a success of an operation may have. Answers about a token are never kept, so they have no tag.
fn of_success(path: &str, method: &HttpMethod, operation: &Operation) -> Vec<&'static str> {
    let untagged =
        is_about_a_way_in(path) || path.ends_with("/me") || path.ends_with("/changes") || tells_a_secret(path, method);
    let own = [
        ("Content-Language", path.ends_with("/rehearse")),
        ("ETag", !untagged),
        ("JWS-Signature", path.ends_with("/provincial-report") || path.ends_with("/report")),
        ("Idempotency-Replayed", takes(operation, "Idempotency-Key")),
        ("Link", takes(operation, "cursor")),
        ("Location", true),
        ("Preference-Applied", takes(operation, "Prefer") || takes(operation, PREFER_WAIT)),
        ("Unchanged", *method == HttpMethod::Patch || *method == HttpMethod::Delete && path.ends_with("/name")),
    ];
    let own = own.into_iter().filter(|(_, has)| *has).map(|(name, _)| name);
    EVERYWHERE.iter().copied().chain(own).collect()
}

/// The answer that a caller's own copy still holds.
fn not_modified() -> Response {
    let mut response = ResponseBuilder::new().description("The answer at hand still holds").build();
    list(&mut response, EVERYWHERE.iter().copied().chain(["ETag"]));
    response
}

fn list<'a>(response: &mut Response, names: impl Iterator<Item = &'a str>) {
    let reference = |name: &str| RefOr::Ref(Ref::new(format!("#/components/headers/{name}")));
    response.headers.extend(names.map(|name| (name.to_owned(), reference(name))));
}

impl ResponseHeader {
    fn header(&self) -> Header {
        let schema = (self.schema)();
        let number = schema.minimum.is_some();
        let example = if number { self.example.parse::<i64>().ok().map(Into::into) } else { Some(self.example.into()) };
        let builder = HeaderBuilder::new().description(Some(self.meaning)).schema(Some(schema)).example(example);
        // utoipa has no member for it.
        let required = self.required.then(|| Extensions::from_iter([("required", true)]));
        builder.extensions(required).build()
    }
}

fn text(max_length: usize, pattern: &str) -> Object {
    let text = ObjectBuilder::new().schema_type(Type::String);
    text.min_length(Some(1)).max_length(Some(max_length)).pattern(Some(pattern)).build()
}

fn one_of(values: &'static [&'static str]) -> Object {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(values.iter().copied())).build()
}
