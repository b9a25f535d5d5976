//! The re-shaped report in the contract. A profile decides what it is, an array or an object, so the schema names no type:
//! a choice between arrays and open objects, tighter as it is, is one that generators of clients cannot render.

use std::borrow::Cow;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType};
use utoipa::{PartialSchema, ToSchema};

/// Rows, or an object around them.
pub(super) struct ExportedReport;

/// Members of an object at most: those of an envelope, or the properties of a row.
const MEMBERS: usize = 300;

impl PartialSchema for ExportedReport {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::AnyValue)
            .max_properties(Some(MEMBERS))
            .description(Some(
                "The report in a profile's form: an array of rows, or an object around it, as the profile's metadata \
                 lists them. With `native`, what `GET /api/v1/provincial-report` answers.",
            ))
            .into()
    }
}

impl ToSchema for ExportedReport {
    fn name() -> Cow<'static, str> {
        "ExportedReport".into()
    }
}
