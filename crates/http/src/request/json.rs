//! JSON without a member named twice: readers differ in which of the two they take, so neither is taken.

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::cell::RefCell;
use std::fmt;
use thidua_domain::violation::Violation;

/// Faults told at once, at most: a large body full of them needs no larger answer.
pub const MOST_TOLD: usize = 50;

/// A JSON value, or the members that are named twice in it.
#[derive(Debug)]
pub struct UniqueKeys(pub Result<Value, Vec<Violation>>);

impl<'de> Deserialize<'de> for UniqueKeys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let repeated = RefCell::new(Vec::new());
        let value = ValueVisitor { place: &Place::Root, repeated: &repeated }.deserialize(deserializer)?;
        let repeated = repeated.into_inner();
        Ok(Self(if repeated.is_empty() { Ok(value) } else { Err(repeated) }))
    }
}

/// A name as a part of a JSON pointer (RFC 6901).
pub fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Place of a value; as a JSON pointer (RFC 6901) it is written only when one is needed.
pub enum Place<'a> {
    /// At the top.
    Root,
    /// A member of an object that stands somewhere, by name.
    Member(&'a Place<'a>, &'a str),
    /// An item of a list that stands somewhere, by index.
    Item(&'a Place<'a>, usize),
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Member(place, name) => write!(f, "{place}/{}", escaped(name)),
            Self::Item(place, index) => write!(f, "{place}/{index}"),
        }
    }
}

#[derive(Clone, Copy)]
struct ValueVisitor<'a> {
    place: &'a Place<'a>,
    repeated: &'a RefCell<Vec<Violation>>,
}

impl ValueVisitor<'_> {
    fn note(self, name: &str) {
        let mut repeated = self.repeated.borrow_mut();
        if repeated.len() < MOST_TOLD {
            repeated.push(Violation::new(Place::Member(self.place, name).to_string(), "duplicate_member"));
        }
    }
}

impl<'de> DeserializeSeed<'de> for ValueVisitor<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ValueVisitor<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) =
            access.next_element_seed(ValueVisitor { place: &Place::Item(self.place, items.len()), ..self })?
        {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = access.next_key::<String>()? {
            let value = access.next_value_seed(ValueVisitor { place: &Place::Member(self.place, &name), ..self })?;
            if members.contains_key(&name) {
                self.note(&name);
            }
            members.insert(name, value);
        }
        Ok(Value::Object(members))
    }
}
