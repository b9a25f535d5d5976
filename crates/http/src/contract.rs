//! The OpenAPI 3.1 contract: read off the mounted routes, then completed by one modifier with what every operation
//! has in common.

use crate::list_contract;
use crate::problem::{Language, MEDIA_TYPE, Problem, ProblemBody, ProblemError};
use crate::routes::{self, BASE, TAGS};
use actix_web::App;
use std::collections::BTreeMap;
use thidua_domain::violation::Violation;
use thidua_persistence::Error;
use utoipa::ToSchema;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::{HttpMethod, Operation, ParameterBuilder};
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::{AdditionalProperties, ArrayItems, Object, Schema, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    ComponentsBuilder, ContactBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, Ref, RefOr,
};
use utoipa_actix_web::AppExt;

const BEARER: &str = "bearer";

/// The contract.
pub fn document() -> OpenApi {
    let (_, mut document) = App::new()
        .into_utoipa_app()
        .openapi(frame())
        .service(utoipa_actix_web::scope(BASE).configure(routes::api))
        .split_for_parts();
    complete(&mut document);
    document
}

/// The contract as pretty JSON with a final line end.
pub fn json() -> String {
    let mut text = serde_json::to_string_pretty(&document()).unwrap_or_default();
    text.push('\n');
    text
}

fn frame() -> OpenApi {
    let info = InfoBuilder::new()
        .title("Thi đua Số")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(include_str!("contract.md")))
        .contact(Some(ContactBuilder::new().name(Some("Thi đua Số")).build()))
        .license(Some(LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build()))
        .build();
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some("The `access_token` of `POST /api/v1/auth/login`."))
        .build();
    let components = ComponentsBuilder::new()
        .security_scheme(BEARER, SecurityScheme::Http(bearer))
        .schema_from::<ProblemBody>()
        .schema_from::<ProblemError>()
        .build();
    let tags = TAGS.iter().map(|(name, text)| TagBuilder::new().name(*name).description(Some(*text)).build());
    OpenApiBuilder::new()
        .info(info)
        .servers(Some([utoipa::openapi::Server::new("/")]))
        .components(Some(components))
        .tags(Some(tags))
        .security(Some([SecurityRequirement::new(BEARER, Vec::<String>::new())]))
        .build()
}

/// Adds to every operation the refusals that follow from what it is, and gives inputs and views closed schemas.
fn complete(document: &mut OpenApi) {
    if let Some(components) = &mut document.components {
        close_views(&mut components.schemas);
        name_items(&mut components.schemas);
        list_contract::name_rows(&mut components.schemas);
        add_patches(&mut components.schemas);
    }
    for (path, item) in &mut document.paths.paths {
        let methods = [
            (HttpMethod::Get, &mut item.get),
            (HttpMethod::Post, &mut item.post),
            (HttpMethod::Put, &mut item.put),
            (HttpMethod::Patch, &mut item.patch),
            (HttpMethod::Delete, &mut item.delete),
        ];
        for (method, operation) in methods {
            if let Some(operation) = operation {
                if method == HttpMethod::Patch {
                    take_patch(operation);
                }
                describe_parameters(path, operation);
                list_contract::describe_headers(operation);
                refusals(path, &method, operation);
            }
        }
    }
}

/// Identities of rows of the sample province, so that an example can be tried as it stands.
const SAMPLE_IDS: &[(&str, i64)] = &[
    ("/document-exchanges/", 6832),
    ("/incidents/", 10577),
    ("/monitoring-statuses/", 10047),
    ("/observations/", 6834),
    ("/targets/", 81),
    ("/training-records/", 7244),
];

/// Gives every identity in an address an example, and every filter a description.
fn describe_parameters(path: &str, operation: &mut Operation) {
    for parameter in operation.parameters.iter_mut().flatten() {
        let RefOr::T(parameter) = parameter else { continue };
        if parameter.name == "id" {
            let known = SAMPLE_IDS.iter().find(|(resource, _)| path.contains(resource));
            let example = known.map(|(_, id)| (*id).into());
            *parameter = ParameterBuilder::from(parameter.clone()).example(example).build();
        }
        if parameter.description.is_none() {
            parameter.description = Some(format!("Only rows with this `{}`.", parameter.name));
        }
    }
}

/// A view holds an input's members beside its own: one object, since a closed input in an `allOf` refuses them.
fn close_views(schemas: &mut BTreeMap<String, RefOr<Schema>>) {
    let known = schemas.clone();
    for schema in schemas.values_mut() {
        let RefOr::T(Schema::AllOf(parts)) = schema else { continue };
        let mut merged = Object::with_type(Type::Object);
        merged.description = parts.description.clone();
        for part in &parts.items {
            let Some(object) = object_of(part, &known) else { continue };
            merged.properties.extend(object.properties.clone());
            merged.required.extend(object.required.iter().cloned());
        }
        merged.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
        *schema = RefOr::T(Schema::Object(merged));
    }
}

/// A list refers to the view of its rows instead of repeating it.
fn name_items(schemas: &mut BTreeMap<String, RefOr<Schema>>) {
    let names: Vec<_> = schemas.keys().cloned().collect();
    for (name, schema) in schemas.iter_mut() {
        let Some(view) = name.strip_prefix("Items_").filter(|view| names.iter().any(|name| name == view)) else {
            continue;
        };
        if let RefOr::T(Schema::Object(list)) = schema
            && let Some(RefOr::T(Schema::Array(rows))) = list.properties.get_mut("items")
        {
            rows.items = ArrayItems::RefOrSchema(Box::new(RefOr::Ref(Ref::from_schema_name(view))));
        }
    }
}

/// A merge patch takes any members of its input, and `null` to remove one.
fn add_patches(schemas: &mut BTreeMap<String, RefOr<Schema>>) {
    let inputs: Vec<_> = schemas
        .iter()
        .filter_map(|(name, schema)| Some((name.strip_suffix("Input")?.to_owned(), schema.clone())))
        .collect();
    for (name, schema) in inputs {
        if let RefOr::T(Schema::Object(mut object)) = schema {
            object.required.clear();
            schemas.insert(format!("{name}Patch"), RefOr::T(Schema::Object(object)));
        }
    }
}

fn take_patch(operation: &mut Operation) {
    let Some(RefOr::T(body)) = &mut operation.request_body else { return };
    for content in body.content.values_mut() {
        if let RefOr::T(content) = content
            && let Some(RefOr::Ref(reference)) = &mut content.schema
            && let Some(input) = reference.ref_location.strip_suffix("Input")
        {
            reference.ref_location = format!("{input}Patch");
        }
    }
}

fn object_of<'a>(part: &'a RefOr<Schema>, known: &'a BTreeMap<String, RefOr<Schema>>) -> Option<&'a Object> {
    match part {
        RefOr::T(Schema::Object(object)) => Some(object),
        RefOr::Ref(reference) => object_of(known.get(reference.ref_location.rsplit('/').next()?)?, known),
        RefOr::T(_) => None,
    }
}

fn refusals(path: &str, method: &HttpMethod, operation: &mut Operation) {
    let reads = *method == HttpMethod::Get;
    let takes_body = operation.request_body.is_some();
    let mut known = vec![
        ("400", "The request cannot be read"),
        ("401", "Nobody is logged in, or the token is not valid"),
        ("422", "The input breaks rules; `errors` points to each member"),
        ("500", "A defect; nothing was changed"),
        ("503", "The system cannot serve this right now; see `Retry-After`"),
    ];
    if !path.contains("/auth/login") {
        known.push(("403", "The role does not allow it"));
    }
    if path.contains('{') {
        known.push(("404", "There is no such thing within your scope"));
    }
    if !reads && !path.contains("/auth/") {
        known.push(("409", "The input does not fit what is stored"));
    }
    let conditional = matches!(method, HttpMethod::Patch | HttpMethod::Put | HttpMethod::Delete);
    if conditional {
        known.push(("428", "`If-Match` is missing"));
    }
    if conditional || (!reads && path.contains('{')) {
        known.push(("412", "The row has changed since it was read; `ETag` is its tag now"));
    }
    if takes_body {
        known.push(("413", "The body is too large"));
        known.push(("415", "The media type is not taken"));
    }
    for (status, text) in known {
        operation.responses.responses.entry(status.to_owned()).or_insert_with(|| RefOr::T(refusal(status, text)));
    }
}

fn refusal(status: &str, text: &str) -> Response {
    let content =
        ContentBuilder::new().schema(Some(Ref::from_schema_name(ProblemBody::name()))).example(example(status)).build();
    ResponseBuilder::new().description(text).content(MEDIA_TYPE, content).build()
}

/// What a refusal looks like.
fn example(status: &str) -> Option<serde_json::Value> {
    let problem = match status {
        "400" => Problem::malformed(
            "Nội dung không phải JSON hợp lệ (dòng 1, cột 5).",
            "The body is not valid JSON (line 1, column 5).",
        ),
        "401" => Problem::unauthenticated(),
        "403" => Problem::forbidden(),
        "404" => Problem::not_found(),
        "409" => Error::taken("/code", "KNS-2026-01").into(),
        "413" => Problem::too_large(),
        "415" => Problem::media_type(&["application/json"]),
        "422" => Problem::invalid(vec![Violation::new(
            "/secret",
            "secret_exceeds_total",
            "Số văn bản mật không được lớn hơn tổng số văn bản.",
            "Secret must not exceed total.",
        )]),
        "500" => Problem::defect(),
        "503" => Problem::unavailable(),
        _ => return None,
    };
    serde_json::to_value(problem.body(Language::Vietnamese)).ok()
}
