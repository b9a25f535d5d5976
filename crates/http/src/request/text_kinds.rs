//! Kinds of text by the `format` that the contract gives them: the shape of each, and its faults, as its parser tells them.

use crate::request::time::LocalTime;
use serde_json::{Value, json};
use std::sync::LazyLock;
use thidua_domain::Date;
use thidua_domain::accounts::networks::Network;
use thidua_domain::text::{
    AgencyIdentifier, AreaCode, Code, Digest, IssuerSubject, Name, OutputName, Prose, Reference, Shape, SourcePath,
    TextKind, unreadable,
};
use thidua_domain::time::{Month, Period};
use thidua_domain::violation::Violation;

/// A kind of text.
pub struct Kind {
    name: &'static str,
    /// Its name in the contract.
    pub format: &'static str,
    /// Its shape.
    pub shape: Shape,
    fault: fn(&str, &str) -> Option<Violation>,
}

/// All kinds that the domain parses.
pub const KINDS: &[Kind] = &[
    of::<Code>(),
    of::<AgencyIdentifier>(),
    of::<AreaCode>(),
    of::<IssuerSubject>(),
    of::<Digest>(),
    of::<Name>(),
    of::<Reference>(),
    of::<Prose>(),
    of::<OutputName>(),
    of::<SourcePath>(),
    of::<Period>(),
    of::<Month>(),
    of::<Network>(),
    of::<Date>(),
    of::<LocalTime>(),
];

const fn of<T: TextKind>() -> Kind {
    Kind { name: T::NAME, format: T::FORMAT, shape: T::SHAPE, fault: T::fault }
}

/// Kinds of text that people write for people, by their `format`.
const READ_BY_PEOPLE: [&str; 3] = [Name::FORMAT, Reference::FORMAT, Prose::FORMAT];

/// The fault for which a text is not of the kind with a `format`, or cannot be read. One that is too long is told the
/// limits, not its form.
pub fn fault(format: &str, pointer: &str, text: &str) -> Option<Violation> {
    let kind = KINDS.iter().find(|kind| kind.format == format)?;
    let Some(fault) = (kind.fault)(pointer, text) else {
        return unreadable(pointer, text).filter(|_| READ_BY_PEOPLE.contains(&format));
    };
    let (min, max) = (kind.shape.min_length, kind.shape.max_length);
    if (min..=max).contains(&text.chars().count()) {
        return Some(fault);
    }
    Some(Violation::new(pointer, "out_of_limits.between").with("min", &min).with("max", &max))
}

/// The schema of a kind by the name of its type. The contract writes it where it is used, but parameters are checked as
/// they are declared.
pub fn schema(name: &str) -> &'static Value {
    static SCHEMAS: LazyLock<Value> = LazyLock::new(|| {
        KINDS.iter().map(|kind| (kind.name.to_owned(), json!({"type": "string", "format": kind.format}))).collect()
    });
    &SCHEMAS[name]
}
