//! Names for the variants of a choice. Left inline they have no name, so each generator invents one, and a type of its own
//! for every place it meets them.

use std::collections::BTreeMap;
use utoipa::openapi::schema::{Discriminator, Object, Schema};
use utoipa::openapi::{OpenApi, Ref, RefOr};

/// The member that tells the variants apart.
const TAG: &str = "kind";

/// Describes the tag of every inline variant: serde adds it, so that it has no doc comment.
pub(super) fn describe_tags(document: &mut OpenApi) {
    for schema in document.components.iter_mut().flat_map(|components| components.schemas.values_mut()) {
        let RefOr::T(Schema::OneOf(choice)) = schema else { continue };
        for item in &mut choice.items {
            let RefOr::T(Schema::Object(variant)) = item else { continue };
            if let Some(tag) = tag_of(variant) {
                tag.description = Some("The kind, which tells the objects that may stand here apart.".to_owned());
            }
        }
    }
}

/// Gives every inline variant of a choice a schema of its own, and the choice a discriminator.
pub(super) fn name(document: &mut OpenApi) {
    let Some(components) = &mut document.components else { return };
    let mut variants = BTreeMap::new();
    for (name, schema) in &mut components.schemas {
        let RefOr::T(Schema::OneOf(choice)) = schema else { continue };
        let mut mapping = Vec::new();
        for item in &mut choice.items {
            let RefOr::T(Schema::Object(variant)) = item else { continue };
            let Some(tag) = tag(variant) else { continue };
            let variant_name = format!("{}{}", pascal(&tag), name.trim_end_matches("Input"));
            let reference = Ref::from_schema_name(&variant_name);
            mapping.push((tag, reference.ref_location.clone()));
            variants.insert(variant_name, std::mem::replace(item, RefOr::Ref(reference)));
        }
        if !mapping.is_empty() {
            choice.discriminator = Some(Discriminator::with_mapping(TAG, mapping));
        }
    }
    components.schemas.extend(variants);
}

/// The one value of a variant's tag.
fn tag(variant: &mut Object) -> Option<String> {
    match tag_of(variant)?.enum_values.as_deref()? {
        [serde_json::Value::String(only)] => Some(only.clone()),
        _ => None,
    }
}

fn tag_of(variant: &mut Object) -> Option<&mut Object> {
    match variant.properties.get_mut(TAG)? {
        RefOr::T(Schema::Object(tag)) => Some(tag),
        _ => None,
    }
}

fn pascal(snake: &str) -> String {
    let capital = |word: &str| word.get(..1).map(|first| first.to_uppercase() + &word[1..]).unwrap_or_default();
    snake.split('_').map(capital).collect()
}
