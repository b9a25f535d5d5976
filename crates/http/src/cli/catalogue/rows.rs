//! Rows of a catalogue's files, each with the lines that its members stand in.

use super::documents::Document;
use super::files::File;
use super::kinds::{self, Kind};
use crate::texts::{Language, say};
use serde_json::Value;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use thidua_domain::violation::Violation;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A row of the right shape.
#[derive(Debug)]
pub(super) struct Row {
    /// Its kind.
    pub(super) kind: &'static Kind,
    /// All it says, as an export would say it.
    pub(super) document: Document,
    lines: Lines,
}

/// The lines of a row: its first one, and those of its members by pointer.
#[derive(Debug)]
struct Lines {
    file: String,
    first: usize,
    members: BTreeMap<String, usize>,
}

/// The rows of files, or all that is wrong with their shape, in words.
pub(super) fn of(files: &[File]) -> Result<Vec<Row>, Vec<String>> {
    let (mut rows, mut faults) = (Vec::new(), Vec::new());
    for file in files {
        match tables(file) {
            Ok(tables) => tables.into_iter().for_each(|table| match row(table) {
                Ok(row) => rows.push(row),
                Err(found) => faults.extend(found),
            }),
            Err(fault) => faults.extend(fault),
        }
    }
    faults.extend(repeated(&rows));
    if faults.is_empty() { Ok(rows) } else { Err(faults) }
}

impl Row {
    /// The key it is known by.
    pub(super) fn key(&self) -> String {
        (self.kind.key)(&self.document)
    }

    /// The place of a member: file and line.
    pub(super) fn place(&self, pointer: &str) -> String {
        self.lines.place(pointer)
    }

    /// A refusal of the row, in words.
    pub(super) fn refusal(&self, violation: &Violation) -> String {
        self.lines.refusal(self.kind, &self.key(), violation)
    }
}

impl Lines {
    fn place(&self, pointer: &str) -> String {
        let mut pointer = pointer;
        loop {
            if let Some(line) = self.members.get(pointer) {
                return format!("{}:{line}", self.file);
            }
            // What is missing has no line of its own: that of the member around it is told.
            pointer = match pointer.rsplit_once('/') {
                Some((around, _)) if !around.is_empty() => around,
                _ => return format!("{}:{}", self.file, self.first),
            };
        }
    }

    fn refusal(&self, kind: &Kind, key: &str, violation: &Violation) -> String {
        let member = violation.pointer.trim_start_matches('/').replace('/', ".");
        let member = if member.is_empty() { String::new() } else { format!(" {member}:") };
        let text = say(&violation.message, Language::English);
        format!("{}: {} {key}:{member} {text}", self.place(&violation.pointer), kind.table)
    }
}

/// A table of a file as it stands there.
struct Table {
    kind: &'static Kind,
    document: Document,
    lines: Lines,
}

fn row(table: Table) -> Result<Row, Vec<String>> {
    let Table { kind, document, lines } = table;
    match (kind.normal)(&document) {
        Ok(document) => Ok(Row { kind, document, lines }),
        Err(violations) => {
            let key = (kind.key)(&document);
            Err(violations.iter().map(|violation| lines.refusal(kind, &key, violation)).collect())
        }
    }
}

/// Rows that stand in the files twice.
fn repeated(rows: &[Row]) -> Vec<String> {
    let mut known: BTreeMap<(&str, String), &Row> = BTreeMap::new();
    let mut faults = Vec::new();
    for row in rows {
        match known.entry((row.kind.table, row.key())) {
            Entry::Vacant(place) => drop(place.insert(row)),
            Entry::Occupied(first) => faults.push(format!(
                "{}: {} {}: is there already, at {}",
                row.place(""),
                row.kind.table,
                row.key(),
                first.get().place("")
            )),
        }
    }
    faults
}

/// The tables of a file in their order, or what is wrong with it.
fn tables((file, text): &File) -> Result<Vec<Table>, Vec<String>> {
    let line = |offset: usize| 1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count();
    let document = DeTable::parse(text).map_err(|error| {
        let line = line(error.span().map_or(0, |span| span.start));
        vec![format!("{file}:{line}: {}", error.message().trim().replace('\n', ", "))]
    })?;
    let (mut found, mut faults) = (Vec::new(), Vec::new());
    for (name, value) in document.get_ref() {
        let at = line(name.span().start);
        let Some(kind) = kinds::ALL.iter().find(|kind| kind.table == name.get_ref()) else {
            let known: Vec<_> = kinds::ALL.iter().map(|kind| format!("[[{}]]", kind.table)).collect();
            faults.push(format!("{file}:{at}: {}: is no kind of row; there are {}", name.get_ref(), known.join(", ")));
            continue;
        };
        let items = value.get_ref().as_array().into_iter().flat_map(|items| items.iter());
        let tables: Vec<_> = items.filter_map(|item| Some((item.span().start, item.get_ref().as_table()?))).collect();
        if tables.is_empty() {
            faults.push(format!("{file}:{at}: {0}: a row begins with [[{0}]]", kind.table));
        }
        for (start, table) in tables {
            let mut lines = Lines { file: file.clone(), first: line(start), members: BTreeMap::new() };
            let document = members(table, "", &mut lines.members, &line);
            found.push(Table { kind, document, lines });
        }
    }
    found.sort_by_key(|table| table.lines.first);
    if faults.is_empty() { Ok(found) } else { Err(faults) }
}

fn members(
    table: &DeTable<'_>,
    pointer: &str,
    lines: &mut BTreeMap<String, usize>,
    line: &impl Fn(usize) -> usize,
) -> Document {
    let member = |(name, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| {
        let name: &std::borrow::Cow<'_, str> = name.get_ref();
        let pointer = format!("{pointer}/{name}");
        (name.to_string(), json(value, pointer, lines, line))
    };
    table.iter().map(member).collect()
}

/// A value as JSON. Days are texts there, and so is a number that is not whole: the member's own rule tells what is wrong.
fn json(
    value: &Spanned<DeValue<'_>>,
    pointer: String,
    lines: &mut BTreeMap<String, usize>,
    line: &impl Fn(usize) -> usize,
) -> Value {
    lines.insert(pointer.clone(), line(value.span().start));
    match value.get_ref() {
        DeValue::String(text) => Value::from(text.as_ref()),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(whole) => Value::from(whole),
            Err(_) => Value::from(number.as_str()),
        },
        DeValue::Float(number) => Value::from(number.as_str()),
        DeValue::Boolean(is) => Value::from(*is),
        DeValue::Datetime(date) => Value::from(date.to_string()),
        DeValue::Array(items) => {
            let items = items.iter().enumerate();
            items.map(|(index, item)| json(item, format!("{pointer}/{index}"), lines, line)).collect()
        }
        DeValue::Table(table) => Value::Object(members(table, &pointer, lines, line)),
    }
}
