//! Comparison of two schemas of one place: an input must still take, and an answer still keep within, what the older
//! one said.

use super::differences::{Breaking, Rule, members, resolved};
use super::exceptions::{NARROWER, WIDER};
use serde_json::Value;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// The direction of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// From the client.
    Input,
    /// To the client.
    Output,
}

/// The schemas of two documents.
pub struct Schemas<'a> {
    old: &'a Value,
    new: &'a Value,
    /// Pairs under comparison, by place: a schema may contain itself.
    within: RefCell<BTreeSet<(Direction, usize, usize)>>,
}

/// A schema with its references followed, and with null set apart from its other alternatives.
struct Shape<'a> {
    nullable: bool,
    types: Option<BTreeSet<&'a str>>,
    values: Option<Vec<&'a Value>>,
    members: BTreeMap<&'a str, &'a Value>,
    required: BTreeSet<&'a str>,
    items: Option<&'a Value>,
    alternatives: BTreeMap<String, &'a Value>,
    keywords: BTreeMap<&'a str, &'a Value>,
}

impl<'a> Schemas<'a> {
    /// Makes a comparison of two documents.
    pub fn new(old: &'a Value, new: &'a Value) -> Self {
        Self { old, new, within: RefCell::default() }
    }

    /// Adds what the newer of two schemas takes back.
    pub fn compare(&self, way: Direction, at: &str, old: &'a Value, new: &'a Value, found: &mut Vec<Breaking>) {
        let (old, new) = (resolved(self.old, old), resolved(self.new, new));
        let pair = (way, std::ptr::from_ref(old).addr(), std::ptr::from_ref(new).addr());
        if !self.within.borrow_mut().insert(pair) {
            return;
        }
        let (old, new) = (Shape::of(self.old, old), Shape::of(self.new, new));
        let mut add = |at: &str, rule| found.push(Breaking { at: at.to_owned(), rule });
        match way {
            Direction::Input => {
                for name in new.required.difference(&old.required) {
                    add(&format!("{at}/{name}"), Rule::InputRequired);
                }
                if !old.within(&new) || new.is_tighter_than(&old) {
                    add(at, Rule::InputNarrowed);
                }
            }
            Direction::Output => {
                for name in old.required.difference(&new.required).filter(|name| new.members.contains_key(*name)) {
                    add(&format!("{at}/{name}"), Rule::OutputOptional);
                }
                if !new.within(&old) {
                    add(at, Rule::OutputWidened);
                }
            }
        }
        for (name, member) in &old.members {
            let at = format!("{at}/{name}");
            match (new.members.get(name), way) {
                (Some(other), _) => self.compare(way, &at, member, other, found),
                (None, Direction::Input) => found.push(Breaking { at, rule: Rule::InputRemoved }),
                (None, Direction::Output) => found.push(Breaking { at, rule: Rule::OutputRemoved }),
            }
        }
        for (name, alternative) in &old.alternatives {
            if let Some(other) = new.alternatives.get(name) {
                self.compare(way, &format!("{at}({name})"), alternative, other, found);
            }
        }
        if let (Some(items), Some(others)) = (old.items, new.items) {
            self.compare(way, &format!("{at}/*"), items, others, found);
        }
        self.within.borrow_mut().remove(&pair);
    }
}

impl<'a> Shape<'a> {
    fn of(document: &'a Value, schema: &'a Value) -> Self {
        let mut shape = Self {
            nullable: false,
            types: None,
            values: None,
            members: BTreeMap::new(),
            required: BTreeSet::new(),
            items: None,
            alternatives: BTreeMap::new(),
            keywords: BTreeMap::new(),
        };
        shape.add(document, schema);
        shape
    }

    fn add(&mut self, document: &'a Value, schema: &'a Value) {
        for (keyword, value) in members(resolved(document, schema)) {
            match (keyword.as_str(), value) {
                ("type", Value::String(only)) => self.types = Some(BTreeSet::from([only.as_str()])),
                ("type", types) => self.types = Some(list(types).filter_map(Value::as_str).collect()),
                ("enum", values) => self.values = Some(list(values).filter(|value| !value.is_null()).collect()),
                ("const", value) => self.values = Some(vec![value]),
                ("required", names) => self.required.extend(list(names).filter_map(Value::as_str)),
                ("properties", properties) => {
                    self.members.extend(members(properties).map(|(name, member)| (name.as_str(), member)));
                }
                ("items", items) => self.items = Some(items),
                ("allOf", parts) => list(parts).for_each(|part| self.add(document, part)),
                ("oneOf" | "anyOf", parts) => {
                    self.nullable |= list(parts).any(|part| part["type"] == "null");
                    let others = list(parts).filter(|part| part["type"] != "null");
                    self.alternatives.extend(others.map(|part| (alternative(document, part), part)));
                }
                (keyword, value) => drop(self.keywords.insert(keyword, value)),
            }
        }
        self.nullable |= self.types.as_mut().is_some_and(|types| types.remove("null"));
        if self.alternatives.len() == 1
            && let Some((_, only)) = self.alternatives.pop_first()
        {
            self.add(document, only);
        }
    }

    /// True when the other schema takes every value of this one, by type, enum and alternatives.
    fn within(&self, other: &Self) -> bool {
        let types = match (&self.types, &other.types) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(here), Some(there)) => {
                here.iter().all(|kind| there.contains(kind) || (*kind == "integer" && there.contains("number")))
            }
        };
        let values = match (&self.values, &other.values) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(here), Some(there)) => here.iter().all(|value| there.contains(value)),
        };
        let alternatives =
            other.alternatives.is_empty() || self.alternatives.keys().all(|name| other.alternatives.contains_key(name));
        types && values && alternatives && (other.nullable || !self.nullable)
    }

    /// True when a limit of this schema refuses a value that the other takes.
    fn is_tighter_than(&self, other: &Self) -> bool {
        self.keywords.iter().any(|(keyword, limit)| {
            let before = other.keywords.get(keyword);
            let number = before.and_then(|before| before.as_f64());
            match *keyword {
                "maxLength" | "maxItems" | "maxProperties" | "maximum" | "exclusiveMaximum" => {
                    number.is_none_or(|number| limit.as_f64() < Some(number))
                }
                "minLength" | "minItems" | "minProperties" => limit.as_f64() > Some(number.unwrap_or(0.0)),
                "minimum" | "exclusiveMinimum" => number.is_none_or(|number| limit.as_f64() > Some(number)),
                "pattern" => {
                    before != Some(limit) && !is_known(before.and_then(|before| before.as_str()), limit.as_str())
                }
                "format" | "multipleOf" => before != Some(limit),
                "uniqueItems" => **limit == true && before != Some(limit),
                "additionalProperties" => **limit == false && before != Some(limit),
                _ => false,
            }
        })
    }
}

/// True for a pattern that takes whatever another one takes, or less on purpose.
fn is_known(before: Option<&str>, pattern: Option<&str>) -> bool {
    before.zip(pattern).is_some_and(|pair| WIDER.contains(&pair) || NARROWER.contains(&pair))
}

/// The name of an alternative: the schema it refers to, its one kind, or its type.
fn alternative(document: &Value, part: &Value) -> String {
    let kind = &resolved(document, part)["properties"]["kind"];
    let kind = kind["enum"].get(0).or(kind.get("const")).and_then(Value::as_str);
    let reference = part["$ref"].as_str().and_then(|reference| reference.rsplit('/').next());
    kind.or(reference).or(part["type"].as_str()).unwrap_or_default().to_owned()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
