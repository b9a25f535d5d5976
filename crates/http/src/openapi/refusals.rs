//! The refusals every operation has, by what it is: said once, referred to everywhere.

use super::headers;
use super::request_headers::{acts, changes, conditional};
use super::visit;
use crate::problem::{Language, MEDIA_TYPE, Problem, ProblemBody, ProblemError};
use crate::request::write;
use thidua_domain::violation::Violation;
use thidua_persistence::Error;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::{HttpMethod, Operation};
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::ComponentsBuilder;
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{OpenApi, Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

/// A refusal: its status, the name of its response in the contract, and what it means.
struct Refusal {
    status: &'static str,
    name: &'static str,
    meaning: &'static str,
    applies: fn(&str, &HttpMethod, &Operation) -> bool,
}

const REFUSALS: &[Refusal] = &[
    Refusal { status: "400", name: "Malformed", meaning: "The request cannot be read", applies: always },
    Refusal {
        status: "401",
        name: "Unauthenticated",
        meaning: "Nobody is logged in, or the token is not valid",
        applies: always,
    },
    Refusal {
        status: "403",
        name: "Forbidden",
        meaning: "The role does not allow it, or the password must be changed first",
        applies: |path, _, operation| !is_open(operation) || is_sign_on(path),
    },
    Refusal {
        status: "404",
        name: "NotFound",
        meaning: "There is no such thing within your scope",
        applies: |path, _, _| path.contains('{') || is_sign_on(path),
    },
    Refusal {
        status: "406",
        name: "NotAcceptable",
        meaning: "None of the media types that `Accept` names is answered",
        applies: always,
    },
    Refusal {
        status: "408",
        name: "TooSlow",
        meaning: "The body arrives too slowly, or for too long; nothing was written",
        applies: takes_body,
    },
    Refusal {
        status: "409",
        name: "Conflict",
        meaning: "The input does not fit what is stored",
        applies: |path, method, _| {
            changes(path, method) && (!path.contains("/auth/") || path.contains("/second-factor") || is_sign_on(path))
        },
    },
    Refusal {
        status: "412",
        name: "Stale",
        meaning: "The row has changed since it was read; `ETag` is its tag now",
        applies: |path, method, _| conditional(method) || acts(path, method),
    },
    Refusal { status: "413", name: "TooLarge", meaning: "The body is too large", applies: takes_body },
    Refusal {
        status: "415",
        name: "UnsupportedMediaType",
        meaning: "The media type, or the content encoding, is not taken",
        applies: takes_body,
    },
    Refusal {
        status: "422",
        name: "Invalid",
        meaning: "The input breaks rules; `errors` points to each member",
        applies: always,
    },
    Refusal {
        status: "428",
        name: "Unconditional",
        meaning: "`If-Match` is missing",
        applies: |_, method, _| conditional(method),
    },
    Refusal {
        status: "429",
        name: "TooManyRequests",
        meaning: "Too many requests, or too many streams at once; see `Retry-After`",
        applies: always,
    },
    Refusal { status: "500", name: "Defect", meaning: "A defect; nothing was changed", applies: always },
    Refusal {
        status: "503",
        name: "Unavailable",
        meaning: "The system cannot serve this right now; see `Retry-After`",
        applies: always,
    },
];

/// The identity of the request that the examples answer.
const REQUEST_ID: &str = "3f2b8c1e9a7d4e60b5c4d3e2f1a09876";

/// Adds the refusals to the contract and to every operation they apply to.
pub(super) fn add(document: &mut OpenApi) {
    visit::operations(document, |path, method, operation| {
        for refusal in REFUSALS.iter().filter(|refusal| (refusal.applies)(path, method, operation)).collect::<Vec<_>>()
        {
            let reference = RefOr::Ref(Ref::from_response_name(refusal.name));
            operation.responses.responses.entry(refusal.status.to_owned()).or_insert(reference);
        }
    });
    let components = document.components.get_or_insert_with(|| ComponentsBuilder::new().build());
    components.schemas.insert(ProblemBody::name().into_owned(), ProblemBody::schema());
    components.schemas.insert(ProblemError::name().into_owned(), ProblemError::schema());
    components.responses.extend(REFUSALS.iter().map(|refusal| (refusal.name.to_owned(), RefOr::T(refusal.response()))));
}

impl Refusal {
    fn response(&self) -> Response {
        let schema = Ref::from_schema_name(ProblemBody::name());
        let content = ContentBuilder::new().schema(Some(schema)).example(example(self.status)).build();
        let mut response = ResponseBuilder::new().description(self.meaning).content(MEDIA_TYPE, content).build();
        headers::of_refusal(self.status, &mut response);
        response
    }
}

fn always(_path: &str, _method: &HttpMethod, _operation: &Operation) -> bool {
    true
}

/// True when nobody needs to have logged in.
fn is_open(operation: &Operation) -> bool {
    operation.security.as_ref().is_some_and(|needed| needed.iter().all(|one| *one == SecurityRequirement::default()))
}

/// True for signing on by an issuer's word: there may be no issuer, and its user may be entitled to nothing here.
fn is_sign_on(path: &str) -> bool {
    path.ends_with("/auth/sign-on")
}

fn takes_body(_path: &str, _method: &HttpMethod, operation: &Operation) -> bool {
    operation.request_body.is_some()
}

/// Example of the refusal with a status.
fn example(status: &str) -> Option<serde_json::Value> {
    let problem = match status {
        "400" => Problem::malformed("malformed_request.json").with("line", "1").with("column", "5"),
        "401" => Problem::unauthenticated(),
        "403" => Problem::forbidden(),
        "404" => Problem::not_found(),
        "406" => Problem::not_acceptable(&["application/json".to_owned()]),
        "408" => Problem::too_slow(),
        "409" => Error::taken("/code", "KNS-2026-01").into(),
        "412" => write::stale("0Vb5Sd1TJ0cC8SWnKv8hR1Rk"),
        "413" => Problem::too_large(),
        "415" => Problem::media_type(&["application/json"]),
        "422" => Problem::invalid(vec![Violation::new("/secret", "secret_exceeds_total")]),
        "428" => write::unconditional(),
        "429" => Problem::too_many_requests("default", 6000, 60, 1),
        "500" => Problem::defect(),
        "503" => Problem::unavailable(),
        _ => return None,
    };
    serde_json::to_value(problem.body(Language::Vietnamese, REQUEST_ID)).ok()
}
