//! Texts of a kind, numbers and lists stand where they are used: as schemas of their own, clients would get a type for
//! each.

use super::patches::name_of;
use super::visit;
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::openapi::schema::{AdditionalProperties, Object, OneOf, Schema, SchemaType, Type};
use utoipa::openapi::{OpenApi, RefOr};

/// Writes every text, number and list that has no description of its own in the place of each reference to it.
pub(super) fn write_out(document: &mut OpenApi) {
    // Twice, as a list that is written out may hold what is.
    for _ in 0..2 {
        let schemas = document.components.iter().flat_map(|components| &components.schemas);
        let plain = schemas.filter(|(_, schema)| is_plain(schema)).map(|(name, schema)| (name.clone(), schema.clone()));
        let plain: BTreeMap<_, _> = plain.collect();
        visit::references(document, |schema| match schema {
            RefOr::Ref(reference) => {
                let Some(mut known) = plain.get(name_of(reference)).cloned() else { return };
                let description = Some(std::mem::take(&mut reference.description)).filter(|text| !text.is_empty());
                match &mut known {
                    RefOr::T(Schema::Object(object)) => {
                        (object.description, object.default) = (description, reference.default.take());
                    }
                    RefOr::T(Schema::Array(list)) => list.description = description,
                    _ => {}
                }
                *schema = known;
            }
            RefOr::T(Schema::OneOf(either)) => {
                if let Some(object) = or_null(either) {
                    *schema = RefOr::T(Schema::Object(object));
                }
            }
            RefOr::T(_) => {}
        });
    }
    visit::schemas(document, hand_out_example);
}

/// The example of an input stands with its members, where patches and views have it, too.
fn hand_out_example(schema: &mut Schema) {
    if let Schema::Object(input) = schema
        && matches!(input.additional_properties.as_deref(), Some(AdditionalProperties::FreeForm(false)))
        && let Some(Value::Object(example)) = input.example.take()
    {
        for (name, value) in example {
            if let Some(RefOr::T(Schema::Object(member))) = input.properties.get_mut(&name) {
                member.example = Some(value);
            }
        }
    }
}

fn is_plain(schema: &RefOr<Schema>) -> bool {
    match schema {
        RefOr::T(Schema::Object(object)) => {
            let is_value = matches!(&object.schema_type, SchemaType::Type(Type::String | Type::Integer));
            is_value && object.enum_values.is_none() && object.description.is_none()
        }
        RefOr::T(Schema::Array(list)) => list.description.is_none(),
        _ => false,
    }
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
