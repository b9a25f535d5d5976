//! Walking through a contract.

use utoipa::openapi::header::Header;
use utoipa::openapi::path::{HttpMethod, Operation};
use utoipa::openapi::schema::{AdditionalProperties, ArrayItems, Schema};
use utoipa::openapi::{OpenApi, RefOr, Response};

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
    let visit: &mut dyn FnMut(&mut Schema) = &mut visit;
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

fn of_operation(operation: &mut Operation, visit: &mut dyn FnMut(&mut Schema)) {
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

fn of_response(response: &mut RefOr<Response>, visit: &mut dyn FnMut(&mut Schema)) {
    let RefOr::T(response) = response else { return };
    response.headers.values_mut().for_each(|header| of_header(header, visit));
    for content in response.content.values_mut() {
        if let RefOr::T(content) = content {
            content.schema.iter_mut().for_each(|schema| within(schema, visit));
        }
    }
}

fn of_header(header: &mut RefOr<Header>, visit: &mut dyn FnMut(&mut Schema)) {
    if let RefOr::T(header) = header {
        header.schema.iter_mut().for_each(|schema| within(schema, visit));
    }
}

fn within(schema: &mut RefOr<Schema>, visit: &mut dyn FnMut(&mut Schema)) {
    let RefOr::T(schema) = schema else { return };
    match schema {
        Schema::Object(object) => {
            object.properties.values_mut().for_each(|property| within(property, visit));
            if let Some(AdditionalProperties::RefOr(value)) = object.additional_properties.as_deref_mut() {
                within(value, visit);
            }
        }
        Schema::Array(array) => {
            if let ArrayItems::RefOrSchema(items) = &mut array.items {
                within(items, visit);
            }
        }
        Schema::OneOf(parts) => parts.items.iter_mut().for_each(|part| within(part, visit)),
        Schema::AllOf(parts) => parts.items.iter_mut().for_each(|part| within(part, visit)),
        Schema::AnyOf(parts) => parts.items.iter_mut().for_each(|part| within(part, visit)),
        _ => {}
    }
    visit(schema);
}
