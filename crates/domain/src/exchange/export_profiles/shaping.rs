//! A report in the form that a mapping describes. A pure function over any JSON value: a member that is not there is
//! null.

use super::{CodePair, DatePattern, Mapping, Output, PeriodPattern, Property, ReportRows, SourcePlace, ValueSource};
use crate::Date;
use crate::text::OutputName;
use crate::time::Period;
use serde::{Serialize, Serializer};
use serde_json::Value;
use std::collections::HashMap;

/// A value in the form of a mapping. Members keep the order of the mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shaped {
    /// Null.
    Null,
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Number(i64),
    /// A text.
    Text(String),
    /// Rows.
    Array(Vec<Shaped>),
    /// Members in order.
    Object(Vec<(String, Shaped)>),
}

impl Serialize for Shaped {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Boolean(truth) => serializer.serialize_bool(*truth),
            Self::Number(number) => serializer.serialize_i64(*number),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Array(items) => serializer.collect_seq(items),
            Self::Object(members) => serializer.collect_map(members.iter().map(|(name, value)| (name, value))),
        }
    }
}

/// Gives a report the form of a mapping.
pub fn shape(mapping: &Mapping, report: &Value) -> Shaped {
    let places = Places::of(mapping.rows, report);
    let rows = rows_of(report, mapping.rows).iter();
    let rows = Shaped::Array(rows.map(|row| places.object(&mapping.properties, row)).collect());
    let Some(envelope) = &mapping.envelope else { return rows };
    let mut around = places.members(&envelope.members, &Value::Null);
    put(&mut around, &envelope.rows_name, rows);
    Shaped::Object(around)
}

/// Index of the things in which values are looked up.
struct Places<'a> {
    report: &'a Value,
    rows: ReportRows,
    found: HashMap<SourcePlace, HashMap<String, &'a Value>>,
}

impl<'a> Places<'a> {
    fn of(rows: ReportRows, report: &'a Value) -> Self {
        let known = SourcePlace::ALL.iter().filter_map(|of| {
            rows.key_of(*of)?;
            let (array, key) = of.found_in()?;
            let by_key = rows_of(report, array).iter().filter_map(|row| Some((text(member(row, key)?)?, row)));
            Some((*of, by_key.collect()))
        });
        Self { report, rows, found: known.collect() }
    }

    fn object(&self, properties: &[Property], row: &Value) -> Shaped {
        Shaped::Object(self.members(properties, row))
    }

    fn members(&self, properties: &[Property], row: &Value) -> Vec<(String, Shaped)> {
        let mut members = Vec::new();
        for property in properties {
            put(&mut members, &property.name, self.value(&property.value, row));
        }
        members
    }

    fn value(&self, output: &Output, row: &Value) -> Shaped {
        let shaped = match output {
            Output::Constant { text } => Some(Shaped::Text(text.to_string())),
            Output::Text { from } => self.find(from, row).and_then(text).map(Shaped::Text),
            Output::WholeNumber { from } => self.find(from, row).and_then(Value::as_i64).map(Shaped::Number),
            Output::Boolean { from } => self.find(from, row).and_then(Value::as_bool).map(Shaped::Boolean),
            Output::Date { from, pattern } => {
                let day = self.find(from, row).and_then(Value::as_str).and_then(|text| text.parse::<Date>().ok());
                day.map(|day| Shaped::Text(pattern.write(day)))
            }
            Output::Period { from, pattern } => {
                let period = self.find(from, row).and_then(Value::as_str);
                let period = period.and_then(|text| Period::parse("", text).ok());
                period.and_then(|period| pattern.write(period)).map(Shaped::Text)
            }
            Output::Code { from, codes, otherwise } => self.find(from, row).and_then(text).and_then(|code| {
                let known = codes.iter().find(|CodePair { from, .. }| from.as_str() == code).map(|pair| &pair.to);
                known.or(otherwise.as_ref()).map(|code| Shaped::Text(code.to_string()))
            }),
        };
        shaped.unwrap_or(Shaped::Null)
    }

    fn find<'v>(&self, source: &ValueSource, row: &'v Value) -> Option<&'v Value>
    where
        'a: 'v,
    {
        let place = match source.of {
            SourcePlace::Row => row,
            SourcePlace::Report => self.report,
            of => self.found.get(&of)?.get(&text(member(row, self.rows.key_of(of)?)?)?)?,
        };
        member(place, source.path.as_str())
    }
}

impl DatePattern {
    fn write(self, day: Date) -> String {
        let form = match self {
            Self::DayFirst => "%d/%m/%Y",
            Self::Iso => "%Y-%m-%d",
            Self::Digits => "%Y%m%d",
        };
        day.format(form).to_string()
    }
}

impl PeriodPattern {
    fn write(self, period: Period) -> Option<String> {
        let quarter_of = |period: Period| Period::holding(period.first_month()).into_iter().nth(1);
        match (self, period) {
            (Self::Native, period) => Some(period.to_string()),
            (Self::Digits | Self::Month, Period::Month(month)) => Some(month.yyyymm().to_string()),
            (Self::Digits | Self::Quarter, Period::Quarter(year, quarter)) => Some(format!("{year:04}{quarter}")),
            (Self::Quarter, Period::Month(_)) => quarter_of(period).and_then(|quarter| self.write(quarter)),
            (Self::Digits, Period::Year(year)) => Some(format!("{year:04}")),
            (Self::Year, period) => Some(format!("{:04}", period.year())),
            (Self::Digits, Period::Half(..)) => None,
            (Self::Month, Period::Quarter(..) | Period::Half(..) | Period::Year(_)) => None,
            (Self::Quarter, Period::Half(..) | Period::Year(_)) => None,
        }
    }
}

fn rows_of(report: &Value, rows: ReportRows) -> &[Value] {
    report.get(rows.as_str()).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The member at a dotted path; null and nothing are the same.
fn member<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(value, |value, name| value.get(name)).filter(|value| !value.is_null())
}

/// A single value as text.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Puts a value at a name, in the objects that the name's dots ask for.
fn put(members: &mut Vec<(String, Shaped)>, name: &OutputName, value: Shaped) {
    let mut names = name.as_str().split('.').peekable();
    let mut at = members;
    while let Some(name) = names.next() {
        let index = at.iter().position(|(known, _)| known == name).unwrap_or_else(|| {
            at.push((name.to_owned(), Shaped::Object(Vec::new())));
            at.len() - 1
        });
        let Some((_, place)) = at.get_mut(index) else { return };
        if names.peek().is_none() {
            *place = value;
            return;
        }
        if !matches!(place, Shaped::Object(_)) {
            *place = Shaped::Object(Vec::new());
        }
        let Shaped::Object(inner) = place else { return };
        at = inner;
    }
}
