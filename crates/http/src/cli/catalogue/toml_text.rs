//! Rows as TOML: one member a line, in an order that is given.

use super::documents::Document;
use serde_json::Value;
use std::fmt::Write as _;

/// The text of a row, with the tables it holds behind its own members.
pub(super) fn row(table: &str, order: &[&str], row: &Document) -> String {
    let mut text = format!("[[{table}]]\n");
    let (plain, tables): (Vec<_>, Vec<_>) = in_order(order, row).partition(|(_, value)| !is_tables(value));
    for (name, value) in plain {
        line(&mut text, name, value);
    }
    for (name, value) in tables {
        for part in value.as_array().into_iter().flatten().filter_map(Value::as_object) {
            text.push_str(&format!("\n[[{table}.{name}]]\n"));
            in_order(order, part).for_each(|(name, value)| line(&mut text, name, value));
        }
    }
    text
}

fn in_order<'a>(order: &[&str], row: &'a Document) -> impl Iterator<Item = (&'a String, &'a Value)> {
    let mut members: Vec<_> = row.iter().collect();
    members.sort_by_key(|(name, _)| order.iter().position(|known| known == name).unwrap_or(order.len()));
    members.into_iter()
}

fn is_tables(value: &Value) -> bool {
    value.as_array().is_some_and(|items| !items.is_empty() && items.iter().all(Value::is_object))
}

fn line(text: &mut String, name: &str, value: &Value) {
    text.push_str(name);
    text.push_str(" = ");
    put(text, value);
    text.push('\n');
}

fn put(text: &mut String, value: &Value) {
    match value {
        Value::String(said) => quote(text, said),
        Value::Array(items) => {
            text.push('[');
            separated(text, items, put);
            text.push(']');
        }
        Value::Object(members) => {
            text.push_str("{ ");
            // The kind first: the others belong to it.
            separated(text, in_order(&["kind"], members), |text, (name, value)| {
                text.push_str(&format!("{name} = "));
                put(text, value);
            });
            text.push_str(" }");
        }
        // Numbers, true and false are written as in JSON; there is no null in a row.
        plain => text.push_str(&plain.to_string()),
    }
}

fn separated<T>(text: &mut String, items: impl IntoIterator<Item = T>, put: impl Fn(&mut String, T)) {
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            text.push_str(", ");
        }
        put(text, item);
    }
}

fn quote(text: &mut String, said: &str) {
    text.push('"');
    for letter in said.chars() {
        match letter {
            '"' | '\\' => text.extend(['\\', letter]),
            '\n' => text.push_str("\\n"),
            '\t' => text.push_str("\\t"),
            letter if letter.is_control() => drop(write!(text, "\\u{:04X}", u32::from(letter))),
            letter => text.push(letter),
        }
    }
    text.push('"');
}
