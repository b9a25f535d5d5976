//! `fields=`: a list whose rows hold only the members asked for.

use crate::request::did_you_mean::nearest;
use crate::request::schema_errors::suggestion;
use serde::Serialize;
use serde_json::Value;
use std::marker::PhantomData;
use thidua_domain::message::Message;
use thidua_domain::violation::Violation;
use utoipa::ToSchema;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Type};
use utoipa::openapi::{Array, RefOr, Schema};

/// The members of a view that a caller asked for; all of them when none were named.
#[derive(Debug)]
pub struct Fields<V> {
    wanted: Option<Vec<String>>,
    view: PhantomData<fn(V)>,
}

/// A row as it is answered.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Row<V> {
    /// With every member.
    Whole(V),
    /// With those asked for.
    Part(serde_json::Map<String, Value>),
}

impl<V: Serialize + ToSchema> Fields<V> {
    /// Reads a comma-separated list of names.
    pub fn read(text: Option<&str>) -> Result<Self, Violation> {
        let Some(text) = text else { return Ok(Self { wanted: None, view: PhantomData }) };
        let known = names::<V>();
        let mut wanted = Vec::new();
        for name in text.split(',') {
            if !known.iter().any(|known| known == name) {
                return Err(unknown(name, &known));
            }
            if wanted.iter().any(|earlier| earlier == name) {
                return Err(repeated(name));
            }
            wanted.push(name.to_owned());
        }
        Ok(Self { wanted: Some(wanted), view: PhantomData })
    }

    /// Rows with the members that were asked for.
    pub fn rows(&self, rows: impl IntoIterator<Item = V>) -> Vec<Row<V>> {
        rows.into_iter().map(|row| self.keep(row)).collect()
    }

    fn keep(&self, row: V) -> Row<V> {
        let Some(wanted) = &self.wanted else { return Row::Whole(row) };
        match serde_json::to_value(&row) {
            Ok(Value::Object(mut members)) => {
                members.retain(|name, _| wanted.contains(name));
                Row::Part(members)
            }
            _ => Row::Whole(row),
        }
    }
}

/// Schema of the names in the contract.
pub fn schema<V: ToSchema>() -> Array {
    let names = names::<V>();
    let most = names.len();
    let name = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names));
    ArrayBuilder::new().items(name).min_items(Some(1)).max_items(Some(most)).unique_items(true).build()
}

/// The names of a view's members.
fn names<V: ToSchema>() -> Vec<String> {
    let mut known = Vec::new();
    V::schemas(&mut known);
    let mut names = Vec::new();
    collect(&V::schema(), &known, &mut names);
    names
}

fn collect(schema: &RefOr<Schema>, known: &[(String, RefOr<Schema>)], names: &mut Vec<String>) {
    match schema {
        RefOr::T(Schema::Object(object)) => names.extend(object.properties.keys().cloned()),
        RefOr::T(Schema::AllOf(parts)) => parts.items.iter().for_each(|part| collect(part, known, names)),
        RefOr::T(_) => {}
        RefOr::Ref(reference) => {
            let name = reference.ref_location.rsplit('/').next();
            let found = known.iter().find(|(known, _)| Some(known.as_str()) == name);
            found.into_iter().for_each(|(_, schema)| collect(schema, known, names));
        }
    }
}

fn unknown(name: &str, known: &[String]) -> Violation {
    let near = nearest(name, known.iter().map(String::as_str));
    Violation::new("/fields", "unknown_field")
        .with("name", name)
        .then(near.map(suggestion))
        .then(Some(Message::new("phrase.members").with("known", &known.join(", "))))
}

fn repeated(name: &str) -> Violation {
    Violation::new("/fields", "duplicate_field").with("name", &name)
}
