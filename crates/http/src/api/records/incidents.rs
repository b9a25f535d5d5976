//! Incidents and early warnings.

use crate::api::records::information_systems::{SystemsByCode, among, reference, systems};
use crate::auth::caller::{ReadRecords, WriteRecords};
use crate::request::agency_identifier::identifier;
use crate::request::batch::Keyed;
use crate::request::resource::{
    BatchResource, Find, PageRequest, Parsing, PathParameter, Reads, RecordResource, Records, Resource, found,
    operations,
};
use crate::request::time::LocalTime;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::HashMap;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::id::{IncidentId, InformationSystemId};
use thidua_domain::records::incidents::{Incident, IncidentKind, ReportClock, Severity, require_order};
use thidua_domain::text::{AgencyIdentifier, Code, Name, Prose, optional};
use thidua_domain::violation::{Violation, Violations};
use thidua_persistence::records::incidents;
use thidua_persistence::records::incidents::{Filter, Sort};
use thidua_persistence::records::information_systems;
use thidua_persistence::{Connection, Page, Result as Stored};
use utoipa::{IntoParams, ToSchema};

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
    const WRITTEN: fn(&IncidentView) -> Option<&Self> = |view| Some(&view.incident);
    const FIND: Find<Self> = Find::Stored(|connection, catalogue, caller, id| {
        found::<Self>((connection, catalogue), caller, id, |incident| incident.agency)
    });

    type Reads = ReadRecords;
    type Writes = WriteRecords;
    type Key = i64;
    type View = IncidentView;
    type Sort = Sort;
    type Filter = IncidentFilter;
    type Writing = Records;

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
        let (from, to) = (from.map(LocalTime::moment), to.map(LocalTime::moment));
        let page =
            incidents::list(connection, &Filter { within, system, kind, severity, from, to, open }, sort, slice)?;
        let systems: Vec<_> = page.items.iter().filter_map(|(_, incident)| incident.system).collect();
        let systems = information_systems::codes(connection, &systems)?;
        let now = Utc::now();
        Ok(page.map(|(id, incident)| IncidentView::new(catalogue, &systems, id, &incident, now)))
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
}

/// Filters of the list.
#[derive(Debug, Clone, Deserialize, IntoParams)]
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
    from: Option<LocalTime>,
    /// Only those detected at this moment or earlier; in an address `+` is written `%2B`.
    to: Option<LocalTime>,
}

/// An incident as it is written. Moments carry an offset, are kept to the microsecond, and do not lie in the
/// future; clocks may differ by five minutes.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
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
    detected_at: LocalTime,
    /// Time of the first report.
    first_reported_at: Option<LocalTime>,
    /// Time of the detailed report.
    detailed_reported_at: Option<LocalTime>,
    /// Time of resolution.
    resolved_at: Option<LocalTime>,
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
    first_report_due: LocalTime,
    /// Present state of the first report.
    first_report: ReportClock,
    /// Deadline of the detailed report: 72 hours after detection.
    detailed_report_due: LocalTime,
    /// Present state of the detailed report.
    detailed_report: ReportClock,
}

impl Keyed for IncidentInput {
    const WEIGHT: usize = 20;

    fn key(&self) -> String {
        format!("{}/{}/{}", self.agency, self.detected_at, self.title)
    }

    /// A title is no code.
    fn compared_key(&self) -> String {
        self.key()
    }
}

impl RecordResource for IncidentInput {
    type Record = Incident;
    type Named = SystemsByCode;
    const ID: fn(&IncidentView) -> IncidentId = |view| view.id;

    fn look_up(reads: &mut impl Reads, inputs: &[&Self]) -> Stored<(SystemsByCode, ())> {
        Ok((systems(reads.connection(), inputs.iter().filter_map(|input| input.system.as_deref()))?, ()))
    }

    fn check(&self) -> Result<(), Vec<Violation>> {
        let later = [self.first_reported_at, self.detailed_reported_at, self.resolved_at];
        require_order(self.detected_at.0, later.map(|moment| moment.map(LocalTime::moment)))
    }

    fn parse(&self, by: &Parsing<'_, Self>) -> Stored<Incident> {
        let Parsing { catalogue, caller, named, current, .. } = *by;
        let mut found = Violations::default();
        let agency = found.take(caller.agency(catalogue, "/agency", &self.agency));
        // A system that stays as it is may have left the caller's scope since.
        let is_kept = current.is_some_and(|current| current.incident.system == self.system);
        let system = found.take(optional(self.system.as_deref(), |code| match named.get(code) {
            Some((id, _)) if is_kept => Ok(*id),
            _ => among(named, catalogue, caller, code),
        }));
        let incident = (|| {
            Some(Incident {
                agency: agency?,
                system: system?,
                kind: self.kind,
                severity: self.severity,
                title: self.title.clone(),
                description: self.description.clone(),
                detected_at: self.detected_at.0,
                first_reported_at: self.first_reported_at.map(LocalTime::moment),
                detailed_reported_at: self.detailed_reported_at.map(LocalTime::moment),
                resolved_at: self.resolved_at.map(LocalTime::moment),
            })
        })();
        Ok(found.finish(incident)?)
    }

    fn view(
        connection: &mut Connection,
        catalogue: &Catalogue,
        id: IncidentId,
        incident: &Incident,
    ) -> Stored<IncidentView> {
        let systems = information_systems::codes(connection, incident.system.as_slice())?;
        Ok(IncidentView::new(catalogue, &systems, id, incident, connection.moment(Utc::now())))
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
            detected_at: LocalTime(incident.detected_at),
            first_reported_at: incident.first_reported_at.map(LocalTime),
            detailed_reported_at: incident.detailed_reported_at.map(LocalTime),
            resolved_at: incident.resolved_at.map(LocalTime),
        };
        Self {
            id,
            incident: input,
            first_report_due: LocalTime(incident.first_report_due()),
            first_report: incident.first_report(now),
            detailed_report_due: LocalTime(incident.detailed_report_due()),
            detailed_report: incident.detailed_report(now),
        }
    }
}

/// The codes of the systems that a page of incidents mentions.
type SystemCodes = HashMap<InformationSystemId, Code>;
