//! Merge patches (RFC 7396): any members of an input, at any depth, and `null` to remove one.

use super::visit;
use crate::request::served_contract::patch_name;
use std::collections::BTreeMap;
use utoipa::openapi::path::HttpMethod;
use utoipa::openapi::schema::{AdditionalProperties, Object, OneOf, Schema, SchemaType, Type};
use utoipa::openapi::{OpenApi, Ref, RefOr};

type Schemas = BTreeMap<String, RefOr<Schema>>;

/// Gives every PATCH a schema of its own, made from that of the input it patches.
pub(super) fn add(document: &mut OpenApi) {
    let mut patched = Vec::new();
    visit::operations(document, |_, method, operation| {
        let Some(RefOr::T(body)) = &mut operation.request_body else { return };
        if *method != HttpMethod::Patch {
            return;
        }
        for content in body.content.values_mut() {
            if let RefOr::T(content) = content
                && let Some(RefOr::Ref(reference)) = &mut content.schema
            {
                patched.push(name_of(reference).to_owned());
                *reference = Ref::from_schema_name(patch_name(name_of(reference)));
            }
        }
    });
    if let Some(components) = &mut document.components {
        for input in patched {
            insert(&mut components.schemas, &input);
        }
    }
}

fn insert(schemas: &mut Schemas, input: &str) {
    let name = patch_name(input);
    if schemas.contains_key(&name) {
        return;
    }
    let (mut object, choice) = match schemas.get(input) {
        Some(RefOr::T(Schema::Object(object))) => (object.clone(), false),
        Some(RefOr::T(Schema::OneOf(variants))) => (any_of(variants), true),
        _ => return,
    };
    let required = std::mem::take(&mut object.required);
    let mut inner = Vec::new();
    for (name, property) in &mut object.properties {
        descend(property, schemas, &mut inner);
        if !choice && !required.contains(name) {
            *property = removable(property.clone());
        }
    }
    schemas.insert(name, RefOr::T(Schema::Object(object)));
    for input in inner {
        insert(schemas, &input);
    }
}

/// Lets a member that is an object itself be patched, too.
fn descend(property: &mut RefOr<Schema>, schemas: &Schemas, inner: &mut Vec<String>) {
    match property {
        RefOr::Ref(reference) if is_composite(schemas, name_of(reference)) => {
            inner.push(name_of(reference).to_owned());
            let description = std::mem::take(&mut reference.description);
            *reference = Ref::from_schema_name(patch_name(name_of(reference)));
            reference.description = description;
        }
        RefOr::T(Schema::OneOf(parts)) => parts.items.iter_mut().for_each(|part| descend(part, schemas, inner)),
        _ => {}
    }
}

fn is_composite(schemas: &Schemas, name: &str) -> bool {
    match schemas.get(name) {
        Some(RefOr::T(Schema::Object(object))) => !object.properties.is_empty(),
        Some(RefOr::T(Schema::OneOf(_))) => true,
        _ => false,
    }
}

/// One object with the members of all variants: a patch may leave one variant for another.
fn any_of(variants: &OneOf) -> Object {
    let mut all = Object::with_type(Type::Object);
    all.description.clone_from(&variants.description);
    all.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
    for variant in &variants.items {
        let RefOr::T(Schema::Object(variant)) = variant else { continue };
        for (name, property) in &variant.properties {
            match (all.properties.get_mut(name), property) {
                (Some(RefOr::T(Schema::Object(known))), RefOr::T(Schema::Object(more))) => {
                    let more = more.enum_values.iter().flatten().cloned();
                    known.enum_values.get_or_insert_default().extend(more);
                }
                _ => drop(all.properties.insert(name.clone(), removable(property.clone()))),
            }
        }
    }
    all
}

/// A member that `null` removes, unless it tells the variants apart.
fn removable(property: RefOr<Schema>) -> RefOr<Schema> {
    match property {
        RefOr::T(Schema::Object(mut object)) => {
            let tells_apart = object.enum_values.as_ref().is_some_and(|values| values.len() == 1);
            if !tells_apart {
                object.schema_type = with_null(object.schema_type);
                object.enum_values.iter_mut().for_each(|values| values.push(serde_json::Value::Null));
            }
            RefOr::T(Schema::Object(object))
        }
        RefOr::T(Schema::Array(mut array)) => {
            array.schema_type = with_null(array.schema_type);
            RefOr::T(Schema::Array(array))
        }
        RefOr::Ref(mut reference) => {
            let description = std::mem::take(&mut reference.description);
            let mut either = OneOf::new();
            either.description = Some(description).filter(|text| !text.is_empty());
            either.items = vec![RefOr::T(Schema::Object(Object::with_type(Type::Null))), RefOr::Ref(reference)];
            RefOr::T(Schema::OneOf(either))
        }
        other => other,
    }
}

fn with_null(known: SchemaType) -> SchemaType {
    match known {
        SchemaType::Type(kind) => SchemaType::from_iter([kind, Type::Null]),
        other => other,
    }
}

/// The name of the schema that a reference leads to.
pub(crate) fn name_of(reference: &Ref) -> &str {
    reference.ref_location.rsplit('/').next().unwrap_or_default()
}
