//! The OpenAPI 3.1 contract: read off the mounted routes, then completed by one modifier with what every operation
//! has in common.

use crate::problem::{MEDIA_TYPE, ProblemBody, ProblemError};
use crate::routes::{self, BASE, TAGS};
use actix_web::App;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::{HttpMethod, Operation};
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::{AdditionalProperties, Object, Schema, Type};
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
                refusals(path, &method, operation);
            }
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
    if takes_body {
        known.push(("413", "The body is too large"));
        known.push(("415", "The media type is not taken"));
    }
    for (status, text) in known {
        operation.responses.responses.entry(status.to_owned()).or_insert_with(|| RefOr::T(refusal(text)));
    }
}

fn refusal(text: &str) -> Response {
    let (name, _) = (ProblemBody::name(), ());
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(name))).build();
    ResponseBuilder::new().description(text).content(MEDIA_TYPE, content).build()
}
