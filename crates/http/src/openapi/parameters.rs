//! Parameters in addresses: identities, codes and filters.

use super::visit;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::openapi::schema::{Schema, SchemaFormat, SchemaType, Type};
use utoipa::openapi::{OpenApi, RefOr};

/// Completes the parameters of every operation.
pub(super) fn complete(document: &mut OpenApi) {
    visit::operations(document, |_, _, operation| {
        for parameter in operation.parameters.iter_mut().flatten() {
            if let RefOr::T(parameter) = parameter {
                describe(parameter);
            }
        }
    });
}

/// A filter has a description, a code in an address its kind; a header is there or not, and never null.
fn describe(parameter: &mut Parameter) {
    if parameter.description.is_none() {
        parameter.description = Some(format!("Only rows with this `{}`.", parameter.name));
    }
    if parameter.parameter_in == ParameterIn::Header
        && let Some(RefOr::T(Schema::Object(object))) = &mut parameter.schema
        && let SchemaType::Array(kinds) = &object.schema_type
        && let Some(kind) = kinds.iter().find(|kind| **kind != Type::Null)
    {
        object.schema_type = SchemaType::Type(kind.clone());
    }
    if parameter.parameter_in == ParameterIn::Path
        && let Some(RefOr::T(Schema::Object(object))) = &mut parameter.schema
        && object.format.is_none()
    {
        let kind = match parameter.name.as_str() {
            "agency" => "agency-identifier",
            "period" => "period",
            _ => "code",
        };
        object.format = Some(SchemaFormat::Custom(kind.to_owned()));
        object.max_length = None;
    }
}
