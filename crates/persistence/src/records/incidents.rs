//! Incidents and early warnings. They enter no figure.

use crate::engine::connection::{AnyBackend, Connection};
use crate::engine::decode::{moment, spelled, stored, stored_option};
use crate::engine::in_list::{distinct, one_of};
use crate::engine::insert_rows::insert_rows;
use crate::engine::paging::{Page, Slice, paged};
use crate::engine::schema::incidents;
use crate::error::{Error, Result};
use crate::log::expected_rows::impl_row_check;
use crate::log::past;
use crate::records::information_systems;
use crate::write::batch::{Difference, Record, Written};
use crate::write::rules::Rules;
use crate::write::transaction::Transaction;
use diesel::prelude::*;
use thidua_domain::id::{AgencyId, IncidentId, InformationSystemId};
use thidua_domain::log::changes::Resource;
use thidua_domain::records::incidents::{Incident, IncidentKind, Severity};
use thidua_domain::text::{Name, Prose};
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

thidua_domain::string_enum! {
    /// Sort orders of incidents; the first is the default.
    Sort {
        /// By the moment of detection.
        DetectedAt = "detected_at",
        /// In the order of creation.
        Id = "id",
    }
}

/// Lists incidents.
pub fn list(
    connection: &mut Connection,
    filter: &Filter,
    sort: Sort,
    slice: &Slice,
) -> Result<Page<(IncidentId, Incident)>> {
    match sort {
        Sort::Id => paged!(connection, selected(filter), slice, id = incidents::id, by = incidents::id => i64,
                           |row: Row| (row.id, row.id), Row::parse),
        Sort::DetectedAt => {
            paged!(connection, selected(filter), slice, id = incidents::id, by = incidents::detected_at => i64,
                   |row: Row| (row.detected_at, row.id), Row::parse)
        }
    }
}

/// The rows that a filter lets through.
fn selected(filter: &Filter) -> incidents::BoxedQuery<'_, AnyBackend> {
    let mut query = incidents::table.into_boxed::<AnyBackend>();
    if let Some(within) = &filter.within {
        query = query.filter(one_of(incidents::agency_id, within.iter().map(|id| id.0)));
    }
    if let Some(system) = filter.system {
        query = query.filter(incidents::system_id.eq(system.0));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(incidents::kind.eq(kind.as_str()));
    }
    if let Some(severity) = filter.severity {
        query = query.filter(incidents::severity.eq(severity.as_str()));
    }
    if let Some(from) = filter.from {
        query = query.filter(incidents::detected_at.ge(from.timestamp_micros()));
    }
    if let Some(to) = filter.to {
        query = query.filter(incidents::detected_at.le(to.timestamp_micros()));
    }
    match filter.open {
        Some(true) => query = query.filter(incidents::resolved_at.is_null()),
        Some(false) => query = query.filter(incidents::resolved_at.is_not_null()),
        None => {}
    }
    query
}

/// The incident with an identity.
pub fn get(connection: &mut Connection, id: IncidentId) -> Result<Incident> {
    if let Some(seq) = connection.as_of() {
        return past::required(connection, Resource::Incidents, id.0, seq);
    }
    let row: Option<Row> = incidents::table.find(id.0).first(&mut connection.0).optional()?;
    Ok(row.ok_or(Error::NotFound(Resource::Incidents))?.parse()?.1)
}

/// Creates an incident.
pub fn insert(transaction: &mut Transaction<'_>, incident: &Incident) -> Result<IncidentId> {
    let rules = transaction.rules();
    check_facts(transaction.connection(), &rules, incident)?;
    let id = IncidentId(transaction.created(Resource::Incidents, incident)?);
    diesel::insert_into(incidents::table).values(Row::new(id, incident)).execute(transaction.raw())?;
    Ok(id)
}

/// Changes an incident.
pub fn update(transaction: &mut Transaction<'_>, id: IncidentId, after: &Incident) -> Result<()> {
    let before = get(transaction.connection(), id)?;
    let rules = transaction.rules();
    check_facts(transaction.connection(), &rules, after)?;
    transaction.updated(Resource::Incidents, id.0, &before, after)?;
    diesel::update(incidents::table.find(id.0)).set(Row::new(id, after)).execute(transaction.raw())?;
    Ok(())
}

/// Deletes an incident.
pub fn delete(transaction: &mut Transaction<'_>, id: IncidentId) -> Result<()> {
    let before = get(transaction.connection(), id)?;
    transaction.deleted(Resource::Incidents, id.0, &before)?;
    diesel::delete(incidents::table.find(id.0)).execute(transaction.raw())?;
    Ok(())
}

fn check_facts(connection: &mut Connection, rules: &Rules, incident: &Incident) -> Result<()> {
    incident.check()?;
    incident.check_happened(rules.now())?;
    rules.require_agency_on("/agency", incident.agency, civil_date(incident.detected_at))?;
    if let Some(system) = incident.system {
        information_systems::get(connection, system)?;
    }
    Ok(())
}

/// An incident has no code of its own: in a batch it is known by agency, moment of detection and title.
impl Record for Incident {
    const RESOURCE: Resource = Resource::Incidents;
    type Key = (AgencyId, Moment, String);
    type References = ();

    fn key(&self) -> Self::Key {
        (self.agency, self.detected_at, self.title.to_string())
    }

    fn stored(connection: &mut Connection, _: &(), records: &[Self]) -> Result<Vec<(i64, Self)>> {
        let moments = distinct(records.iter().map(|record| record.detected_at.timestamp_micros()).collect());
        let rows: Vec<Row> = incidents::table
            .filter(one_of(incidents::detected_at, moments))
            .order(incidents::id.desc())
            .load(&mut connection.0)?;
        rows.into_iter().map(Row::parse).map(|row| row.map(|(id, record)| (id.0, record))).collect()
    }

    fn check(connection: &mut Connection, rules: &Rules, _: &(), record: &Self) -> Result<()> {
        check_facts(connection, rules, record)
    }

    fn differences(_: &mut Connection, _: &Rules, _: &(), _: &[Written<Self>]) -> Result<Vec<Difference>> {
        Ok(Vec::new())
    }

    fn insert_rows(connection: &mut Connection, rows: &[(i64, &Self)]) -> Result<()> {
        let rows: Vec<_> = rows.iter().map(|(id, record)| Row::new(IncidentId(*id), record)).collect();
        insert_rows!(&mut connection.0, incidents::table, rows)
    }

    fn update_row(connection: &mut Connection, id: i64, after: &Self) -> Result<()> {
        let row = Row::new(IncidentId(id), after);
        diesel::update(incidents::table.find(id)).set(row).execute(&mut connection.0)?;
        Ok(())
    }
}

impl_row_check!(incidents, |id, row: &Incident| Ok(Row::new(id.into(), row)));

#[derive(PartialEq, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = incidents, treat_none_as_null = true, treat_none_as_default_value = false)]
struct Row {
    id: i64,
    agency_id: i64,
    system_id: Option<i64>,
    kind: String,
    severity: String,
    title: String,
    description: Option<String>,
    detected_at: i64,
    first_reported_at: Option<i64>,
    detailed_reported_at: Option<i64>,
    resolved_at: Option<i64>,
}

impl Row {
    fn new(id: IncidentId, incident: &Incident) -> Self {
        let micros = |moment: Moment| moment.timestamp_micros();
        Self {
            id: id.0,
            agency_id: incident.agency.0,
            system_id: incident.system.map(|system| system.0),
            kind: incident.kind.as_str().to_owned(),
            severity: incident.severity.as_str().to_owned(),
            title: incident.title.to_string(),
            description: incident.description.as_ref().map(ToString::to_string),
            detected_at: micros(incident.detected_at),
            first_reported_at: incident.first_reported_at.map(micros),
            detailed_reported_at: incident.detailed_reported_at.map(micros),
            resolved_at: incident.resolved_at.map(micros),
        }
    }

    fn parse(self) -> Result<(IncidentId, Incident)> {
        let incident = Incident {
            agency: AgencyId(self.agency_id),
            system: self.system_id.map(InformationSystemId),
            kind: spelled(IncidentKind::from_spelling, &self.kind)?,
            severity: spelled(Severity::from_spelling, &self.severity)?,
            title: stored(Name::parse("", &self.title))?,
            description: stored_option(self.description.as_ref(), Prose::parse)?,
            detected_at: moment(self.detected_at)?,
            first_reported_at: self.first_reported_at.map(moment).transpose()?,
            detailed_reported_at: self.detailed_reported_at.map(moment).transpose()?,
            resolved_at: self.resolved_at.map(moment).transpose()?,
        };
        Ok((IncidentId(self.id), incident))
    }
}
