//! Promises that a newer contract takes back from clients of an older one.
//!
//! A client is somebody's program or generated code that was right under the older contract; it sends what that allowed
//! and understands what that promised. So an input may only grow wider, an answer only more definite. Decided, where
//! one could think otherwise:
//!
//! - A new value of an enum in an answer is breaking: generated code knows the values.
//! - A new member of an answer is not: clients pass over what they do not know.
//! - A looser limit (length, bound, pattern) in an answer is not: answers repeat the limits of inputs, and these must
//!   be free to loosen.
//! - Another refusal is not: clients must be ready for any status. Nor is another success beside the known ones, which
//!   only a new kind of request meets.
//! - A changed name of an operation or a path parameter is: it is a name in generated code.

use super::schemas::{Direction, Schemas};
use serde_json::{Map, Value};
use std::fmt::{self, Display, Formatter};

const METHODS: [&str; 6] = ["get", "put", "post", "delete", "patch", "head"];

/// A promise taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breaking {
    /// The operation, and the place in it.
    pub at: String,
    /// The kind of promise.
    pub rule: Rule,
}

/// The kinds of promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// A path or a method of it is gone.
    OperationRemoved,
    /// Its `operationId` is another.
    OperationRenamed,
    /// A success status is gone.
    SuccessRemoved,
    /// A media type of a body or an answer is gone.
    MediaTypeRemoved,
    /// A header of an answer is gone.
    HeaderRemoved,
    /// It needs a log-in now.
    LogInRequired,
    /// A parameter is gone; the server refuses unknown ones.
    ParameterRemoved,
    /// A parameter or a body has to be sent now.
    InputRequired,
    /// A member of an input is gone.
    InputRemoved,
    /// A type, enum or limit of an input allows less.
    InputNarrowed,
    /// A member of an answer is gone.
    OutputRemoved,
    /// A member of an answer may be absent now.
    OutputOptional,
    /// A type or enum of an answer has more values than a client knows.
    OutputWidened,
}

impl Display for Breaking {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {:?}", self.at, self.rule)
    }
}

/// Every promise of `old` that `new` takes back.
pub fn differences(old: &Value, new: &Value) -> Vec<Breaking> {
    let mut found = Vec::new();
    let comparison = Comparison { old, new, schemas: Schemas::new(old, new) };
    for (path, old_item) in members(&old["paths"]) {
        for method in METHODS.into_iter().filter(|method| old_item.get(*method).is_some()) {
            let at = format!("{} {path}", method.to_uppercase());
            match new["paths"][path].get(method) {
                None => found.push(Breaking { at, rule: Rule::OperationRemoved }),
                Some(operation) => comparison.operation(&at, &old_item[method], operation, &mut found),
            }
        }
    }
    found
}

struct Comparison<'a> {
    old: &'a Value,
    new: &'a Value,
    schemas: Schemas<'a>,
}

impl<'a> Comparison<'a> {
    fn operation(&self, at: &str, old: &'a Value, new: &'a Value, found: &mut Vec<Breaking>) {
        if old["operationId"] != new["operationId"] {
            found.push(Breaking { at: at.to_owned(), rule: Rule::OperationRenamed });
        }
        if open(self.old, old) && !open(self.new, new) {
            found.push(Breaking { at: at.to_owned(), rule: Rule::LogInRequired });
        }
        self.parameters(at, old, new, found);
        self.body(at, &old["requestBody"], &new["requestBody"], found);
        self.responses(at, &old["responses"], &new["responses"], found);
    }

    fn parameters(&self, at: &str, old: &'a Value, new: &'a Value, found: &mut Vec<Breaking>) {
        let (old, new) = (parameters(self.old, old), parameters(self.new, new));
        let same = |one: &Value, other: &Value| one["name"] == other["name"] && one["in"] == other["in"];
        for parameter in &old {
            let at = format!("{at} {}", name(parameter));
            match new.iter().find(|other| same(parameter, other)) {
                None => found.push(Breaking { at, rule: Rule::ParameterRemoved }),
                Some(other) => {
                    let (old, new) = (&parameter["schema"], &other["schema"]);
                    self.schemas.compare(Direction::Input, &at, old, new, found);
                }
            }
        }
        for parameter in new.iter().filter(|parameter| parameter["required"] == true) {
            if !old.iter().any(|other| same(parameter, other) && other["required"] == true) {
                found.push(Breaking { at: format!("{at} {}", name(parameter)), rule: Rule::InputRequired });
            }
        }
    }

    fn body(&self, at: &str, old: &'a Value, new: &'a Value, found: &mut Vec<Breaking>) {
        let (old, new) = (resolved(self.old, old), resolved(self.new, new));
        let at = format!("{at} body");
        if new["required"] == true && old["required"] != true {
            found.push(Breaking { at: at.clone(), rule: Rule::InputRequired });
        }
        self.content(Direction::Input, &at, &old["content"], &new["content"], found);
    }

    fn responses(&self, at: &str, old: &'a Value, new: &'a Value, found: &mut Vec<Breaking>) {
        for (status, response) in members(old) {
            let at = format!("{at} {status}");
            let Some(other) = new.get(status) else {
                if status.starts_with(['2', '3']) {
                    found.push(Breaking { at, rule: Rule::SuccessRemoved });
                }
                continue;
            };
            let (response, other) = (resolved(self.old, response), resolved(self.new, other));
            for (header, _) in members(&response["headers"]) {
                if !members(&other["headers"]).any(|(name, _)| name.eq_ignore_ascii_case(header)) {
                    found.push(Breaking { at: format!("{at} {header}"), rule: Rule::HeaderRemoved });
                }
            }
            self.content(Direction::Output, &at, &response["content"], &other["content"], found);
        }
    }

    fn content(&self, way: Direction, at: &str, old: &'a Value, new: &'a Value, found: &mut Vec<Breaking>) {
        for (media_type, content) in members(old) {
            match new.get(media_type) {
                None => found.push(Breaking { at: format!("{at} {media_type}"), rule: Rule::MediaTypeRemoved }),
                Some(other) => self.schemas.compare(way, at, &content["schema"], &other["schema"], found),
            }
        }
    }
}

/// True for an operation that may be called without a log-in.
fn open(document: &Value, operation: &Value) -> bool {
    let security = operation.get("security").unwrap_or(&document["security"]);
    security.as_array().is_none_or(|schemes| schemes.iter().all(|scheme| scheme == &Value::Object(Map::new())))
}

fn parameters<'a>(document: &'a Value, operation: &'a Value) -> Vec<&'a Value> {
    operation["parameters"].as_array().into_iter().flatten().map(|parameter| resolved(document, parameter)).collect()
}

fn name(parameter: &Value) -> String {
    parameter["name"].as_str().unwrap_or_default().to_owned()
}

/// The target of a reference, or the value itself.
pub fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let target = value["$ref"].as_str().and_then(|reference| document.pointer(reference.trim_start_matches('#')));
    target.map_or(value, |target| resolved(document, target))
}

/// The members of an object; none of anything else.
pub fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}
