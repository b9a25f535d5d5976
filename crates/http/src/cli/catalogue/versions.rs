//! Rows with a past: definitions and targets that changed with a month, agencies that moved on a day. A row says its first
//! state, and then what differs, in the order of time.

use super::documents::{Document, missing, shaped_as, written};
use crate::api::catalogue::agencies::{AgencyInput, AgencyView};
use crate::api::catalogue::indicators::IndicatorView;
use crate::api::catalogue::targets::TargetView;
use crate::auth::caller::Caller;
use crate::request::resource::{Resource, Writing};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thidua_domain::Date;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::agencies::AgencyKind;
use thidua_domain::catalogue::indicators::Indicator;
use thidua_domain::catalogue::targets::Target;
use thidua_domain::id::{IndicatorId, TargetId};
use thidua_domain::text::AgencyIdentifier;
use thidua_domain::time::Month;
use thidua_domain::violation::Violation;
use thidua_persistence::{Error, Result as Stored, Transaction};

/// Members of an indicator that have versions.
pub(super) const DEFINED: &[&str] = &[
    "holds_from",
    "movement",
    "numerator_definition",
    "denominator_definition",
    "unit",
    "semantics",
    "source",
    "agency_kinds",
];

/// Members of a target that have versions.
pub(super) const JUDGED: &[&str] = &["holds_from", "value", "comparison", "basis"];

/// A place of an agency before the present one.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct EarlierPlace {
    /// Its first day; absent for the first one, which begins with the agency.
    from: Option<Date>,
    kind: AgencyKind,
    parent: Option<AgencyIdentifier>,
}

/// A row whose later states are told by what differs in some members, as an export would say it.
pub(super) fn normal<R: Resource>(row: &Document, members: &[&str]) -> Result<Document, Vec<Violation>> {
    let (mut first, later) = (row.clone(), later(row)?);
    first.remove("later");
    let mut states = vec![written(&shaped_as::<R>(&first)?)];
    for (index, change) in later.iter().enumerate() {
        let pointer = format!("/later/{index}");
        let strangers = change.keys().filter(|name| !members.contains(&name.as_str()));
        let mut faults: Vec<_> = strangers
            .map(|name| Violation::new(format!("{pointer}/{name}"), "unknown_member").with("name", name))
            .collect();
        if !change.contains_key("holds_from") {
            faults.push(below(&pointer, missing("holds_from")));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let mut state = states.last().cloned().unwrap_or_default();
        state.extend(change.clone());
        let input = shaped_as::<R>(&state).map_err(|found| all_below(&pointer, found))?;
        states.push(written(&input));
    }
    Ok(folded(states))
}

/// The first of several states, with what differs in each of the others.
fn folded(states: Vec<Document>) -> Document {
    let changes = states.iter().zip(states.iter().skip(1)).map(|(before, after)| {
        let differs = after.iter().filter(|(name, value)| *name == "holds_from" || before.get(*name) != Some(value));
        Value::Object(differs.map(|(name, value)| (name.clone(), value.clone())).collect())
    });
    let later: Vec<Value> = changes.collect();
    let mut first = states.into_iter().next().unwrap_or_default();
    if !later.is_empty() {
        first.insert("later".to_owned(), Value::from(later));
    }
    first
}

/// A state of a row, and the pointer to the member that says it.
type State = (String, Document);

/// The states of a row, one after the other.
pub(super) fn all(row: &Document) -> Vec<State> {
    let mut state = row.clone();
    state.remove("later");
    let mut states = vec![(String::new(), state.clone())];
    for (index, change) in later(row).unwrap_or_default().into_iter().enumerate() {
        state.extend(change);
        states.push((format!("/later/{index}"), state.clone()));
    }
    states
}

fn later(row: &Document) -> Result<Vec<Document>, Vec<Violation>> {
    tables(row, "later")
}

/// The tables of a member.
fn tables<T: serde::de::DeserializeOwned>(row: &Document, member: &str) -> Result<Vec<T>, Vec<Violation>> {
    let Some(value) = row.get(member) else { return Ok(Vec::new()) };
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().iter().filter_map(|segment| match segment {
            serde_path_to_error::Segment::Seq { index } => Some(format!("/{index}")),
            serde_path_to_error::Segment::Map { key } => Some(format!("/{key}")),
            _ => None,
        });
        vec![Violation::new(format!("/{member}{}", path.collect::<String>()), "invalid_shape")]
    })
}

/// The document of an indicator.
pub(super) fn of_indicator(catalogue: &Catalogue, id: IndicatorId, row: &Indicator) -> Document {
    let states = row.definitions.all().map(|definition| {
        let month = definition.holds_from.unwrap_or(Month::EARLIEST);
        written(&IndicatorView::until(catalogue, id, row, month).indicator)
    });
    folded(states.collect())
}

/// The document of a target.
pub(super) fn of_target(catalogue: &Catalogue, id: TargetId, row: &Target) -> Document {
    let states = row.versions.all().map(|version| {
        let month = version.holds_from.unwrap_or(Month::EARLIEST);
        written(&TargetView::until(catalogue, id, row, month).target)
    });
    folded(states.collect())
}

/// A row of an agency as an export would say it.
pub(super) fn agency(row: &Document) -> Result<Document, Vec<Violation>> {
    let places: Vec<EarlierPlace> = tables(row, "earlier_places")?;
    let mut present = row.clone();
    present.remove("earlier_places");
    Ok(with_places(written(&shaped_as::<AgencyInput>(&present)?), &places))
}

/// The document of an agency.
pub(super) fn of_agency(view: &AgencyView) -> Document {
    let places = view.earlier_places.iter().enumerate().map(|(index, place)| EarlierPlace {
        from: (index > 0).then_some(place.from),
        kind: place.kind,
        parent: place.parent.clone(),
    });
    with_places(written(&view.agency), &places.collect::<Vec<_>>())
}

fn with_places(mut present: Document, places: &[EarlierPlace]) -> Document {
    if let Some(Value::Array(predecessors)) = present.get_mut("predecessors") {
        // They have no order.
        predecessors.sort_by_key(ToString::to_string);
    }
    if !places.is_empty() {
        let places: Vec<_> = places.iter().map(|place| Value::Object(written(place))).collect();
        present.insert("earlier_places".to_owned(), Value::from(places));
    }
    present
}

/// The states of an agency from its first place to the present one, in which it may have ended.
pub(super) fn places(row: &Document) -> Vec<State> {
    let mut present = row.clone();
    present.remove("earlier_places");
    let places: Vec<EarlierPlace> = tables(row, "earlier_places").unwrap_or_default();
    let earlier = places.iter().enumerate().map(|(index, place)| {
        let mut state = present.clone();
        ["parent", "placed_from", "valid_to", "predecessors"].iter().for_each(|member| drop(state.remove(*member)));
        let EarlierPlace { from, kind, parent } = place;
        state.insert("kind".to_owned(), Value::from(kind.as_str()));
        state.extend(from.map(|day| ("placed_from".to_owned(), Value::from(day.to_string()))));
        state.extend(parent.iter().map(|parent| ("parent".to_owned(), Value::from(parent.as_str()))));
        (format!("/earlier_places/{index}"), state)
    });
    earlier.collect::<Vec<_>>().into_iter().chain([(String::new(), present)]).collect()
}

/// Enters a row: its first state, and each later one over the one before.
pub(super) fn entered_one_by_one<R: Resource>(
    states: Vec<State>,
    transaction: &mut Transaction<'_>,
    caller: &Caller,
) -> Stored<()> {
    let mut current = None;
    for (pointer, state) in &states {
        let input = shaped_as::<R>(state)?;
        let done = match current {
            None => R::Writing::insert(input, transaction, caller),
            Some(view) => R::Writing::update(input, transaction, caller, view),
        };
        current = Some(done.map_err(|error| refused_below(pointer, error))?);
    }
    Ok(())
}

fn refused_below(pointer: &str, error: Error) -> Error {
    match error {
        Error::Invalid(found) => Error::Invalid(all_below(pointer, found)),
        Error::Conflict(found) => Error::Conflict(below(pointer, found)),
        other => other,
    }
}

fn all_below(pointer: &str, found: Vec<Violation>) -> Vec<Violation> {
    found.into_iter().map(|violation| below(pointer, violation)).collect()
}

fn below(pointer: &str, violation: Violation) -> Violation {
    Violation { pointer: format!("{pointer}{}", violation.pointer), ..violation }
}
