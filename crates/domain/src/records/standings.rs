//! Standings: the place and the verdict of a person or a system in a stock at a time, and the cells that its moves
//! make.

use crate::Date;
use crate::catalogue::definitions::{Definition, Run};
use crate::catalogue::sources::ReportedBy;
use crate::cells::Cell;
use crate::id::AgencyId;
use crate::time::Month;
use std::collections::BTreeMap;

/// Place of something that is counted on a given day, and its verdict by the indicator's rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StockState {
    /// The agency that held it.
    pub agency: AgencyId,
    /// True when it counts in the numerator.
    pub meets: bool,
    /// Its weight among the agency's reports.
    pub reported: Reported,
}

/// The end of a month in a calendar, or the end that a month has come to on a day.
#[derive(Debug, Clone, Copy)]
pub struct MonthEnd<'a> {
    /// The month.
    pub month: Month,
    /// Its last day, so far.
    pub day: Date,
    /// The version of the indicator's definition that holds in it.
    pub definition: &'a Definition,
}

/// Two states of a thing: before a write and after it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BeforeAfter<T> {
    /// The state before.
    pub before: T,
    /// The state after.
    pub after: T,
}

/// Weight of a standing among the reports of the agency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reported {
    /// One report from its arrival at the agency on, for the rest of the phase.
    OnArrival,
    /// One report as long as it is there, if there is a record about it.
    ByRecord(bool),
}

impl Reported {
    /// The reports that end with a standing.
    fn leaving(self) -> i64 {
        match self {
            Self::OnArrival => 0,
            Self::ByRecord(recorded) => i64::from(recorded),
        }
    }
}

impl StockState {
    /// The reports that come with it after another one.
    fn arriving(self, before: Option<Self>) -> i64 {
        match self.reported {
            Reported::OnArrival => {
                let there = |before: Self| (before.agency, before.reported) == (self.agency, self.reported);
                i64::from(!before.is_some_and(there))
            }
            Reported::ByRecord(recorded) => i64::from(recorded),
        }
    }

    /// The standing without reports of its own: those of its rule have been taken back.
    pub(crate) fn unreported(self) -> Self {
        Self { reported: Reported::ByRecord(false), ..self }
    }
}

/// Reports counted since a phase began, kept where versions count them by different rules. Under another rule they are
/// counted anew, so that reports by the rule before it count no longer.
#[derive(Clone)]
pub(crate) struct Reports {
    /// The rule of the version before; none where all versions have the same.
    rule: Option<ReportedBy>,
    counted: BTreeMap<AgencyId, i64>,
}

impl Reports {
    pub(crate) fn of(run: Run<'_>) -> Self {
        let rule = run.definition.source.reported_by();
        let differs = run.versions().any(|version| version.source.reported_by() != rule);
        Self { rule: differs.then_some(rule), counted: BTreeMap::new() }
    }

    pub(crate) fn count(&mut self, agency: AgencyId, reports: i64) {
        if self.rule.is_some() {
            *self.counted.entry(agency).or_default() += reports;
        }
    }

    /// The reports to take back as a version begins whose rule is another than that of the one before.
    pub(crate) fn counted_anew(&mut self, definition: &Definition) -> Option<BTreeMap<AgencyId, i64>> {
        let rule = definition.source.reported_by();
        let before = self.rule.as_mut().filter(|before| **before != rule)?;
        *before = rule;
        Some(std::mem::take(&mut self.counted))
    }
}

/// Calls `add` with the cells, by agency, that a month gains when a standing at its end differs from that at the end of
/// the month before.
pub(crate) fn step(before: Option<StockState>, now: Option<StockState>, mut add: impl FnMut(AgencyId, Cell)) {
    if now == before {
        return;
    }
    if let Some(StockState { agency, meets, reported }) = before {
        add(agency, Cell { numerator: -i64::from(meets), denominator: -1, reports: -reported.leaving() });
    }
    if let Some(now) = now {
        let cell = Cell { numerator: i64::from(now.meets), denominator: 1, reports: now.arriving(before) };
        add(now.agency, cell);
    }
}
