//! Texts of a kind and identities stand where they are used: as schemas of their own, clients would get a type for each.

use super::patches::name_of;
use super::visit;
use std::collections::BTreeMap;
use utoipa::openapi::schema::{Object, OneOf, Schema, SchemaType, Type};
use utoipa::openapi::{OpenApi, RefOr};

/// Writes every text and number that has no description of its own in the place of each reference to it.
pub(super) fn write_out(document: &mut OpenApi) {
    let schemas = document.components.iter().flat_map(|components| &components.schemas);
    let plain = schemas.filter_map(|(name, schema)| Some((name.clone(), plain(schema)?.clone())));
    let plain: BTreeMap<_, _> = plain.collect();
    visit::references(document, |schema| match schema {
        RefOr::Ref(reference) => {
            if let Some(known) = plain.get(name_of(reference)) {
                let mut object = known.clone();
                object.description = Some(std::mem::take(&mut reference.description)).filter(|text| !text.is_empty());
                object.default = reference.default.take();
                *schema = RefOr::T(Schema::Object(object));
            }
        }
        RefOr::T(Schema::OneOf(either)) => {
            if let Some(object) = or_null(either) {
                *schema = RefOr::T(Schema::Object(object));
            }
        }
        RefOr::T(_) => {}
    });
}

fn plain(schema: &RefOr<Schema>) -> Option<&Object> {
    let RefOr::T(Schema::Object(object)) = schema else { return None };
    let is_plain = matches!(&object.schema_type, SchemaType::Type(Type::String | Type::Integer));
    (is_plain && object.enum_values.is_none() && object.description.is_none()).then_some(object)
}

/// A text or a number that may be null, as one object.
fn or_null(either: &mut OneOf) -> Option<Object> {
    let [RefOr::T(Schema::Object(value)), RefOr::T(Schema::Object(null))] = either.items.as_mut_slice() else {
        return None;
    };
    let SchemaType::Type(kind @ (Type::String | Type::Integer)) = &value.schema_type else { return None };
    (null.schema_type == SchemaType::Type(Type::Null)).then_some(())?;
    value.schema_type = SchemaType::from_iter([kind.clone(), Type::Null]);
    Some(value.clone())
}
