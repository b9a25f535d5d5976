//! Examples of answers, made from the examples of requests and members.

use super::patches::name_of;
use super::shown::{schema_name, success, view_of};
use super::visit;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use utoipa::openapi::path::{HttpMethod, Operation};
use utoipa::openapi::schema::{ArrayItems, KnownFormat, Object, Schema, SchemaFormat, SchemaType, Type};
use utoipa::openapi::{OpenApi, RefOr};

/// The schemas of the contract, with the rows that its requests create.
struct ExampleRows {
    schemas: BTreeMap<String, RefOr<Schema>>,
    rows: BTreeMap<String, Value>,
}

/// Gives every success an example: a row shows what the example of its creation would make.
pub(super) fn add(document: &mut OpenApi) {
    let schemas = document.components.clone().unwrap_or_default().schemas;
    let mut known = ExampleRows { schemas, rows: BTreeMap::new() };
    visit::operations(document, |_, method, operation| {
        if let (HttpMethod::Post, Some(view), Some(sent)) = (method, schema_name(operation), sent(operation))
            && operation.responses.responses.contains_key("201")
        {
            let row = known.row(&view, &sent);
            known.rows.insert(view, row);
        }
    });
    visit::operations(document, |_, _, operation| {
        let Some(response) = success(operation) else { return };
        for content in response.content.values_mut() {
            if let RefOr::T(content) = content
                && content.example.is_none()
                && let Some(schema) = &content.schema
            {
                content.example = Some(known.example(schema));
            }
        }
    });
}

/// The example of an operation's request.
fn sent(operation: &Operation) -> Option<Value> {
    let Some(RefOr::T(body)) = &operation.request_body else { return None };
    let RefOr::T(content) = body.content.values().next()? else { return None };
    content.example.clone()
}

impl ExampleRows {
    /// The view of a row as it was sent; what was left out is empty.
    fn row(&self, view: &str, sent: &Value) -> Value {
        let Some(RefOr::T(Schema::Object(object))) = self.schemas.get(view) else { return Value::Null };
        let members = object.properties.iter().map(|(name, property)| {
            let value = match (sent.get(name), property) {
                (Some(sent), _) => sent.clone(),
                (None, property) => self.left_out(property),
            };
            (name.clone(), value)
        });
        Value::Object(members.collect())
    }

    fn left_out(&self, property: &RefOr<Schema>) -> Value {
        match property {
            RefOr::T(Schema::Object(object)) if nullable(&object.schema_type) => Value::Null,
            RefOr::T(Schema::Array(array)) if array.min_items.is_none() && array.example.is_none() => json!([]),
            other => self.example(other),
        }
    }

    fn example(&self, schema: &RefOr<Schema>) -> Value {
        match schema {
            RefOr::Ref(reference) => {
                let name = name_of(reference);
                let row = self.rows.get(&view_of(name)).cloned();
                row.unwrap_or_else(|| self.schemas.get(name).map_or(Value::Null, |schema| self.example(schema)))
            }
            RefOr::T(Schema::Object(object)) => object.example.clone().unwrap_or_else(|| self.of_object(object)),
            RefOr::T(Schema::Array(array)) => array.example.clone().unwrap_or_else(|| match &array.items {
                ArrayItems::RefOrSchema(item) => {
                    Value::Array(vec![self.example(item); array.min_items.unwrap_or(1).max(1)])
                }
                ArrayItems::False => json!([]),
            }),
            RefOr::T(Schema::OneOf(parts)) => {
                let values = parts.items.iter().map(|part| self.example(part));
                values.into_iter().find(|value| !value.is_null()).unwrap_or_default()
            }
            RefOr::T(_) => Value::Null,
        }
    }

    fn of_object(&self, object: &Object) -> Value {
        if let Some(value) = object.enum_values.iter().flatten().next() {
            return value.clone();
        }
        let kind = match &object.schema_type {
            SchemaType::Type(kind) => kind,
            SchemaType::Array(kinds) => kinds.first().unwrap_or(&Type::Null),
            SchemaType::AnyValue => &Type::Null,
        };
        match kind {
            Type::String => text(object),
            Type::Integer => json!(1),
            Type::Boolean => json!(false),
            Type::Object => {
                let members = object.properties.iter().map(|(name, property)| (name.clone(), self.example(property)));
                Value::Object(members.collect::<Map<_, _>>())
            }
            _ => Value::Null,
        }
    }
}

fn nullable(schema_type: &SchemaType) -> bool {
    matches!(schema_type, SchemaType::Array(types) if types.contains(&Type::Null))
}

/// A text of a kind that every example can name.
fn text(object: &Object) -> Value {
    let kind = match &object.format {
        Some(SchemaFormat::KnownFormat(KnownFormat::Date)) => "date",
        Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)) => "date-time",
        Some(SchemaFormat::Custom(kind)) => kind,
        _ => "",
    };
    Value::from(match kind {
        "date" => "2026-10-20",
        "date-time" => "2026-11-03T08:30:00+07:00",
        "code" => "CT7",
        "agency-identifier" => "H18.SKHCN",
        "area-code" => "11",
        "name" => "Sở Khoa học và Công nghệ",
        "reference" => "Kế hoạch số 2158/KH-UBND ngày 26/5/2023",
        "sha-256" => "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "nonce" => "5fb8c0a41d2e97360c8a75f3e1946b2d",
        "jws" => "eyJhbGciOiJFZERTQSJ9.e30.MA",
        "row-text" => r#"{"numerator":37}"#,
        "event-stream" => "id: 4711\nevent: change\ndata: {\"seq\":4711}\n\n",
        "network" => "10.18.0.0/16",
        "client-key" => "tdk_ViDuKhoaKhongDungDuoc0000000000000000000000000000",
        "period" | "month" => "2026-10",
        _ => "Nội dung",
    })
}
