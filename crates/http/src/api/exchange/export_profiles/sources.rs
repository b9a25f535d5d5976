//! Sources of a mapping, read off the contract: the paths of a provincial report, and the values that stand there.

use crate::problem::negotiation::Language;
use crate::request::did_you_mean::nearest;
use crate::request::schema_errors::suggestion;
use crate::request::served_contract;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use thidua_domain::exchange::export_profiles::{Mapping, Output, Property, ReportRows, SourcePlace, ValueSource};
use thidua_domain::text::StringEnum;
use thidua_domain::violation::Violation;

/// Every path of a report.
pub(super) struct Sources {
    report: Paths,
    rows: BTreeMap<ReportRows, Paths>,
}

/// Paths, with the value that stands at each.
pub(super) type Paths = BTreeMap<String, Facet>;

/// A value of the report, with its description in both languages.
pub(super) struct Facet {
    pub(super) holds: Holds,
    pub(super) vi: String,
    pub(super) en: String,
}

/// A kind of value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Holds {
    Text,
    WholeNumber,
    Boolean,
    Date,
    Period,
    /// One of these.
    Code(Vec<String>),
    /// Several values, which no property can hold.
    List,
}

static KNOWN: LazyLock<Sources> =
    LazyLock::new(|| Sources::of(&served_contract::schemas_in(Language::Vietnamese), served_contract::schemas()));

impl Sources {
    /// Those of the contract.
    pub(super) fn known() -> &'static Self {
        &KNOWN
    }

    /// The paths of the report itself.
    pub(super) fn of_report(&self) -> &Paths {
        &self.report
    }

    /// The paths of each array's rows.
    pub(super) fn of_rows(&self) -> impl Iterator<Item = (ReportRows, &Paths)> {
        self.rows.iter().map(|(rows, paths)| (*rows, paths))
    }

    fn of(vi: &Value, en: &Value) -> Self {
        let mut all = Walk { vi, en, found: Paths::new() };
        all.object("", &vi["ProvincialReport"], &en["ProvincialReport"]);
        let rows = ReportRows::VALUES.iter().map(|rows| {
            let items = |schemas: &Value| schemas["ProvincialReport"]["properties"][rows.as_str()]["items"].clone();
            let mut walk = Walk { vi, en, found: Paths::new() };
            walk.object("", &items(vi), &items(en));
            (*rows, walk.found)
        });
        let rows = rows.collect();
        all.found.retain(|path, _| ReportRows::from_spelling(path).is_none());
        Self { report: all.found, rows }
    }

    /// Faults in the sources of a mapping that is right by itself.
    pub(super) fn faults(&self, mapping: &Mapping) -> Vec<Violation> {
        let all = mapping.all_properties();
        all.flat_map(|(pointer, property)| self.faults_of(&pointer, property, mapping.rows)).collect()
    }

    fn faults_of(&self, pointer: &str, property: &Property, rows: ReportRows) -> Vec<Violation> {
        let Some(source) = property.value.source() else { return Vec::new() };
        let in_envelope = pointer.starts_with("/envelope");
        let Some(paths) = self.reached(source.of, rows, in_envelope) else {
            return vec![out_of_reach(pointer, source.of, rows, in_envelope)];
        };
        let Some(facet) = paths.get(source.path.as_str()) else { return vec![unknown_path(pointer, source, paths)] };
        let fitting = facet.holds.kinds();
        if !fitting.contains(&property.value.kind()) {
            return vec![unfit(pointer, source, fitting)];
        }
        code_faults(pointer, &property.value, &facet.holds)
    }

    /// The paths that a source can name, by the place it is looked up in; none where it cannot be.
    fn reached(&self, of: SourcePlace, rows: ReportRows, in_envelope: bool) -> Option<&Paths> {
        match of {
            SourcePlace::Report => Some(&self.report),
            _ if in_envelope => None,
            SourcePlace::Row => self.rows.get(&rows),
            of => rows.key_of(of).and(of.found_in()).and_then(|(rows, _)| self.rows.get(&rows)),
        }
    }
}

impl Holds {
    /// The kinds of property that can hold it.
    fn kinds(&self) -> &'static [&'static str] {
        match self {
            Self::Text | Self::Code(_) => &["text", "code"],
            Self::WholeNumber => &["whole_number", "text", "code"],
            Self::Boolean => &["boolean", "text", "code"],
            Self::Date => &["date", "text"],
            Self::Period => &["period", "text", "code"],
            Self::List => &[],
        }
    }
}

/// Collects the paths below a schema, in both languages.
struct Walk<'a> {
    vi: &'a Value,
    en: &'a Value,
    found: Paths,
}

impl Walk<'_> {
    fn object(&mut self, path: &str, vi: &Value, en: &Value) {
        let (vi, en) = (whole(self.vi, vi), whole(self.en, en));
        if let (Some(vi), Some(en)) = (vi["oneOf"].as_array(), en["oneOf"].as_array()) {
            for (vi, en) in vi.iter().zip(en).filter(|(_, en)| en["type"] != "null") {
                self.object(path, vi, en);
            }
        }
        for (name, member) in en["properties"].as_object().into_iter().flatten() {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            self.member(&path, &vi["properties"][name], member);
        }
    }

    fn member(&mut self, path: &str, vi: &Value, en: &Value) {
        match holds(sole(self.en, whole(self.en, en))) {
            None => self.object(path, vi, en),
            Some(holds) => {
                let said = |schemas, member: &Value| {
                    let nullable = || member["oneOf"].as_array()?.iter().find_map(|part| part["description"].as_str());
                    let own = member["description"].as_str().or_else(nullable);
                    let own = own.or_else(|| whole(schemas, member)["description"].as_str());
                    own.unwrap_or(path).to_owned()
                };
                let facet = Facet { holds, vi: said(self.vi, vi), en: said(self.en, en) };
                self.add(path, facet);
            }
        }
    }

    /// Adds what stands at a path; alternatives that tell themselves apart there add up.
    fn add(&mut self, path: &str, facet: Facet) {
        match (self.found.get_mut(path).map(|known| &mut known.holds), facet.holds) {
            (Some(Holds::Code(known)), Holds::Code(more)) => {
                let more: Vec<_> = more.into_iter().filter(|value| !known.contains(value)).collect();
                known.extend(more);
            }
            (_, holds) => drop(self.found.insert(path.to_owned(), Facet { holds, ..facet })),
        }
    }
}

/// Kind of value that a schema describes; none when it is an object.
fn holds(schema: &Value) -> Option<Holds> {
    let types: Vec<_> = match &schema["type"] {
        Value::String(name) => vec![name.as_str()],
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let values = schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let values: Vec<_> = values.map(str::to_owned).collect();
    match types.into_iter().find(|name| *name != "null")? {
        "object" => None,
        "array" => Some(Holds::List),
        "integer" => Some(Holds::WholeNumber),
        "boolean" => Some(Holds::Boolean),
        _ if !values.is_empty() => Some(Holds::Code(values)),
        _ => Some(match schema["format"].as_str() {
            Some("date") => Holds::Date,
            Some("period") => Holds::Period,
            _ => Holds::Text,
        }),
    }
}

/// A schema itself, or the one that it refers to.
fn whole<'a>(schemas: &'a Value, schema: &'a Value) -> &'a Value {
    let name = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next());
    name.map_or(schema, |name| &schemas[name])
}

/// The one alternative of a schema beside null, if it is made of alternatives.
fn sole<'a>(schemas: &'a Value, schema: &'a Value) -> &'a Value {
    let mut others = schema["oneOf"].as_array().into_iter().flatten().filter(|part| part["type"] != "null");
    match (others.next(), others.next()) {
        (Some(one), None) => whole(schemas, one),
        _ => schema,
    }
}

fn code_faults(pointer: &str, output: &Output, holds: &Holds) -> Vec<Violation> {
    let (Output::Code { codes, otherwise, .. }, Holds::Code(values)) = (output, holds) else { return Vec::new() };
    let known = values.join(", ");
    let strangers =
        codes.iter().enumerate().filter(|(_, pair)| !values.iter().any(|value| value == pair.from.as_str()));
    let mut found: Vec<_> = strangers
        .map(|(index, pair)| {
            let near = nearest(pair.from.as_str(), values.iter().map(String::as_str));
            Violation::new(format!("{pointer}/value/codes/{index}/from"), "unknown_value")
                .with("known", &known)
                .then(near.map(suggestion))
        })
        .collect();
    let missing = values.iter().filter(|value| !codes.iter().any(|pair| pair.from.as_str() == value.as_str()));
    let missing: Vec<_> = missing.map(String::as_str).collect();
    if otherwise.is_none() && !missing.is_empty() {
        let missing = missing.join(", ");
        found.push(Violation::new(format!("{pointer}/value/codes"), "incomplete_code_list").with("missing", &missing));
    }
    found
}

fn out_of_reach(pointer: &str, of: SourcePlace, rows: ReportRows, in_envelope: bool) -> Violation {
    let pointer = format!("{pointer}/value/from/of");
    if in_envelope {
        return Violation::new(pointer, "source_out_of_reach.outside_rows").with("of", &of);
    }
    let reached = SourcePlace::VALUES
        .iter()
        .filter(|of| matches!(of, SourcePlace::Row | SourcePlace::Report) || rows.key_of(**of).is_some());
    let reached = reached.map(|of| of.as_str()).collect::<Vec<_>>().join(", ");
    Violation::new(pointer, "source_out_of_reach.in_rows").with("rows", &rows).with("of", &of).with("reached", &reached)
}

fn unknown_path(pointer: &str, source: &ValueSource, paths: &Paths) -> Violation {
    let ValueSource { of, path } = source;
    let inside = paths.keys().find(|known| known.starts_with(&format!("{path}.")));
    let near = inside.map(String::as_str).or_else(|| nearest(path.as_str(), paths.keys().map(String::as_str)));
    Violation::new(format!("{pointer}/value/from/path"), "unknown_source_path")
        .with("of", of)
        .with("path", path)
        .then(near.map(suggestion))
}

fn unfit(pointer: &str, source: &ValueSource, fitting: &[&str]) -> Violation {
    let path = &source.path;
    let pointer = format!("{pointer}/value/kind");
    match fitting {
        [] => Violation::new(pointer, "format_does_not_fit.list").with("path", path),
        kinds => {
            Violation::new(pointer, "format_does_not_fit.kinds").with("path", path).with("kinds", &kinds.join(", "))
        }
    }
}
