//! Incidents and early warnings. They enter no figure.

use crate::engine::columns::row;
use crate::engine::connection::{AnyBackend, Connection};
use crate::engine::in_list::{distinct, one_of};
use crate::engine::narrow::{Access, Narrow};
use crate::engine::paging::listed;
use crate::engine::schema::incidents;
use crate::error::{Result, both};
use crate::log::entity_tables::impl_entity;
use crate::records::information_systems;
use crate::write::batch::Record;
pub use crate::write::records::{delete, get, insert, update};
use crate::write::rules::Rules;
use diesel::prelude::*;
use thidua_domain::id::{AgencyId, IncidentId, InformationSystemId};
use thidua_domain::log::changes::Resource;
use thidua_domain::records::incidents::{Incident, IncidentKind, Severity};
use thidua_domain::time::{Moment, civil_date};

/// Filter of a list of incidents.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only those of these agencies.
    pub within: Option<Vec<AgencyId>>,
    /// Only this system's.
    pub system: Option<InformationSystemId>,
    /// Only this kind.
    pub kind: Option<IncidentKind>,
    /// Only this severity.
    pub severity: Option<Severity>,
    /// Only those detected at this moment or later.
    pub from: Option<Moment>,
    /// Only those detected at this moment or earlier.
    pub to: Option<Moment>,
    /// Only those not resolved yet, or only those resolved.
    pub open: Option<bool>,
}

listed! {
    /// Lists incidents.
    pub fn list(incidents, Filter, by |filter| filter.within.as_ref()) -> (IncidentId, Incident) = Row::parse;
    /// Sort orders of incidents; the first is the default.
    Sort {
        /// By the moment of detection.
        DetectedAt = "detected_at" => detected_at: i64,
        /// In the order of creation.
        Id = "id" => id: i64,
    }
}

/// The rows that a filter lets through.
fn selected(filter: &Filter, access: Access) -> incidents::BoxedQuery<'_, AnyBackend> {
    let query = incidents::table
        .into_boxed::<AnyBackend>()
        .within(incidents::agency_id, filter.within.as_ref(), access)
        .narrowed(filter.system.map(|system| incidents::system_id.eq(system.0)))
        .narrowed(filter.kind.map(|kind| incidents::kind.eq(kind.as_str())))
        .narrowed(filter.severity.map(|severity| incidents::severity.eq(severity.as_str())))
        .narrowed(filter.from.map(|from| incidents::detected_at.ge(from.timestamp_micros())))
        .narrowed(filter.to.map(|to| incidents::detected_at.le(to.timestamp_micros())));
    match filter.open {
        Some(true) => query.filter(incidents::resolved_at.is_null()),
        Some(false) => query.filter(incidents::resolved_at.is_not_null()),
        None => query,
    }
}

/// An incident has no code of its own: in a batch it is known by agency, moment of detection and title.
impl Record for Incident {
    type Key = (AgencyId, Moment, String);
    type References = ();

    fn key(&self) -> Self::Key {
        (self.agency, self.detected_at, self.title.to_string())
    }

    fn stored(connection: &mut Connection, _: &Rules, _: &(), records: &[Self]) -> Result<Vec<(Self::Id, Self)>> {
        let moments = distinct(records.iter().map(|record| record.detected_at.timestamp_micros()).collect());
        let rows: Vec<Row> = incidents::table
            .filter(one_of(incidents::detected_at, moments))
            .order(incidents::id.desc())
            .load(&mut connection.0)?;
        rows.into_iter().map(Row::parse).collect()
    }

    fn check(connection: &mut Connection, rules: &Rules, _: &(), _: Option<&Self>, incident: &Self) -> Result<()> {
        both(incident.check(), incident.check_happened(rules.now()))?;
        rules.require_agency_on("/agency", incident.agency, civil_date(incident.detected_at))?;
        if let Some(system) = incident.system {
            information_systems::get(connection, system)?;
        }
        Ok(())
    }
}

impl_entity!(incidents: IncidentId => Incident, Resource::Incidents);

row! {
    incidents: IncidentId => Incident {
        agency_id: i64 = agency,
        system_id: Option<i64> = system,
        kind: String = kind,
        severity: String = severity,
        title: String = title,
        description: Option<String> = description,
        detected_at: i64 = detected_at,
        first_reported_at: Option<i64> = first_reported_at,
        detailed_reported_at: Option<i64> = detailed_reported_at,
        resolved_at: Option<i64> = resolved_at,
    }
}
