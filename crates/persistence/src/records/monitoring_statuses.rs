//! Monitoring statuses: each write replaces the contribution of the information system.

use crate::engine::connection::{AnyBackend, Connection};
use crate::engine::date::Day;
use crate::engine::decode::from_json_or_empty;
use crate::engine::functions::unindexed;
use crate::engine::in_list::one_of;
use crate::engine::narrow::{Access, Narrow};
use crate::engine::paging::listed;
use crate::engine::schema::{information_systems, monitoring_statuses};
use crate::error::{Error, Result, both};
use crate::log::entity_tables::impl_entity;
use crate::records::monitoring_rows::{Row, of_system, of_systems};
use crate::write::batch::{Difference, Record, Written, by_owner};
pub use crate::write::records::{delete, get, insert, update};
use crate::write::rules::Rules;
use diesel::prelude::*;
use thidua_domain::Date;
use thidua_domain::cells::Cells;
use thidua_domain::closing::late::{Dated, Late};
use thidua_domain::figures::rehearsal::LateStatus;
use thidua_domain::id::{AgencyId, InformationSystemId, MonitoringStatusId};
use thidua_domain::log::changes::Resource;
use thidua_domain::records::information_systems::{InformationSystem, contribution};
use thidua_domain::records::monitoring_statuses::{Monitor, MonitoringStatus};
use thidua_domain::time::Window;
use thidua_domain::violation::Violation;

/// The monitoring statuses of certain days that came late.
pub(crate) fn late(connection: &mut Connection, window: Window) -> Result<Vec<LateStatus>> {
    let (on, late) = (monitoring_statuses::status_on, monitoring_statuses::late);
    let rows: Vec<(i64, Day, Option<String>)> = monitoring_statuses::table
        .inner_join(information_systems::table.on(information_systems::id.eq(monitoring_statuses::system_id)))
        .filter(on.between(Day(window.from), Day(window.to)).and(late.is_not_null()))
        .select((information_systems::agency_id, on, late))
        .load(&mut connection.0)?;
    let parse = |(agency, Day(on), late): (i64, Day, Option<String>)| {
        Ok(LateStatus { agency: AgencyId(agency), on, late: from_json_or_empty(late.as_ref())? })
    };
    rows.into_iter().map(parse).collect()
}

/// Filter of a list of monitoring statuses.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only those of systems whose current or last agency is one of these.
    pub within: Option<Vec<AgencyId>>,
    /// Only this system's.
    pub system: Option<InformationSystemId>,
    /// Only from this day on.
    pub from: Option<Date>,
    /// Only up to this day.
    pub to: Option<Date>,
    /// Only those monitored in this way.
    pub monitored_by: Option<Monitor>,
}

listed! {
    /// Lists monitoring statuses.
    pub fn list(monitoring_statuses, Filter, by |filter| filter.within.as_ref()) -> (MonitoringStatusId, MonitoringStatus) = Row::parse;
    /// Sort orders of monitoring statuses; the first is the default.
    Sort {
        /// In the order of creation.
        Id = "id" => id: i64,
        /// By day.
        On = "on" => status_on: Day,
    }
}

/// The rows that a filter lets through.
fn selected(filter: &Filter, access: Access) -> monitoring_statuses::BoxedQuery<'_, AnyBackend> {
    let systems = filter.within.as_ref().map(|within| {
        let among = one_of(information_systems::agency_id, within.iter().map(|id| id.0));
        information_systems::table.filter(among).select(information_systems::id)
    });
    let (searched, in_order) = match access {
        Access::Searched => (systems, None),
        Access::InOrder => (None, systems),
        Access::OfAll => (None, None),
    };
    monitoring_statuses::table
        .into_boxed::<AnyBackend>()
        .narrowed(searched.map(|systems| monitoring_statuses::system_id.eq_any(systems)))
        .narrowed(in_order.map(|systems| unindexed(monitoring_statuses::system_id).eq_any(systems)))
        .narrowed(filter.system.map(|system| monitoring_statuses::system_id.eq(system.0)))
        .narrowed(filter.from.map(|from| monitoring_statuses::status_on.ge(Day(from))))
        .narrowed(filter.to.map(|to| monitoring_statuses::status_on.le(Day(to))))
        .narrowed(filter.monitored_by.map(|monitor| monitoring_statuses::monitored_by.eq(monitor.as_str())))
}

/// The agency that runs, or last ran, the system of a status. It is found with one statement, so that a status outside
/// the caller's scope takes no longer than one that is not there.
pub fn agency(connection: &mut Connection, id: MonitoringStatusId) -> Result<AgencyId> {
    if connection.as_of().is_some() {
        let system = get(connection, id)?.system;
        return Ok(crate::records::information_systems::get(connection, system)?.tenures.last().agency);
    }
    let agency: Option<i64> = monitoring_statuses::table
        .inner_join(information_systems::table.on(information_systems::id.eq(monitoring_statuses::system_id)))
        .filter(monitoring_statuses::id.eq(id.0))
        .select(information_systems::agency_id)
        .first(&mut connection.0)
        .optional()?;
    agency.map(AgencyId).ok_or(Error::NotFound(Resource::MonitoringStatuses))
}

/// The months in which a changed status does not count. Refuses to change the facts it counts by if it counts in closed
/// time.
fn late_after(
    rules: &Rules,
    system: &InformationSystem,
    before: &MonitoringStatus,
    after: &MonitoringStatus,
) -> Result<Late> {
    let bare = |status: &MonitoringStatus| MonitoringStatus {
        evidence: None,
        note: None,
        late: Late::default(),
        ..status.clone()
    };
    if bare(before) == bare(after) {
        return Ok(before.late.clone());
    }
    rules.late(Dated::Monitoring, Some((before.on, &before.late)), after.on, system.roll())
}

impl Record for MonitoringStatus {
    type Key = (InformationSystemId, Date);
    type References = ();
    const TAKEN: Option<fn(&Self, i64) -> Error> = Some(|status, _| Error::taken("/on", status.on));

    fn key(&self) -> Self::Key {
        (self.system, self.on)
    }

    fn stored(connection: &mut Connection, _: &Rules, _: &(), records: &[Self]) -> Result<Vec<(Self::Id, Self)>> {
        let rows: Vec<Row> = monitoring_statuses::table
            .filter(one_of(monitoring_statuses::system_id, records.iter().map(|record| record.system.0)))
            .load(&mut connection.0)?;
        rows.into_iter().map(Row::parse).collect()
    }

    fn check(_: &mut Connection, rules: &Rules, _: &(), before: Option<&Self>, record: &Self) -> Result<()> {
        both(record.check(), record.check_happened(rules.today()))?;
        match before {
            Some(before) if before.system != record.system => Err(Violation::new("/system", "immutable.system").into()),
            _ => Ok(()),
        }
    }

    fn inherit(&mut self, before: &Self) {
        self.late.clone_from(&before.late);
    }

    fn decide_late(connection: &mut Connection, rules: &Rules, _: &(), write: &mut Written<Self>) -> Result<()> {
        let may_be_late =
            |status: &Self| !status.late.is_empty() || rules.catalogue().may_be_late(Dated::Monitoring, status.on);
        if !may_be_late(&write.after) && !write.before.as_ref().is_some_and(|(_, before)| may_be_late(before)) {
            return Ok(());
        }
        let system = crate::records::information_systems::get(connection, write.after.system)?;
        write.after.late = match &write.before {
            Some((_, before)) => late_after(rules, &system, before, &write.after)?,
            None => rules.late(Dated::Monitoring, None, write.after.on, system.roll())?,
        };
        Ok(())
    }

    fn differences(
        connection: &mut Connection,
        rules: &Rules,
        _: &(),
        writes: &[Written<Self>],
    ) -> Result<Vec<Difference>> {
        let (catalogue, today) = (rules.catalogue(), rules.logged_on());
        let owners = by_owner(writes, |status| status.system);
        let ids: Vec<InformationSystemId> = owners.keys().copied().collect();
        let systems = crate::records::information_systems::of_ids(connection, &ids)?;
        let mut statuses = of_systems(connection, &ids)?;
        let mut differences = Vec::new();
        for (id, writes_of_system) in owners {
            let system = systems.get(&id).ok_or(Error::NotFound(Resource::InformationSystems))?;
            let before = statuses.remove(&id).unwrap_or_default();
            let mut after = before.clone();
            for write in writes_of_system.iter().filter_map(|index| writes.get(*index)) {
                let replaced = write.before.as_ref().map(|(_, before)| before.on);
                after.retain(|status| Some(status.on) != replaced);
                after.push(write.after.clone());
            }
            let contributed = |statuses: &[_]| contribution(catalogue, system, statuses, today);
            let cells = contributed(&after).less(&contributed(&before));
            differences.push(Difference { writes: writes_of_system, cells });
        }
        Ok(differences)
    }

    fn taken_away(&self, connection: &mut Connection, rules: &Rules) -> Result<Cells> {
        let system = crate::records::information_systems::get(connection, self.system)?;
        rules.require_uncounted(Dated::Monitoring, (self.on, &self.late), system.roll())?;
        let before = of_system(connection, self.system)?;
        let after: Vec<_> = before.iter().filter(|status| status.on != self.on).cloned().collect();
        let contributed = |statuses: &[_]| contribution(rules.catalogue(), &system, statuses, rules.logged_on());
        Ok(contributed(&after).less(&contributed(&before)))
    }
}

impl_entity!(monitoring_statuses: MonitoringStatusId => MonitoringStatus, Resource::MonitoringStatuses);
