//! The re-shaped report in the contract. A profile decides what stands in it, so the schema says only what holds for all:
//! rows or one object, of members with single values, objects and lists of these, all of them bounded.

use serde_json::json;
use std::borrow::Cow;
use utoipa::openapi::schema::{
    AdditionalProperties, ArrayBuilder, ObjectBuilder, OneOfBuilder, Schema, SchemaFormat, Type,
};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

/// Rows, or an object around them.
pub(super) struct ExportedReport;
/// A row, an envelope or a nested object.
struct ExportedObject;
/// The value of a member.
struct ExportedValue;

impl PartialSchema for ExportedReport {
    fn schema() -> RefOr<Schema> {
        let rows = ArrayBuilder::new()
            .items(Ref::from_schema_name(ExportedObject::name()))
            .max_items(Some(1_000_000))
            .description(Some("The rows, where the profile has no envelope."));
        OneOfBuilder::new()
            .item(rows)
            .item(Ref::from_schema_name(ExportedObject::name()))
            .description(Some(
                "The report in a profile's form: rows, or an object around them; the profile's metadata lists the \
                 properties. With `native`, what `GET /api/v1/provincial-report` answers.",
            ))
            .into()
    }
}

impl ToSchema for ExportedReport {
    fn name() -> Cow<'static, str> {
        "ExportedReport".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((ExportedObject::name().into_owned(), ExportedObject::schema()));
        schemas.push((ExportedValue::name().into_owned(), ExportedValue::schema()));
    }
}

impl PartialSchema for ExportedObject {
    fn schema() -> RefOr<Schema> {
        let value = RefOr::Ref(Ref::from_schema_name(ExportedValue::name()));
        ObjectBuilder::new()
            .schema_type(Type::Object)
            .additional_properties(Some(AdditionalProperties::RefOr(value)))
            .max_properties(Some(300))
            .description(Some("An object with the members that the profile names, in its order."))
            .examples([json!({
                "MaDonVi": "H18.SKHCN", "MaChiTieu": "CT7", "KyBaoCao": "202610", "TuNgay": "15/09/2026",
                "DenNgay": "14/10/2026", "TuSo": 37, "MauSo": 40, "KetQua": "Chưa đạt"
            })])
            .into()
    }
}

impl ToSchema for ExportedObject {
    fn name() -> Cow<'static, str> {
        "ExportedObject".into()
    }
}

impl PartialSchema for ExportedValue {
    fn schema() -> RefOr<Schema> {
        let of = |kind| ObjectBuilder::new().schema_type(kind);
        let text = || of(Type::String).format(Some(SchemaFormat::Custom("text".to_owned())));
        let object = || Ref::from_schema_name(ExportedObject::name());
        // A list of lists is never sent; and a type that is a list of itself breaks clients.
        let item = OneOfBuilder::new().item(text()).item(object());
        OneOfBuilder::new()
            .item(of(Type::Null))
            .item(text())
            .item(of(Type::Integer))
            .item(of(Type::Boolean))
            .item(object())
            .item(ArrayBuilder::new().items(item).max_items(Some(1_000_000)))
            .description(Some("A single value, an object or a list; null where the report says nothing."))
            .into()
    }
}

impl ToSchema for ExportedValue {
    fn name() -> Cow<'static, str> {
        "ExportedValue".into()
    }
}
