//! Parameters in addresses: identities, codes and filters.

use super::visit;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{Schema, SchemaFormat};
use utoipa::openapi::{OpenApi, RefOr};

/// Identities of rows of the sample province, so that an example can be tried as it stands.
const SAMPLE_IDS: &[(&str, i64)] = &[
    ("document_exchange", 6832),
    ("incident", 10577),
    ("monitoring_status", 10047),
    ("observation", 6834),
    ("target", 81),
    ("training_record", 7244),
];

/// Completes the parameters of every operation.
pub(super) fn complete(document: &mut OpenApi) {
    name_identities(document);
    visit::operations(document, |_, _, operation| {
        for parameter in operation.parameters.iter_mut().flatten() {
            if let RefOr::T(parameter) = parameter {
                describe(parameter);
            }
        }
    });
}

/// Calls an identity in an address after its row, as codes in addresses are: `/targets/{target}`.
fn name_identities(document: &mut OpenApi) {
    let paths = std::mem::take(&mut document.paths.paths);
    for (path, mut item) in paths {
        let Some(resource) = path.split('/').rev().find(|part| !part.starts_with('{')) else { continue };
        let row = singular(resource);
        for operation in [&mut item.get, &mut item.patch, &mut item.delete].into_iter().flatten() {
            for parameter in operation.parameters.iter_mut().flatten() {
                if let RefOr::T(parameter) = parameter
                    && parameter.name == "id"
                {
                    let example = SAMPLE_IDS.iter().find(|(name, _)| *name == row).map(|(_, id)| (*id).into());
                    *parameter = ParameterBuilder::from(parameter.clone()).name(&row).example(example).build();
                }
            }
        }
        document.paths.paths.insert(path.replace("{id}", &format!("{{{row}}}")), item);
    }
}

fn singular(resource: &str) -> String {
    let row = resource.strip_suffix("es").filter(|row| row.ends_with('s')).or_else(|| resource.strip_suffix('s'));
    row.unwrap_or(resource).replace('-', "_")
}

/// A filter has a description, and a code in an address its kind.
fn describe(parameter: &mut Parameter) {
    if parameter.description.is_none() {
        parameter.description = Some(format!("Only rows with this `{}`.", parameter.name));
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
