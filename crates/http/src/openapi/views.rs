//! Views: an input's members beside a row's own, as one closed object.

use super::patches::name_of;
use crate::request::list_parameters;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::openapi::schema::{AdditionalProperties, ArrayItems, Object, Schema, Type};
use utoipa::openapi::{OpenApi, Ref, RefOr};

type Schemas = BTreeMap<String, RefOr<Schema>>;

/// Turns every `allOf` into one object, and lets lists refer to the view of their rows.
pub(super) fn close(document: &mut OpenApi) {
    let Some(components) = &mut document.components else { return };
    merge(&mut components.schemas);
    name_items(&mut components.schemas);
    list_parameters::name_rows(&mut components.schemas);
}

/// Drops the schemas that nothing refers to: views of rows that only lists show, which name them otherwise.
pub(super) fn drop_unused(document: &mut OpenApi) {
    loop {
        let text = serde_json::to_string(document).unwrap_or_default();
        let Some(components) = &mut document.components else { return };
        let before = components.schemas.len();
        let references = text.split("\"#/components/schemas/").skip(1);
        let used: BTreeSet<&str> = references.filter_map(|rest| rest.split('"').next()).collect();
        components.schemas.retain(|name, _| used.contains(name.as_str()));
        if components.schemas.len() == before {
            return;
        }
    }
}

/// A closed input in an `allOf` would refuse the members beside it.
fn merge(schemas: &mut Schemas) {
    let known = schemas.clone();
    for schema in schemas.values_mut() {
        let RefOr::T(Schema::AllOf(parts)) = schema else { continue };
        let mut merged = Object::with_type(Type::Object);
        merged.description.clone_from(&parts.description);
        for part in &parts.items {
            let Some(object) = object_of(part, &known) else { continue };
            merged.properties.extend(object.properties.clone());
            merged.required.extend(object.required.iter().cloned());
        }
        merged.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
        *schema = RefOr::T(Schema::Object(merged));
    }
}

fn name_items(schemas: &mut Schemas) {
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

/// The object that a schema is or refers to.
fn object_of<'a>(part: &'a RefOr<Schema>, known: &'a Schemas) -> Option<&'a Object> {
    match part {
        RefOr::T(Schema::Object(object)) => Some(object),
        RefOr::Ref(reference) => object_of(known.get(name_of(reference))?, known),
        RefOr::T(_) => None,
    }
}
