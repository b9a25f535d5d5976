//! Operations of a resource in the contract.

use super::declaration::{BatchResource, Find, Resource};
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

/// Template of the address of a row: the path of the list, and the parameters that do not stand in it already.
pub(super) fn row<R: Resource>() -> String {
    let key = R::KEY.iter().map(PathParameter::template).filter(|parameter| !R::PATH.contains(parameter.as_str()));
    format!("/{}/{}", R::PATH, key.collect::<Vec<_>>().join("/"))
}

/// Address of the batch.
pub(super) fn batch<R: Resource>() -> String {
    format!("/{}/batch", R::PATH)
}

/// Name of a list's schema.
pub(super) fn items<V: ToSchema>() -> String {
    format!("{}_{}", Items::<V>::name(), V::name())
}

/// The verbs that a resource declares.
pub(super) fn verbs<R: Resource>() -> Paths {
    let (rows, row) = (rows::<R>(), row::<R>());
    let mut paths = PathsBuilder::new();
    if let Some(list) = R::LIST {
        let operation = operation::<R>(&list, permission::<R::Reads>())
            .parameters(Some(ListParams::<R::View, R::Sort>::into_params(|| None)))
            .parameters(Some(R::Filter::into_params(|| None)))
            .response("200", answer(list.answer, Ref::from_schema_name(items::<R::View>())));
        paths = paths.path(rows.as_str(), PathItem::new(HttpMethod::Get, operation));
    }
    if let Some(create) = R::CREATE {
        let operation = operation::<R>(&create, permission::<R::Writes>())
            .request_body(Some(body(&[("application/json", content(reference::<R>(), R::example()))])))
            .response("201", answer(create.answer, reference::<R::View>()));
        paths = paths.path(rows, PathItem::new(HttpMethod::Post, operation));
    }
    if let Some(read) = R::READ {
        let as_of = if matches!(R::FIND, Find::Now(_)) { Vec::new() } else { AsOfQuery::into_params(|| None) };
        let operation = keyed::<R>(&read, permission::<R::Reads>(), Verb::Read)
            .parameters(Some(as_of))
            .response("200", answer(read.answer, reference::<R::View>()));
        paths = paths.path(row.as_str(), PathItem::new(HttpMethod::Get, operation));
    }
    if let Some(update) = R::UPDATE {
        let patch = content(reference::<R>(), R::patch_example());
        let operation = keyed::<R>(&update, permission::<R::Writes>(), Verb::Update)
            .request_body(Some(body(&[("application/merge-patch+json", patch)])))
            .response("200", answer(update.answer, reference::<R::View>()));
        paths = paths.path(row.as_str(), PathItem::new(HttpMethod::Patch, operation));
    }
    if let Some(delete) = R::DELETE {
        let operation = keyed::<R>(&delete, permission::<R::Writes>(), Verb::Delete)
            .response("204", ResponseBuilder::new().description(delete.answer).build());
        paths = paths.path(row, PathItem::new(HttpMethod::Delete, operation));
    }
    paths.build()
}

/// Creating and changing many rows in one request.
pub(super) fn batch_verb<R: BatchResource>() -> Paths {
    let rows = content(Array::new(reference::<R>()), json!([R::row_example()]));
    let row = content(reference::<R>(), R::row_example());
    let Some(batch_of) = R::BATCH else { return Paths::new() };
    let write_many = operation::<R>(&batch_of, permission::<R::Writes>())
        .description(Some(format!("{}\n{}", bounds::<R>(), batch_of.description())))
        .parameters(Some(BatchQuery::into_params(|| None)))
        .request_body(Some(body(&[("application/json", rows), ("application/x-ndjson", row)])))
        .response("200", answer(batch_of.answer, reference::<BatchReport>()))
        .response("207", answer("The result of each row", reference::<BatchReport>()));
    PathsBuilder::new().path(batch::<R>(), PathItem::new(HttpMethod::Post, write_many)).build()
}

/// Bounds of a resource's batches.
fn bounds<R: BatchResource>() -> String {
    let most = usize::try_from(ATOMIC_ROWS).unwrap_or_default() / R::WEIGHT;
    format!(
        "A JSON array, or one JSON object a line (NDJSON), of at most 100,000 rows; all or none, or only tried, of at \
         most\n{} unless the installation says otherwise. Each row is complete: what is left out is removed, and \
         `stays_removed`\ncounts the stays that went. Refused rows are told with index, key and all their errors, those of \
         lines with their\n`line`.",
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
