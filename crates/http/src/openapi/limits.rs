//! Limits of every value. The shape of a kind of text is said once, beside its parser; where the type of a member does not
//! say it, the member names the kind, as its `format`.

use super::patches::name_of;
use super::visit;
use crate::api::accounts::invitations::InvitationSecret;
use crate::api::accounts::second_factors::{AppCode, FactorCode};
use crate::api::accounts::sign_on::SignedToken;
use crate::api::log::changes;
use crate::crypto::passwords::{LonePassword, Password, ShortPassword};
use crate::crypto::{api_key, signing};
use crate::request::text_kinds::KINDS;
use crate::request::{as_of, batch};
use std::collections::BTreeMap;
use thidua_domain::limits::{GREATEST, Within};
use thidua_domain::log::nonce::Nonce;
use thidua_domain::text::Shape;
use utoipa::openapi::schema::{
    AdditionalProperties, Array, ArrayItems, KnownFormat, Object, Schema, SchemaFormat, SchemaType, Type,
};
use utoipa::openapi::{OpenApi, RefOr};
use utoipa::{Number, PartialSchema};

/// Texts that no type of the domain parses, by the `format` that wire types give.
const TEXTS: &[(&str, Shape)] = &[
    ("as-of", as_of::SHAPE),
    ("nonce", Nonce::SHAPE),
    ("jws", signing::JWS_SHAPE),
    ("row-text", changes::ROW_SHAPE),
    ("client-key", api_key::SHAPE),
    ("invitation-secret", api_key::INVITATION_SHAPE),
    ("event-stream", changes::STREAM_SHAPE),
];

/// The schema of a text.
type Described = fn() -> RefOr<Schema>;

/// Secrets that the contract shows without their kind, by the `format` that wire types give in its place: their lengths,
/// pattern, and format.
const SECRETS: &[(&str, Described, Option<&str>, Option<KnownFormat>)] = &[
    ("any-password", Password::schema, None, Some(KnownFormat::Password)),
    ("app-code", AppCode::schema, Some("^[0-9]{6}$"), None),
    ("factor-code", FactorCode::schema, Some("^[0-9A-Za-z-]+$"), None),
    ("issuer-token", SignedToken::schema, Some("^[A-Za-z0-9_-]+[.][A-Za-z0-9_-]+[.][A-Za-z0-9_-]+$"), None),
    ("lone-password", LonePassword::schema, None, Some(KnownFormat::Password)),
    ("used-invitation", InvitationSecret::schema, Some(api_key::INVITATION_SHAPE.pattern), None),
    ("refresh-token", Within::<String, 80, 80>::schema, Some("^tdr_[0-9a-f]{32}_[A-Za-z0-9_-]{43}$"), None),
    ("short-password", ShortPassword::schema, None, Some(KnownFormat::Password)),
];

/// The shape of the texts with a `format`.
fn shape(format: &str) -> Option<Shape> {
    let parsed = KINDS.iter().map(|kind| (kind.format, kind.shape));
    TEXTS.iter().copied().chain(parsed).find(|(name, _)| *name == format).map(|(_, shape)| shape)
}

/// Whole numbers beyond this are not exact in every JSON reader (RFC 7493, section 2.2).
const EXACT: isize = GREATEST as isize;

/// Gives every string its length and shape, every integer its format and bounds, and closes every object.
pub(super) fn complete(document: &mut OpenApi) {
    bound_batches(document);
    let enums = enums(document);
    visit::schemas(document, |schema| {
        if let Schema::Array(array) = schema {
            bound_set(array, &enums);
        }
        let Schema::Object(object) = schema else { return };
        if is(object, &Type::String) {
            bound_text(object);
        }
        if is(object, &Type::Integer) {
            bound_integer(object);
        }
        if is(object, &Type::Object) && !object.properties.is_empty() {
            object.additional_properties.get_or_insert_with(|| Box::new(AdditionalProperties::FreeForm(false)));
        }
    });
}

/// A body that is a list holds so many rows at most.
fn bound_batches(document: &mut OpenApi) {
    visit::operations(document, |_, _, operation| {
        let Some(RefOr::T(body)) = &mut operation.request_body else { return };
        for content in body.content.values_mut() {
            if let RefOr::T(content) = content
                && let Some(RefOr::T(Schema::Array(rows))) = &mut content.schema
            {
                rows.max_items.get_or_insert(batch::MAX_ROWS);
            }
        }
    });
}

/// Number of values of each enum.
fn enums(document: &OpenApi) -> BTreeMap<String, usize> {
    let schemas = document.components.iter().flat_map(|components| &components.schemas);
    let count = schemas.filter_map(|(name, schema)| match schema {
        RefOr::T(Schema::Object(object)) => Some((name.clone(), object.enum_values.as_ref()?.len())),
        _ => None,
    });
    count.collect()
}

/// A list of an enum's values holds each of them once at most.
fn bound_set(array: &mut Array, enums: &BTreeMap<String, usize>) {
    let ArrayItems::RefOrSchema(item) = &array.items else { return };
    let RefOr::Ref(item) = item.as_ref() else { return };
    if let Some(count) = enums.get(name_of(item)) {
        array.max_items.get_or_insert(*count);
        array.unique_items = true;
    }
}

fn is(object: &Object, wanted: &Type) -> bool {
    match &object.schema_type {
        SchemaType::Type(known) => known == wanted,
        SchemaType::Array(known) => known.contains(wanted),
        SchemaType::AnyValue => false,
    }
}

fn bound_text(object: &mut Object) {
    if let Some(SchemaFormat::Custom(kind)) = &object.format
        && let Some((_, schema, pattern, format)) = SECRETS.iter().find(|(name, ..)| name == kind)
        && let RefOr::T(Schema::Object(text)) = schema()
    {
        (object.min_length, object.max_length) = (text.min_length, text.max_length);
        object.pattern = pattern.map(str::to_owned);
        object.format = format.clone().map(SchemaFormat::KnownFormat);
    }
    match &object.format {
        Some(SchemaFormat::Custom(kind)) => {
            let Some(shape) = shape(kind) else { return };
            object.min_length.get_or_insert(shape.min_length);
            object.max_length.get_or_insert(shape.max_length);
            object.pattern.get_or_insert_with(|| shape.pattern.to_owned());
        }
        Some(SchemaFormat::KnownFormat(KnownFormat::Date)) => {
            object.min_length.get_or_insert(10);
            object.max_length.get_or_insert(10);
        }
        Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)) => {
            object.min_length.get_or_insert(20);
            object.max_length.get_or_insert(35);
        }
        _ => {}
    }
}

fn bound_integer(object: &mut Object) {
    let format = object.format.get_or_insert(SchemaFormat::KnownFormat(KnownFormat::Int64));
    let (least, most) = match format {
        SchemaFormat::KnownFormat(KnownFormat::Int32) => (-(1 << 31), (1 << 31) - 1),
        _ => (-EXACT, EXACT),
    };
    object.minimum.get_or_insert(Number::Int(least));
    object.maximum.get_or_insert(Number::Int(most));
}
