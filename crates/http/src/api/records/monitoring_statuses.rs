//! Monitoring statuses.

use crate::api::closing::late::{CountedFrom, counted_from};
use crate::api::records::information_systems::{SystemsByCode, among, reference, systems};
use crate::auth::caller::{Caller, ReadRecords, WriteRecords};
use crate::request::batch::Keyed;
use crate::request::resource::{
    BatchResource, Find, PageRequest, Parsing, PathParameter, Reads, RecordResource, Records, Resource, operations,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::HashMap;
use thidua_domain::Date;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::closing::late::{Dated, Late};
use thidua_domain::id::{InformationSystemId, MonitoringStatusId};
use thidua_domain::log::changes;
use thidua_domain::records::monitoring_statuses::{Monitor, MonitoringStatus, require_event_by};
use thidua_domain::text::{AgencyIdentifier, Code, Prose, Reference};
use thidua_domain::violation::Violation;
use thidua_persistence::records::information_systems;
use thidua_persistence::records::monitoring_statuses;
use thidua_persistence::records::monitoring_statuses::{Filter, Sort};
use thidua_persistence::{Connection, Page, Result as Stored};
use utoipa::{IntoParams, ToSchema};

impl Resource for MonitoringStatusInput {
    const PATH: &str = "monitoring-statuses";
    const KEY: &[PathParameter] = &[PathParameter::identity("monitoring_status", "The status's identity", 10047)];
    operations! {
        /// List monitoring statuses
        ///
        /// The statuses of the systems whose current or last agency lies within your scope.
        LIST "listMonitoringStatuses" => "A page of monitoring statuses";
        /// Record a monitoring status
        ///
        /// One status per system and day; its facts hold until the next one. The indicator's rule combines them.
        CREATE "createMonitoringStatus" => "The new monitoring status";
        /// Read a monitoring status
        ///
        /// The facts about one system on one day.
        READ "getMonitoringStatus" => "The monitoring status";
        /// Change a monitoring status
        ///
        /// A JSON merge patch (RFC 7396). The system of a status cannot change.
        UPDATE "updateMonitoringStatus" => "The monitoring status as it is now";
        /// Delete a monitoring status
        ///
        /// The status before it holds again. Refused while its day lies in a locked period or a frozen phase.
        DELETE "deleteMonitoringStatus" => "It is gone";
    }
    const KEY_OF: fn(&MonitoringStatusView) -> String = |view| view.id.to_string();
    const WRITTEN: fn(&MonitoringStatusView) -> Option<&Self> = |view| Some(&view.status);
    const FIND: Find<Self> = Find::Stored(visible);

    type Reads = ReadRecords;
    type Writes = WriteRecords;
    type Key = i64;
    type View = MonitoringStatusView;
    type Sort = Sort;
    type Filter = MonitoringStatusFilter;
    type Writing = Records;

    fn example() -> Value {
        json!({
            "system": "HT-01", "on": "2026-11-05", "level_approved": true, "plan_deployed": true,
            "monitored_by": "provincial_soc", "last_event": "2026-11-04", "assessment_valid_until": "2027-06-30"
        })
    }

    fn patch_example() -> Value {
        json!({"plan_deployed": true})
    }

    fn list(request: PageRequest<'_, Self>) -> Stored<Page<MonitoringStatusView>> {
        let PageRequest { connection, catalogue, caller, filter, sort, slice } = request;
        let agency = filter.agency.as_deref().map(|text| caller.agency(catalogue, "/agency", text)).transpose()?;
        let within = caller.within(catalogue, agency);
        let system =
            filter.system.map(|code| reference(connection, catalogue, caller, &code)).transpose()?.transpose()?;
        let filter = Filter { within, system, from: filter.from, to: filter.to, monitored_by: filter.monitored_by };
        let page = monitoring_statuses::list(connection, &filter, sort, slice)?;
        let systems: Vec<_> = page.items.iter().map(|(_, status)| status.system).collect();
        let codes = information_systems::codes(connection, &systems)?;
        Ok(page.map(|(id, status)| MonitoringStatusView::new(catalogue, &codes, id, &status)))
    }
}

impl BatchResource for MonitoringStatusInput {
    operations! {
        /// Record many monitoring statuses
        ///
        /// A row is known by system and day.
        BATCH "batchMonitoringStatuses" => "All rows were written";
    }
}

/// Filters of the list.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MonitoringStatusFilter {
    /// Only systems whose current or last agency is the one with this identifier or lies below it.
    agency: Option<AgencyIdentifier>,
    /// Only the system with this code.
    system: Option<Code>,
    /// Only from this day on.
    from: Option<Date>,
    /// Only up to this day.
    to: Option<Date>,
    /// Only systems monitored in this way.
    monitored_by: Option<Monitor>,
}

/// A monitoring status as it is written.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MonitoringStatusInput {
    /// The system's code.
    system: Code,
    /// The day the facts were established; not in the future.
    on: Date,
    /// True when the level has been approved.
    level_approved: bool,
    /// True when the protection plan has been deployed.
    plan_deployed: bool,
    /// Party that monitors it.
    monitored_by: Monitor,
    /// The day of the last monitoring event; not after `on`.
    last_event: Option<Date>,
    /// The last day on which the independent assessment is valid.
    assessment_valid_until: Option<Date>,
    /// Place of the evidence.
    evidence: Option<Reference>,
    /// Remarks.
    note: Option<Prose>,
}

/// A monitoring status.
#[derive(Debug, Serialize, ToSchema)]
pub struct MonitoringStatusView {
    /// Identity.
    id: MonitoringStatusId,
    /// Calendars in which it counts from another day than `on`, since it came when months were closed.
    #[schema(max_items = 100)]
    counted_from: Vec<CountedFrom>,
    /// The status.
    #[serde(flatten)]
    status: MonitoringStatusInput,
}

impl Keyed for MonitoringStatusInput {
    const WEIGHT: usize = 4;

    fn key(&self) -> String {
        format!("{}/{}", self.system, self.on)
    }
}

impl RecordResource for MonitoringStatusInput {
    type Record = MonitoringStatus;
    type Named = SystemsByCode;
    const ID: fn(&MonitoringStatusView) -> MonitoringStatusId = |view| view.id;
    const OWNER: Option<fn(&Self) -> &str> = Some(|input| &input.system);

    fn look_up(reads: &mut impl Reads, inputs: &[&Self]) -> Stored<(SystemsByCode, ())> {
        Ok((systems(reads.connection(), inputs.iter().map(|input| input.system.as_str()))?, ()))
    }

    fn check(&self) -> Result<(), Vec<Violation>> {
        require_event_by(self.on, self.last_event).map_err(|broken| vec![broken])
    }

    fn parse(&self, by: &Parsing<'_, Self>) -> Stored<MonitoringStatus> {
        let Self { on, level_approved, plan_deployed, monitored_by, last_event, .. } = *self;
        let Self { assessment_valid_until, evidence, note, .. } = self.clone();
        Ok(MonitoringStatus {
            system: among(by.named, by.catalogue, by.caller, &self.system)?,
            on,
            level_approved,
            plan_deployed,
            monitored_by,
            last_event,
            assessment_valid_until,
            evidence,
            note,
            late: Late::default(),
        })
    }

    fn view(
        connection: &mut Connection,
        catalogue: &Catalogue,
        id: MonitoringStatusId,
        status: &MonitoringStatus,
    ) -> Stored<MonitoringStatusView> {
        let codes = information_systems::codes(connection, &[status.system])?;
        Ok(MonitoringStatusView::new(catalogue, &codes, id, status))
    }
}

impl MonitoringStatusView {
    fn new(
        catalogue: &Catalogue,
        codes: &HashMap<InformationSystemId, Code>,
        id: MonitoringStatusId,
        status: &MonitoringStatus,
    ) -> Self {
        let counted_from = counted_from(catalogue, Dated::Monitoring, status.on, &status.late);
        let status = MonitoringStatusInput {
            system: codes.get(&status.system).cloned().unwrap_or_default(),
            on: status.on,
            level_approved: status.level_approved,
            plan_deployed: status.plan_deployed,
            monitored_by: status.monitored_by,
            last_event: status.last_event,
            assessment_valid_until: status.assessment_valid_until,
            evidence: status.evidence.clone(),
            note: status.note.clone(),
        };
        Self { id, counted_from, status }
    }
}

/// The status in an address; those of systems outside the caller's scope look missing.
fn visible(
    connection: &mut Connection,
    catalogue: &Catalogue,
    caller: &Caller,
    id: i64,
) -> Stored<MonitoringStatusView> {
    let id = MonitoringStatusId(id);
    let agency = monitoring_statuses::agency(connection, id)?;
    caller.require(catalogue, agency, changes::Resource::MonitoringStatuses)?;
    let status = monitoring_statuses::get(connection, id)?;
    MonitoringStatusInput::view(connection, catalogue, id, &status)
}
