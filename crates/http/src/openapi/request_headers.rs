//! Headers of requests: each is described once; which operations read it follows from method and path.

use super::patches::name_of;
use super::visit;
use crate::auth::change_reason::PARAMETER;
use crate::request::header_values::PRINTABLE;
use crate::response::entity_tags::ENTITY_TAGS;
use thidua_domain::text::{Reference, Shape, TextKind};
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::path::{HttpMethod, Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{OpenApi, Ref, RefOr, Required};

/// A header that requests may carry.
struct RequestHeader {
    /// Its name in the contract: a header that some operations need and others only take is described twice.
    key: &'static str,
    name: &'static str,
    meaning: &'static str,
    required: bool,
    max_length: usize,
    pattern: &'static str,
    /// Value that Swagger UI fills in. Only a header that is right in every request has one: a key that was used before
    /// would be sent again, and an optional reason would be nobody's.
    example: Option<&'static str>,
    /// Value that works, too, and that nobody's tool fills in (`x-example`).
    trial: Option<&'static str>,
    read_by: fn(&str, &HttpMethod) -> bool,
}

const HEADERS: &[RequestHeader] = &[
    RequestHeader {
        key: "Accept-Language",
        name: "Accept-Language",
        meaning: "The language of problems and findings: Vietnamese (`vi`, unless said otherwise) or English (`en`).",
        required: false,
        max_length: 1000,
        pattern: PRINTABLE,
        example: Some("vi"),
        trial: None,
        read_by: |_, _| true,
    },
    RequestHeader {
        key: "Change-Reason",
        name: "Change-Reason",
        meaning: "The reason for the change, kept in the change log: in UTF-8, or encoded and declared so after RFC 8187 \
                  (`UTF-8''Theo%20bi%C3%AAn%20b%E1%BA%A3n`), as browsers need it. Instead of it, the parameter `reason`.",
        required: false,
        max_length: MAX_REASON,
        pattern: REASON,
        example: None,
        trial: None,
        read_by: |path, method| takes_reason(path, method) && !must_say_why(path, method),
    },
    RequestHeader {
        key: "Change-Reason-required",
        name: "Change-Reason",
        meaning: "The reason for the change, kept in the change log: in UTF-8, or encoded and declared so after RFC 8187 \
                  (`UTF-8''Theo%20bi%C3%AAn%20b%E1%BA%A3n`), as browsers need it. Instead of it, the parameter `reason`. \
                  Without either the change is refused.",
        required: false,
        max_length: MAX_REASON,
        pattern: REASON,
        example: None,
        trial: Some("Công văn 12/CV-SKHCN (ví dụ)"),
        read_by: must_say_why,
    },
    RequestHeader {
        key: "Idempotency-Key",
        name: "Idempotency-Key",
        meaning: "A name of your own for this request, a UUID for example. Sent again under it within 24 hours, the request \
                  is answered as the first time and not done again. The server keeps the last 16 MiB of a caller's answers, \
                  and 256 MiB in all, unless it is set otherwise; a request whose answer was dropped counts as new.",
        required: false,
        max_length: 257,
        pattern: r#"^([!#-~]{1,255}|"[!#-~]{1,255}")$"#,
        example: None,
        trial: None,
        read_by: |path, method| {
            *method == HttpMethod::Post
                && changes(path, method)
                && !is_about_a_way_in(path)
                && !tells_a_secret(path, method)
        },
    },
    RequestHeader {
        key: "If-Match",
        name: "If-Match",
        meaning: "The `ETag` of the row as it was read: the change is refused when the row is another by now. `*` stands for \
                  any.",
        required: true,
        max_length: 1000,
        pattern: ENTITY_TAGS,
        example: None,
        trial: Some("*"),
        read_by: |_, method| conditional(method),
    },
    RequestHeader {
        key: "If-Match-optional",
        name: "If-Match",
        meaning: "The `ETag` of the row as it was read: with it, the request is refused when the row is another by now.",
        required: false,
        max_length: 1000,
        pattern: ENTITY_TAGS,
        example: None,
        trial: None,
        read_by: acts,
    },
    RequestHeader {
        key: "If-None-Match",
        name: "If-None-Match",
        meaning: "Tags of answers at hand; one that still holds is answered 304 without a body.",
        required: false,
        max_length: 4000,
        pattern: ENTITY_TAGS,
        example: None,
        trial: None,
        read_by: |_, method| *method == HttpMethod::Get,
    },
    RequestHeader {
        key: PREFER,
        name: "Prefer",
        meaning: "`tx=rollback` answers what the write would do and stores nothing, and another value of `tx` is refused; `wait=5` waits up to 5 seconds to reflect \
                  every earlier commit, on whatever node; `handling=strict` refuses preferences that are not known (RFC 7240).",
        required: false,
        max_length: 200,
        pattern: PRINTABLE,
        example: None,
        trial: None,
        read_by: |path, method| changes(path, method) && !is_about_a_way_in(path),
    },
    RequestHeader {
        key: PREFER_WAIT,
        name: "Prefer",
        meaning: "`wait=5` waits up to 5 seconds for an answer that reflects every commit made before it was asked for, on \
                  whatever node; without it, commits of other nodes are reflected within 0.1 seconds. `handling=strict` \
                  refuses preferences that cannot be kept (RFC 7240).",
        required: false,
        max_length: 200,
        pattern: PRINTABLE,
        example: None,
        trial: None,
        read_by: |path, method| !changes(path, method) || is_about_a_way_in(path),
    },
];

/// Key of an example that works and that tools do not fill in.
const UNFILLED: &str = "x-example";

/// The key of `Prefer` where a write can be tried.
const PREFER: &str = "Prefer";

/// The key of `Prefer` where nothing but waiting can be preferred.
pub(super) const PREFER_WAIT: &str = "Prefer-wait";

/// The greatest length of a header with a reason: each of its characters takes twelve at most when it is encoded.
const MAX_REASON: usize = 12 * <Reference as TextKind>::SHAPE.max_length + 16;

/// A reason in a header: one line to read, as [`Reference`] takes it, without the white space that no header field
/// begins or ends with.
const REASON: &str = r"^[^\s\x00-\x1f\x7f-\x9f]([^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f])?$";

/// Describes the headers, and refers to each where it is read.
pub(super) fn add(document: &mut OpenApi) {
    visit::operations(document, |path, method, operation| {
        let read = HEADERS.iter().filter(|header| (header.read_by)(path, method) && !takes(operation, header.name));
        let references = read.map(|header| RefOr::Ref(Ref::new(format!("#/components/parameters/{}", header.key))));
        let in_query =
            takes_reason(path, method).then(|| RefOr::Ref(Ref::new(format!("#/components/parameters/{PARAMETER}"))));
        let references: Vec<_> = references.chain(in_query).collect();
        operation.parameters.get_or_insert_default().extend(references);
    });
    if let Some(components) = &mut document.components {
        components
            .parameters
            .extend(HEADERS.iter().map(|header| (header.key.to_owned(), RefOr::T(header.parameter()))));
        components.parameters.insert(PARAMETER.to_owned(), RefOr::T(query_reason()));
    }
}

impl RequestHeader {
    fn parameter(&self) -> Parameter {
        let schema =
            ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(self.max_length));
        ParameterBuilder::new()
            .name(self.name)
            .parameter_in(ParameterIn::Header)
            .required(if self.required { Required::True } else { Required::False })
            .description(Some(self.meaning))
            .schema(Some(schema.pattern(Some(self.pattern))))
            .example(self.example.map(Into::into))
            .extensions(self.trial.map(|value| ExtensionsBuilder::new().add(UNFILLED, value).build()))
            .build()
    }
}

/// Leaves the rows of an operation that cannot be taken back for people to name: Swagger UI fills in examples, and one
/// click would delete a row that has the number of the example.
pub(super) fn leave_rows_out(document: &mut OpenApi) {
    visit::operations(document, |path, method, operation| {
        if *method == HttpMethod::Delete || path.ends_with("/erasure") || path.ends_with("/merger") {
            for parameter in operation.parameters.iter_mut().flatten() {
                if let RefOr::T(parameter) = parameter
                    && parameter.parameter_in == ParameterIn::Path
                    && let Some(unfilled) = unfilled(parameter)
                {
                    *parameter = unfilled;
                }
            }
        }
    });
}

/// A parameter whose example no tool fills in; none if it has no example. utoipa shows the example to JSON only.
fn unfilled(parameter: &Parameter) -> Option<Parameter> {
    let mut described = serde_json::to_value(parameter).ok()?;
    let members = described.as_object_mut()?;
    let example = members.remove("example")?;
    members.insert(UNFILLED.to_owned(), example);
    serde_json::from_value(described).ok()
}

/// The parameter of the query that gives the reason for a change.
fn query_reason() -> Parameter {
    let Shape { min_length, max_length, pattern } = Reference::SHAPE;
    let schema =
        ObjectBuilder::new().schema_type(Type::String).min_length(Some(min_length)).max_length(Some(max_length));
    ParameterBuilder::new()
        .name(PARAMETER)
        .parameter_in(ParameterIn::Query)
        .description(Some("The reason for the change, in place of the header `Change-Reason`."))
        .schema(Some(schema.pattern(Some(pattern))))
        .build()
}

/// True of a list of the contract that counts its rows where that is preferred (`Prefer: count=exact`).
pub fn counts(operation: &Operation) -> bool {
    let mut own = operation.parameters.iter().flatten();
    own.any(|parameter| matches!(parameter, RefOr::T(parameter) if parameter.name == "Prefer"))
}

/// Operations that are sent and change nothing.
const QUESTIONS: &[&str] = &["/reconcile", "/rehearse"];

/// True for an operation that changes something.
pub(super) fn changes(path: &str, method: &HttpMethod) -> bool {
    *method != HttpMethod::Get && changes_at(path)
}

/// True when something that is sent to a path changes something.
pub fn changes_at(path: &str) -> bool {
    !QUESTIONS.iter().any(|question| path.ends_with(question))
}

/// True of an operation of the contract that changes something and can be tried (`Prefer: tx=rollback`).
pub fn can_be_tried(operation: &Operation) -> bool {
    operation.parameters.iter().flatten().any(|parameter| match parameter {
        RefOr::T(_) => false,
        RefOr::Ref(reference) => name_of(reference) == PREFER,
    })
}

/// True for an operation that lets somebody in, who has no name in the log before.
fn is_log_in(path: &str) -> bool {
    ["/auth/login", "/auth/refresh", "/auth/sign-on", "/invitations/accept"].iter().any(|end| path.ends_with(end))
}

/// True for an operation that takes the reason for a change.
fn takes_reason(path: &str, method: &HttpMethod) -> bool {
    changes(path, method) && !is_log_in(path)
}

/// True for an operation that is refused without a reason: taking a lock away, and erasing a person.
fn must_say_why(path: &str, method: &HttpMethod) -> bool {
    *method == HttpMethod::Delete && path.contains("/locks/") || path.ends_with("/erasure")
}

/// True for an operation on the caller's own way in, which cannot be tried.
pub(super) fn is_about_a_way_in(path: &str) -> bool {
    path.contains("/auth/") || path.ends_with("/invitations/accept")
}

/// True for an operation whose answer is shown once and kept nowhere: a new key of a client, an invitation.
pub(super) fn tells_a_secret(path: &str, method: &HttpMethod) -> bool {
    *method == HttpMethod::Post && ["/keys", "/rotate", "/invitation"].iter().any(|end| path.ends_with(end))
}

/// True for a method that changes a row, which must then be as it was read.
pub(super) fn conditional(method: &HttpMethod) -> bool {
    matches!(method, HttpMethod::Put | HttpMethod::Patch | HttpMethod::Delete)
}

/// True for an operation that does something to a row that is more than a patch.
pub(super) fn acts(path: &str, method: &HttpMethod) -> bool {
    *method == HttpMethod::Post && path.contains('{')
}

/// True when an operation takes a parameter with a name.
pub fn takes(operation: &Operation, name: &str) -> bool {
    operation.parameters.iter().flatten().any(|parameter| match parameter {
        RefOr::T(parameter) => parameter.name == name,
        RefOr::Ref(reference) => name_of(reference) == name,
    })
}
