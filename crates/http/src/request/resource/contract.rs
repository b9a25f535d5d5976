//! Operations of a resource in the contract.

use super::declaration::{BatchResource, Resource};
use super::texts::{Operation, PathParameter, Verb};
use crate::auth::caller::permission;
use crate::config::ATOMIC_ROWS;
use crate::problem::batch_report::BatchReport;
use crate::request::as_of::AsOfQuery;
use crate::request::batch::BatchQuery;
use crate::request::list::{Items, ListParams};
use serde_json::{Value, json};
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, PathItem, Paths, PathsBuilder};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::{Array, Content, ContentBuilder, Ref, RefOr, Required, Response, ResponseBuilder, Schema};
use utoipa::{IntoParams, ToSchema};

/// Address of the list.
pub(super) fn rows<R: Resource>() -> String {
    format!("/{}", R::PATH)
}

/// Template of the address of a row.
pub(super) fn row<R: Resource>() -> String {
    let key: Vec<_> = R::KEY.iter().map(PathParameter::template).collect();
    format!("/{}/{}", R::PATH, key.join("/"))
}

/// Address of the batch.
pub(super) fn batch<R: Resource>() -> String {
    format!("/{}/batch", R::PATH)
}

/// Name of a list's schema.
pub(super) fn items<V: ToSchema>() -> String {
    format!("{}_{}", Items::<V>::name(), V::name())
}

/// List, create, read, update and delete.
pub(super) fn five_verbs<R: Resource>() -> Paths {
    let (rows, row) = (rows::<R>(), row::<R>());
    let list = operation::<R>(&R::LIST, permission::<R::Reads>())
        .parameters(Some(ListParams::<R::View, R::Sort>::into_params(|| None)))
        .parameters(Some(R::Filter::into_params(|| None)))
        .response("200", answer(R::LIST.answer, Ref::from_schema_name(items::<R::View>())));
    let create = operation::<R>(&R::CREATE, permission::<R::Writes>())
        .request_body(Some(body(&[("application/json", content(reference::<R>(), R::example()))])))
        .response("201", answer(R::CREATE.answer, reference::<R::View>()));
    let read = keyed::<R>(&R::READ, permission::<R::Reads>(), Verb::Read)
        .parameters(Some(AsOfQuery::into_params(|| None)))
        .response("200", answer(R::READ.answer, reference::<R::View>()));
    let patch = content(reference::<R>(), R::patch_example());
    let update = keyed::<R>(&R::UPDATE, permission::<R::Writes>(), Verb::Update)
        .request_body(Some(body(&[("application/merge-patch+json", patch)])))
        .response("200", answer(R::UPDATE.answer, reference::<R::View>()));
    let delete = keyed::<R>(&R::DELETE, permission::<R::Writes>(), Verb::Delete)
        .response("204", ResponseBuilder::new().description(R::DELETE.answer).build());
    PathsBuilder::new()
        .path(rows.as_str(), PathItem::new(HttpMethod::Get, list))
        .path(rows, PathItem::new(HttpMethod::Post, create))
        .path(row.as_str(), PathItem::new(HttpMethod::Get, read))
        .path(row.as_str(), PathItem::new(HttpMethod::Patch, update))
        .path(row, PathItem::new(HttpMethod::Delete, delete))
        .build()
}

/// Creating and changing many rows in one request.
pub(super) fn batch_verb<R: BatchResource>() -> Paths {
    let rows = content(Array::new(reference::<R>()), json!([R::row_example()]));
    let row = content(reference::<R>(), R::row_example());
    let write_many = operation::<R>(&R::BATCH, permission::<R::Writes>())
        .description(Some(format!("{}\n{}", bounds::<R>(), R::BATCH.description())))
        .parameters(Some(BatchQuery::into_params(|| None)))
        .request_body(Some(body(&[("application/json", rows), ("application/x-ndjson", row)])))
        .response("200", answer(R::BATCH.answer, reference::<BatchReport>()))
        .response("207", answer("The result of each row", reference::<BatchReport>()));
    PathsBuilder::new().path(batch::<R>(), PathItem::new(HttpMethod::Post, write_many)).build()
}

/// Bounds of a resource's batches.
fn bounds<R: BatchResource>() -> String {
    let most = usize::try_from(ATOMIC_ROWS).unwrap_or_default() / R::WEIGHT;
    format!(
        "A JSON array, or one JSON object a line (NDJSON), of at most 100,000 rows; all or none, or only tried, of at \
         most\n{} unless the installation says otherwise. Each row is complete: what is left out is removed.",
        thousands(most)
    )
}

/// A number with a comma before its thousands.
fn thousands(number: usize) -> String {
    if number < 1000 { number.to_string() } else { format!("{},{:03}", number / 1000, number % 1000) }
}

fn operation<R: Resource>(declared: &Operation, roles: Value) -> OperationBuilder {
    OperationBuilder::new()
        .operation_id(Some(declared.id))
        .tag(R::TAG)
        .summary(Some(declared.summary()))
        .description(Some(declared.description()))
        .extensions(Some(Extensions::builder().add("x-required-roles", roles).build()))
}

/// An operation on the row in an address.
fn keyed<R: Resource>(declared: &Operation, roles: Value, verb: Verb) -> OperationBuilder {
    operation::<R>(declared, roles).parameters(Some(R::KEY.iter().map(|part| part.parameter(verb))))
}

fn reference<T: ToSchema>() -> Ref {
    Ref::from_schema_name(T::name())
}

fn content(schema: impl Into<RefOr<Schema>>, example: Value) -> Content {
    ContentBuilder::new().schema(Some(schema)).example(Some(example)).build()
}

fn body(contents: &[(&str, Content)]) -> RequestBody {
    let body = RequestBodyBuilder::new().required(Some(Required::True));
    contents.iter().fold(body, |body, (media_type, content)| body.content(*media_type, content.clone())).build()
}

fn answer(description: &str, schema: Ref) -> Response {
    let content = ContentBuilder::new().schema(Some(schema)).build();
    ResponseBuilder::new().description(description).content("application/json", content).build()
}
