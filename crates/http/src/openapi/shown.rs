//! Success of an operation: the row, or the list of rows, that it shows.

use super::patches::name_of;
use std::collections::BTreeMap;
use utoipa::openapi::path::Operation;
use utoipa::openapi::response::Response;
use utoipa::openapi::schema::{ArrayItems, Object, Schema};
use utoipa::openapi::{Content, RefOr};

type Schemas = BTreeMap<String, RefOr<Schema>>;

/// A view with its name.
pub(super) enum ShownView {
    /// One row.
    Row(String, Object),
    /// A page of rows.
    List(String, Object),
}

/// The view that an operation shows when it succeeds.
pub(super) fn shown(operation: &Operation, schemas: &Schemas) -> Option<ShownView> {
    let name = schema_name(operation)?;
    let view = object(schemas, &name)?;
    let rows = match view.properties.get("items") {
        Some(RefOr::T(Schema::Array(rows))) if view.properties.contains_key("next") => &rows.items,
        _ => return Some(ShownView::Row(name.clone(), view.clone())),
    };
    let ArrayItems::RefOrSchema(row) = rows else { return None };
    let RefOr::Ref(row) = row.as_ref() else { return None };
    let view = view_of(name_of(row));
    Some(ShownView::List(view.clone(), object(schemas, &view)?.clone()))
}

/// The view that a row of a list is a part of.
pub(super) fn view_of(row: &str) -> String {
    row.strip_suffix("Item").map_or_else(|| row.to_owned(), |name| format!("{name}View"))
}

/// Schemas of rows with something that is shown once, and of the rows themselves.
const SHOWN_ONCE: &[(&str, &str)] = &[("NewUser", "UserView")];

/// The name of the schema of what an operation answers when it succeeds, but for what is shown once.
pub(super) fn schema_name(operation: &Operation) -> Option<String> {
    let (_, response) = operation.responses.responses.iter().find(|(status, _)| status.starts_with('2'))?;
    let RefOr::T(response) = response else { return None };
    let RefOr::T(Content { schema: Some(RefOr::Ref(schema)), .. }) = response.content.values().next()? else {
        return None;
    };
    let name = name_of(schema);
    let row = SHOWN_ONCE.iter().find(|(shown, _)| *shown == name).map(|(_, row)| *row);
    Some(row.unwrap_or(name).to_owned())
}

/// The answer of an operation that succeeds.
pub(super) fn success(operation: &mut Operation) -> Option<&mut Response> {
    let (_, response) = operation.responses.responses.iter_mut().find(|(status, _)| status.starts_with('2'))?;
    if let RefOr::T(response) = response { Some(response) } else { None }
}

fn object<'a>(schemas: &'a Schemas, name: &str) -> Option<&'a Object> {
    if let RefOr::T(Schema::Object(object)) = schemas.get(name)? { Some(object) } else { None }
}
