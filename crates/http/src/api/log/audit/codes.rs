//! Codes in the place of identities, so that a change can be read without looking each of them up.

use crate::api::catalogue::{calendars, indicators, movement_codes, phases};
use crate::request::agency_identifier::identifier;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Display;
use std::hash::Hash;
use thidua_domain::Date;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::id::{
    AccountId, AgencyId, CalendarId, CourseId, IndicatorId, InformationSystemId, MovementId, PhaseId, StaffId,
};
use thidua_persistence::log::audit::AuditedChange;
use thidua_persistence::records::{courses, information_systems, staff};
use thidua_persistence::{Connection, Model, Result};

/// The codes of the people, courses and systems that rows name, as they are now; whatever is gone or erased has none.
#[derive(Debug, Default)]
pub(super) struct RowCodes {
    staff: HashMap<i64, String>,
    courses: HashMap<i64, String>,
    systems: HashMap<i64, String>,
}

/// The codes of everything that a row may name.
pub(super) struct Codes<'a> {
    pub(super) catalogue: &'a Catalogue,
    pub(super) accounts: &'a BTreeMap<AccountId, String>,
    pub(super) rows: &'a RowCodes,
    /// The present read model, and today.
    pub(super) now: (&'a Model, Date),
}

impl RowCodes {
    /// Reads the codes that changes name.
    pub(super) fn read(connection: &mut Connection, changes: &[AuditedChange]) -> Result<Self> {
        let rows =
            || changes.iter().flat_map(|change| [&change.logged.change.before, &change.logged.change.after]).flatten();
        let rows: Vec<Value> = rows().filter_map(|text| serde_json::from_str(text).ok()).collect();
        let named =
            |member: &str| -> BTreeSet<i64> { rows.iter().filter_map(|row| row.get(member)?.as_i64()).collect() };
        let (people, taught, watched) = (named("staff"), named("course"), named("system"));
        let people: Vec<_> = people.into_iter().map(StaffId).collect();
        let taught: Vec<_> = taught.into_iter().map(CourseId).collect();
        let watched: Vec<_> = watched.into_iter().map(InformationSystemId).collect();
        Ok(Self {
            staff: texts(staff::codes(connection, &people)?, |id| id.0),
            courses: texts(courses::codes(connection, &taught)?, |id| id.0),
            systems: texts(information_systems::codes(connection, &watched)?, |id| id.0),
        })
    }
}

impl Codes<'_> {
    /// A member's value with codes in the place of the identities it holds; nothing when it holds none.
    pub(super) fn of(&self, member: &str, value: &Value) -> Option<Value> {
        match value {
            Value::Number(id) => self.code(member, id.as_i64()?).map(Value::String),
            Value::Array(items) => {
                let coded: Vec<Option<Value>> = items.iter().map(|item| self.of(member, item)).collect();
                let any = coded.iter().any(Option::is_some);
                let items = items.iter().zip(coded).map(|(item, coded)| coded.unwrap_or_else(|| item.clone()));
                any.then(|| Value::Array(items.collect()))
            }
            Value::Object(members) => {
                let mut coded = members.clone();
                let mut any = false;
                for (name, value) in &mut coded {
                    if let Some(code) = self.of(name, value) {
                        (*value, any) = (code, true);
                    }
                }
                any.then_some(Value::Object(coded))
            }
            _ => None,
        }
    }

    /// The code of the row with an identity, which a member of this name holds.
    pub(super) fn code(&self, member: &str, id: i64) -> Option<String> {
        let catalogue = self.catalogue;
        let code: String = match member {
            "agency" | "agencies" | "organiser" | "owner" | "parent" | "predecessors" => {
                identifier(catalogue, AgencyId(id)).into()
            }
            "calendar" => calendars::code(catalogue, CalendarId(id)).into(),
            "indicator" | "indicators" => indicators::code(catalogue, IndicatorId(id)).into(),
            "movement" => movement_codes::code(catalogue, MovementId(id)).into(),
            "phase" => phases::code(catalogue, PhaseId(id)).into(),
            "by" | "client" | "requested_by" => self.accounts.get(&AccountId(id))?.clone(),
            "staff" => self.rows.staff.get(&id)?.clone(),
            "course" => self.rows.courses.get(&id)?.clone(),
            "system" => self.rows.systems.get(&id)?.clone(),
            _ => return None,
        };
        (!code.is_empty()).then_some(code)
    }
}

fn texts<K: Eq + Hash, V: Display>(codes: HashMap<K, V>, id: impl Fn(&K) -> i64) -> HashMap<i64, String> {
    codes.into_iter().map(|(key, code)| (id(&key), code.to_string())).collect()
}
