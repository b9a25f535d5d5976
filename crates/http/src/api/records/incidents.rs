//! Incidents and early warnings.

use crate::api::records::information_systems::reference;
use crate::auth::caller::{Caller, ReadRecords, WriteRecords};
use crate::request::agency_identifier::identifier;
use crate::request::batch;
use crate::request::batch::Keyed;
use crate::request::resource::{BatchResource, Find, PageRequest, PathParameter, Resource, operations};
use crate::request::time;
use crate::request::time::local;
use chrono::{DateTime, FixedOffset, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::HashMap;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::id::{IncidentId, InformationSystemId};
use thidua_domain::log::changes;
use thidua_domain::records::incidents::{Incident, IncidentKind, ReportClock, Severity};
use thidua_domain::text::{AgencyIdentifier, Code, Name, Prose};
use thidua_domain::violation::Violations;
use thidua_persistence::records::incidents;
use thidua_persistence::records::incidents::{Filter, Sort};
use thidua_persistence::records::information_systems;
use thidua_persistence::write::batch::{Mode, RowOutcome};
use thidua_persistence::{Connection, Page, Result as Stored, Transaction, WhatIf};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

impl Resource for IncidentInput {
    const PATH: &str = "incidents";
    const KEY: &[PathParameter] = &[PathParameter::identity("incident", "The incident's identity", 10577)];
    operations! {
        /// List incidents
        ///
        /// The incidents and early warnings of the agencies within your scope.
        LIST "listIncidents" => "A page of incidents";
        /// Record an incident
        ///
        /// An incident or an early warning. The first report is due 24 hours after detection, the detailed one after 72 hours.
        CREATE "createIncident" => "The new incident";
        /// Read an incident
        ///
        /// The incident with the deadlines of its reports and their present state.
        READ "getIncident" => "The incident";
        /// Change an incident
        ///
        /// A JSON merge patch (RFC 7396). The agency must lie within your scope before and after.
        UPDATE "updateIncident" => "The incident as it is now";
        /// Delete an incident
        ///
        /// For an incident recorded by mistake; a closed one is given `resolved_at` instead.
        DELETE "deleteIncident" => "It is gone";
    }
    const KEY_OF: fn(&IncidentView) -> String = |view| view.id.to_string();
    const WRITTEN: fn(&IncidentView) -> &Self = |view| &view.incident;
    const FIND: Find<Self> = Find::Stored(visible);

    type Reads = ReadRecords;
    type Writes = WriteRecords;
    type Key = i64;
    type View = IncidentView;
    type Sort = Sort;
    type Filter = IncidentFilter;

    fn example() -> Value {
        json!({
            "agency": "H18.SKHCN", "system": "HT-01", "kind": "incident", "severity": "medium",
            "title": "Dò quét cổng bất thường (ví dụ)", "detected_at": "2026-11-03T08:30:00+07:00",
            "first_reported_at": "2026-11-03T14:00:00+07:00"
        })
    }

    fn patch_example() -> Value {
        json!({"resolved_at": "2026-11-04T09:00:00+07:00"})
    }

    fn list(request: PageRequest<'_, Self>) -> Stored<Page<IncidentView>> {
        let PageRequest { connection, catalogue, caller, filter, sort, slice } = request;
        let agency = filter.agency.as_deref().map(|text| caller.agency(catalogue, "/agency", text)).transpose()?;
        let within = caller.within(catalogue, agency);
        let IncidentFilter { system, kind, severity, open, from, to, .. } = filter;
        let system = system.map(|code| reference(connection, catalogue, caller, &code)).transpose()?.transpose()?;
        let (from, to) = (from.map(|moment| moment.to_utc()), to.map(|moment| moment.to_utc()));
        let page =
            incidents::list(connection, &Filter { within, system, kind, severity, from, to, open }, sort, slice)?;
        let systems: Vec<_> = page.items.iter().filter_map(|(_, incident)| incident.system).collect();
        let systems = information_systems::codes(connection, &systems)?;
        let now = Utc::now();
        Ok(page.map(|(id, incident)| IncidentView::new(catalogue, &systems, id, &incident, now)))
    }

    fn insert(self, transaction: &mut Transaction<'_>, caller: &Caller) -> Stored<IncidentView> {
        let catalogue = transaction.catalogue();
        let incident = self.parse((transaction.connection(), &catalogue), caller, None)?;
        let id = incidents::insert(transaction, &incident)?;
        IncidentView::load(transaction.connection(), &catalogue, id)
    }

    fn update(self, transaction: &mut Transaction<'_>, caller: &Caller, current: IncidentView) -> Stored<IncidentView> {
        let (id, catalogue) = (current.id, transaction.catalogue());
        let system = incidents::get(transaction.connection(), id)?.system;
        let kept = system.filter(|_| self.system == current.incident.system);
        let incident = self.parse((transaction.connection(), &catalogue), caller, kept)?;
        incidents::update(transaction, id, &incident)?;
        IncidentView::load(transaction.connection(), &catalogue, id)
    }

    fn delete(transaction: &mut Transaction<'_>, _: &Caller, current: IncidentView) -> Stored<()> {
        incidents::delete(transaction, current.id)
    }
}

impl BatchResource for IncidentInput {
    operations! {
        /// Record many incidents
        ///
        /// An incident has no code: a row is known by agency, moment of detection and title.
        BATCH "batchIncidents" => "All rows were written";
    }

    fn row_example() -> Value {
        json!({"agency": "H18.SKHCN", "kind": "early_warning", "severity": "low", "title": "Cảnh báo lỗ hổng (ví dụ)", "detected_at": "2026-11-03T08:30:00+07:00"})
    }

    fn write_set(
        transaction: &mut Transaction<'_>,
        caller: &Caller,
        inputs: &[&Self],
        mode: Mode,
    ) -> Stored<Vec<RowOutcome>> {
        batch::write_records(transaction, &(), inputs, mode, |transaction, input| {
            let catalogue = transaction.catalogue();
            input.parse((transaction.connection(), &catalogue), caller, None)
        })
    }

    fn assume(what_if: &mut WhatIf<'_>, caller: &Caller, inputs: &[&Self], mode: Mode) -> Stored<Vec<RowOutcome>> {
        let rules = what_if.rules().clone();
        let parse = |what_if: &mut WhatIf<'_>, input: &Self| {
            input.parse((what_if.connection(), rules.catalogue()), caller, None)
        };
        batch::assume_records(what_if, &(), inputs, mode, parse)
    }
}

/// Filters of the list.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct IncidentFilter {
    /// Only the agency with this identifier and those below it.
    agency: Option<AgencyIdentifier>,
    /// Only the system with this code.
    system: Option<Code>,
    /// Only this kind.
    kind: Option<IncidentKind>,
    /// Only this severity.
    severity: Option<Severity>,
    /// Only those not resolved yet (`true`), or only those resolved (`false`).
    open: Option<bool>,
    /// Only those detected at this moment or later; in an address `+` is written `%2B`.
    from: Option<DateTime<FixedOffset>>,
    /// Only those detected at this moment or earlier; in an address `+` is written `%2B`.
    to: Option<DateTime<FixedOffset>>,
}

/// An incident as it is written. Moments carry an offset, are kept to the microsecond, and do not lie in the
/// future; clocks may differ by five minutes.
#[derive(Debug, Clone, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IncidentInput {
    /// Identifier of the agency concerned.
    agency: AgencyIdentifier,
    /// Code of the system concerned, when it is known.
    system: Option<Code>,
    /// Incident or early warning.
    kind: IncidentKind,
    /// Severity.
    severity: Severity,
    /// Title: what happened, on one line.
    title: Name,
    /// Particulars.
    description: Option<Prose>,
    /// Time of detection.
    detected_at: DateTime<FixedOffset>,
    /// Time of the first report.
    first_reported_at: Option<DateTime<FixedOffset>>,
    /// Time of the detailed report.
    detailed_reported_at: Option<DateTime<FixedOffset>>,
    /// Time of resolution.
    resolved_at: Option<DateTime<FixedOffset>>,
}

/// An incident.
#[derive(Debug, Serialize, ToSchema)]
pub struct IncidentView {
    /// Identity.
    id: IncidentId,
    /// The incident.
    #[serde(flatten)]
    incident: IncidentInput,
    /// Deadline of the first report: 24 hours after detection.
    first_report_due: DateTime<FixedOffset>,
    /// Present state of the first report.
    first_report: ReportClock,
    /// Deadline of the detailed report: 72 hours after detection.
    detailed_report_due: DateTime<FixedOffset>,
    /// Present state of the detailed report.
    detailed_report: ReportClock,
}

impl Keyed for IncidentInput {
    const WEIGHT: usize = 20;

    fn key(&self) -> String {
        format!("{}/{}/{}", self.agency, self.detected_at.to_rfc3339(), self.title)
    }
}

impl IncidentInput {
    /// Parses the incident. `kept` is its stored system where the input leaves that as it is: it may have left the
    /// caller's scope since.
    fn parse(
        &self,
        (connection, catalogue): (&mut Connection, &Catalogue),
        caller: &Caller,
        kept: Option<InformationSystemId>,
    ) -> Stored<Incident> {
        let mut found = Violations::default();
        let agency = found.take(caller.agency(catalogue, "/agency", &self.agency));
        let system = match (kept, &self.system) {
            (None, Some(code)) => found.take(reference(connection, catalogue, caller, code)?).map(Some),
            (kept, _) => Some(kept),
        };
        let detected_at = found.take(time::parse("/detected_at", self.detected_at));
        let mut later = |pointer: &str, moment: Option<DateTime<FixedOffset>>| {
            found.take(moment.map(|moment| time::parse(pointer, moment)).transpose())
        };
        let first_reported_at = later("/first_reported_at", self.first_reported_at);
        let detailed_reported_at = later("/detailed_reported_at", self.detailed_reported_at);
        let resolved_at = later("/resolved_at", self.resolved_at);
        let incident = (|| {
            Some(Incident {
                agency: agency?,
                system: system?,
                kind: self.kind,
                severity: self.severity,
                title: self.title.clone(),
                description: self.description.clone(),
                detected_at: detected_at?,
                first_reported_at: first_reported_at?,
                detailed_reported_at: detailed_reported_at?,
                resolved_at: resolved_at?,
            })
        })();
        Ok(found.finish(incident)?)
    }
}

impl IncidentView {
    fn new(
        catalogue: &Catalogue,
        systems: &SystemCodes,
        id: IncidentId,
        incident: &Incident,
        now: DateTime<Utc>,
    ) -> Self {
        let input = IncidentInput {
            agency: identifier(catalogue, incident.agency),
            system: incident.system.and_then(|id| systems.get(&id)).cloned(),
            kind: incident.kind,
            severity: incident.severity,
            title: incident.title.clone(),
            description: incident.description.clone(),
            detected_at: local(incident.detected_at),
            first_reported_at: incident.first_reported_at.map(local),
            detailed_reported_at: incident.detailed_reported_at.map(local),
            resolved_at: incident.resolved_at.map(local),
        };
        Self {
            id,
            incident: input,
            first_report_due: local(incident.first_report_due()),
            first_report: incident.first_report(now),
            detailed_report_due: local(incident.detailed_report_due()),
            detailed_report: incident.detailed_report(now),
        }
    }

    fn load(connection: &mut Connection, catalogue: &Catalogue, id: IncidentId) -> Stored<Self> {
        let incident = incidents::get(connection, id)?;
        let systems = information_systems::codes(connection, incident.system.as_slice())?;
        Ok(Self::new(catalogue, &systems, id, &incident, connection.moment(Utc::now())))
    }
}

/// The codes of the systems that a page of incidents mentions.
type SystemCodes = HashMap<InformationSystemId, Code>;

/// The incident in an address, within the caller's scope.
fn visible(connection: &mut Connection, catalogue: &Catalogue, caller: &Caller, id: i64) -> Stored<IncidentView> {
    let agency = incidents::get(connection, IncidentId(id))?.agency;
    caller.require(catalogue, agency, changes::Resource::Incidents)?;
    IncidentView::load(connection, catalogue, IncidentId(id))
}
