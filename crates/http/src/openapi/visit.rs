//! Walking through a contract.

use utoipa::openapi::header::Header;
use utoipa::openapi::path::{HttpMethod, Operation};
use utoipa::openapi::schema::{AdditionalProperties, ArrayItems, Schema};
use utoipa::openapi::{OpenApi, RefOr, Response};

type Visit<'a> = &'a mut dyn FnMut(&mut RefOr<Schema>);

/// Visits every operation with its path and method.
pub(super) fn operations(document: &mut OpenApi, mut visit: impl FnMut(&str, &HttpMethod, &mut Operation)) {
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
                visit(path, &method, operation);
            }
        }
    }
}

/// Visits every schema, inner ones first.
pub(super) fn schemas(document: &mut OpenApi, mut visit: impl FnMut(&mut Schema)) {
    references(document, |schema| {
        if let RefOr::T(schema) = schema {
            visit(schema);
        }
    });
}

/// Visits every schema, and every reference to one, inner ones first.
pub(super) fn references(document: &mut OpenApi, mut visit: impl FnMut(&mut RefOr<Schema>)) {
    let visit: Visit<'_> = &mut visit;
    if let Some(components) = &mut document.components {
        components.schemas.values_mut().for_each(|schema| within(schema, visit));
        for parameter in components.parameters.values_mut() {
            if let RefOr::T(parameter) = parameter {
                parameter.schema.iter_mut().for_each(|schema| within(schema, visit));
            }
        }
        components.headers.values_mut().for_each(|header| of_header(header, visit));
        components.responses.values_mut().for_each(|response| of_response(response, visit));
    }
    operations(document, |_, _, operation| of_operation(operation, visit));
}

fn of_operation(operation: &mut Operation, visit: Visit<'_>) {
    for parameter in operation.parameters.iter_mut().flatten() {
        if let RefOr::T(parameter) = parameter {
            parameter.schema.iter_mut().for_each(|schema| within(schema, visit));
        }
    }
    if let Some(RefOr::T(body)) = &mut operation.request_body {
        for content in body.content.values_mut() {
            if let RefOr::T(content) = content {
                content.schema.iter_mut().for_each(|schema| within(schema, visit));
            }
        }
    }
    operation.responses.responses.values_mut().for_each(|response| of_response(response, visit));
}

fn of_response(response: &mut RefOr<Response>, visit: Visit<'_>) {
    let RefOr::T(response) = response else { return };
    response.headers.values_mut().for_each(|header| of_header(header, visit));
    for content in response.content.values_mut() {
        if let RefOr::T(content) = content {
            content.schema.iter_mut().for_each(|schema| within(schema, visit));
        }
    }
}

fn of_header(header: &mut RefOr<Header>, visit: Visit<'_>) {
    if let RefOr::T(header) = header {
        header.schema.iter_mut().for_each(|schema| within(schema, visit));
    }
}

fn within(schema: &mut RefOr<Schema>, visit: Visit<'_>) {
    match schema {
        RefOr::T(Schema::Object(object)) => {
            object.properties.values_mut().for_each(|property| within(property, visit));
            if let Some(AdditionalProperties::RefOr(value)) = object.additional_properties.as_deref_mut() {
                within(value, visit);
            }
        }
        RefOr::T(Schema::Array(array)) => {
            if let ArrayItems::RefOrSchema(items) = &mut array.items {
                within(items, visit);
            }
        }
        RefOr::T(Schema::OneOf(parts)) => parts.items.iter_mut().for_each(|part| within(part, visit)),
        RefOr::T(Schema::AllOf(parts)) => parts.items.iter_mut().for_each(|part| within(part, visit)),
        RefOr::T(Schema::AnyOf(parts)) => parts.items.iter_mut().for_each(|part| within(part, visit)),
        _ => {}
    }
    visit(schema);
}
