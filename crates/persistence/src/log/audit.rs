//! Changes by their matter: the agencies that held a row, the indicator it feeds, the time it is of.
//!
//! The log has no index of these. So a page is found by reading on, and ends after a number of changes, whatever was
//! found.

use crate::engine::connection::Connection;
use crate::engine::decode::from_json;
use crate::engine::paging::{Page, Slice};
use crate::error::Result;
use crate::log::changes::{Filter, LoggedChange, Sort};
use crate::log::feed::holders;
use crate::log::read_on;
use crate::log::sought_changes::ChangeSearch;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use thidua_domain::Date;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::indicators::Indicator;
use thidua_domain::catalogue::sources::Source;
use thidua_domain::id::{AgencyId, CalendarId, IndicatorId};
use thidua_domain::log::changes::Resource;
use thidua_domain::tenures::Tenure;
use thidua_domain::time::{Month, Period, Window, civil_date};

/// The matter that changes are about; all members that are given must fit.
#[derive(Debug, Clone, Default)]
pub struct ChangeSubject {
    /// Rows that one of these agencies held before or after.
    pub agencies: Option<BTreeSet<AgencyId>>,
    /// Rows that name this indicator, or feed it.
    pub indicator: Option<IndicatorId>,
    /// Rows of a month, a day or a stay that begins or ends in it, by the dates of the calendar, or of any while none
    /// is named.
    pub period: Option<Period>,
    /// Rows of this calendar; with a period also those that have days and no calendar.
    pub calendar: Option<CalendarId>,
}

/// A change with the agencies that held its row.
#[derive(Debug, Clone)]
pub struct AuditedChange {
    /// The change.
    pub logged: LoggedChange,
    /// The agencies that held the row before and after; none for a row that no agency holds.
    pub holders: Vec<AgencyId>,
}

impl ChangeSubject {
    fn is_anything(&self) -> bool {
        self.agencies.is_none() && self.names_no_member()
    }

    fn names_no_member(&self) -> bool {
        self.indicator.is_none() && self.period.is_none() && self.calendar.is_none()
    }

    /// True for a change whose row, before or after, is of the indicator and time. No further rows are read for it.
    fn names(&self, catalogue: &Catalogue, logged: &LoggedChange) -> Result<bool> {
        if self.names_no_member() {
            return Ok(true);
        }
        let resource = logged.change.resource;
        for text in [&logged.change.before, &logged.change.after].into_iter().flatten() {
            let row: RowTime = from_json(text)?;
            let of_indicator = |wanted| row.is_about(catalogue, wanted, resource) || named(resource, logged, wanted);
            let of_time = match self.period {
                Some(period) => row.falls_in(catalogue, self.calendar, period),
                None => self.calendar.is_none() || row.calendar == self.calendar,
            };
            if of_time && self.indicator.is_none_or(of_indicator) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn is_of(&self, holders: &[AgencyId]) -> bool {
        self.agencies.as_ref().is_none_or(|wanted| holders.iter().any(|holder| wanted.contains(holder)))
    }
}

/// Lists changes. A page may be short, or empty, and still have a next one.
pub fn list(
    connection: &mut Connection,
    catalogue: &Catalogue,
    (filter, matter): (&Filter, &ChangeSubject),
    sort: Sort,
    slice: &Slice,
) -> Result<Page<AuditedChange>> {
    let Sort::Seq = sort;
    let sought = ChangeSearch::by(connection, filter)?;
    let total = sought.count().filter(|_| slice.count && matter.is_anything());
    // Both closures ask the database.
    let connection = RefCell::new(connection);
    let page = read_on::page(
        slice,
        |part| sought.read(&mut connection.borrow_mut(), part),
        |logged| logged.change.seq,
        |logged| {
            if !sought.lets(&logged) || !matter.names(catalogue, &logged)? {
                return Ok(None);
            }
            let change = audited(&mut connection.borrow_mut(), logged)?;
            Ok(matter.is_of(&change.holders).then_some(change))
        },
    )?;
    Ok(Page { total, ..page })
}

/// True when the changes that a filter lets through are counted without reading them.
pub fn are_counted(filter: &Filter, matter: &ChangeSubject) -> bool {
    filter.names_no_member() && matter.is_anything()
}

fn audited(connection: &mut Connection, logged: LoggedChange) -> Result<AuditedChange> {
    let holders = holders(connection, &logged)?;
    Ok(AuditedChange { logged, holders })
}

/// True for a change of the indicator's own row.
fn named(resource: Resource, logged: &LoggedChange, indicator: IndicatorId) -> bool {
    resource == Resource::Indicators && logged.change.resource_id == indicator.0
}

/// The members of a row that tell its indicator and its time.
#[derive(Deserialize)]
struct RowTime {
    indicator: Option<IndicatorId>,
    calendar: Option<CalendarId>,
    month: Option<Month>,
    period: Option<Period>,
    on: Option<Date>,
    from: Option<Date>,
    to: Option<Date>,
    detected_at: Option<DateTime<Utc>>,
    #[serde(default)]
    tenures: Vec<Tenure>,
}

impl RowTime {
    fn is_about(&self, catalogue: &Catalogue, indicator: IndicatorId, resource: Resource) -> bool {
        let feeds = |source: &Source| match resource {
            Resource::DocumentExchanges => matches!(source, Source::DocumentExchanges { .. }),
            Resource::InformationSystems | Resource::MonitoringStatuses => {
                matches!(source, Source::MonitoringStatuses { .. })
            }
            Resource::Courses | Resource::Staff | Resource::TrainingRecords => {
                matches!(source, Source::TrainingRecords { .. })
            }
            // A correction of all indicators.
            Resource::Corrections => self.indicator.is_none(),
            _ => false,
        };
        let fed = |indicator: &Indicator| indicator.definitions.all().any(|definition| feeds(&definition.source));
        self.indicator == Some(indicator) || catalogue.indicators.get(&indicator).is_some_and(fed)
    }

    fn falls_in(&self, catalogue: &Catalogue, calendar: Option<CalendarId>, period: Period) -> bool {
        if let Some(months) = self.months() {
            let there = calendar.is_none_or(|calendar| self.calendar.is_none_or(|own| own == calendar));
            return there && *months.start() <= period.last_month() && period.first_month() <= *months.end();
        }
        let calendars = catalogue.calendars.iter().filter(|(id, _)| calendar.is_none_or(|wanted| wanted == **id));
        let mut windows = calendars.map(|(_, calendar)| calendar.window(period));
        windows.any(|window| self.touches(window))
    }

    fn months(&self) -> Option<RangeInclusive<Month>> {
        let whole = self.period.map(|period| period.first_month()..=period.last_month());
        self.month.map(|month| month..=month).or(whole)
    }

    fn touches(&self, window: Window) -> bool {
        let course = (self.from, self.to);
        let detected = self.detected_at.map(civil_date);
        let stays = self.tenures.iter().flat_map(|stay| [Some(stay.from), stay.to]);
        let mut days = [self.on, detected].into_iter().chain(stays).flatten();
        days.any(|day| (window.from..=window.to).contains(&day))
            || matches!(course, (Some(from), Some(to)) if from <= window.to && window.from <= to)
    }
}
