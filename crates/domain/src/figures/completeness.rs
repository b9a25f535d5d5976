//! Completeness of a figure: months owed and reported, and verdicts on the agencies behind it. So a part of a window
//! does not look like all of it, and one agency's lack is not hidden by another's surplus.

use crate::Date;
use crate::catalogue::agencies::Agency;
use crate::catalogue::calendars::Calendar;
use crate::catalogue::definitions::Definition;
use crate::catalogue::so_far::{MonthSpan, SoFar};
use crate::catalogue::sources::Semantics;
use crate::catalogue::target_versions::TargetVersion;
use crate::closing::cut_offs::LateChanges;
use crate::figure::{Figure, Verdict};
use crate::figures::cell_book::{Book, Estimates};
use crate::figures::parts::{AgencyPart, Term};
use crate::figures::question::judge;
use crate::string_enum;
use crate::time::Month;

/// Months and agencies behind an answer, of the agency asked about and everything below it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Completeness {
    /// Months that the expected agencies owe, added up over them.
    pub expected_months: usize,
    /// The number of these of which everything is reported.
    pub reported_months: usize,
    /// The oldest month that the figure of a state rests on.
    pub oldest_month: Option<Month>,
    /// Expected agencies whose own figures meet the target that applies to them.
    pub agencies_met: usize,
    /// Expected agencies whose own figures do not meet it.
    pub agencies_not_met: usize,
    /// Expected agencies that lack figures altogether.
    pub agencies_lacking: usize,
    /// Agencies with figures under another calendar that are lacking here.
    pub agencies_elsewhere: usize,
    /// Agencies whose part rests on an estimate.
    pub agencies_estimated: usize,
    /// Agencies whose part was recorded or changed after the period's cut-off.
    pub agencies_after_cut_off: usize,
}

string_enum! {
    /// The reason why there is no figure to judge, or nothing to judge it by.
    Absence {
        /// No agency is expected to report.
        NotExpected = "not_expected",
        /// Nothing arose that could be counted.
        NothingArisen = "nothing_arisen",
        /// There is a figure, but no target applies.
        NoTarget = "no_target",
        /// Reports were expected, and none is there.
        Missing = "missing",
        /// The period has not begun.
        NotBegun = "not_begun",
    }
}

impl Completeness {
    /// True when every month that is owed has been reported, and no expected agency lacks its figures altogether.
    pub fn is_complete(&self) -> bool {
        self.reported_months == self.expected_months && self.agencies_lacking == 0
    }
}

/// The reason why an answer has no verdict by a target; nothing when it has one.
pub(crate) fn absence(definition: &Definition, verdict: Verdict, figure: Figure, expected: usize) -> Option<Absence> {
    match verdict {
        Verdict::Met | Verdict::NotMet => None,
        Verdict::NotApplicable if figure.denominator > 0 => Some(Absence::NoTarget),
        Verdict::NotApplicable => Some(Absence::NothingArisen),
        Verdict::Missing if expected == 0 => Some(Absence::NotExpected),
        Verdict::Missing if !is_lacking(definition, figure) => Some(Absence::NothingArisen),
        Verdict::Missing => Some(Absence::Missing),
    }
}

/// True when a figure without a report is a lack: of people and systems only where there are some.
fn is_lacking(definition: &Definition, figure: Figure) -> bool {
    must_be_reported(definition) || figure.denominator > 0
}

/// True when silence is a lack, as figures are entered month by month. People and systems are on record; where none is,
/// there are none.
pub(crate) fn must_be_reported(definition: &Definition) -> bool {
    !definition.source.is_dated()
}

/// The frame of a question, by which agencies are expected to report.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    /// The version of the definition in the last month.
    pub(crate) definition: &'a Definition,
    /// The versions in the period.
    pub(crate) terms: &'a [Term<'a>],
    pub(crate) calendar: &'a Calendar,
    pub(crate) so_far: SoFar,
}

impl Scope<'_> {
    /// True for an agency that is expected to report for some months of the period.
    pub(crate) fn expects(&self, agency: &Agency, spans: &[MonthSpan]) -> bool {
        match self.definition.semantics {
            Semantics::Stock | Semantics::State => {
                let end = self.so_far.part(self.so_far.window).to;
                let names = |kind| self.terms.last().is_some_and(|term| term.names(kind));
                agency.exists_on(end) && names(agency.place_on(end).kind)
            }
            Semantics::Flow if self.is_throughout(agency, spans) => {
                self.terms.iter().any(|term| term.names(agency.kind) && agency.exists_within(term.window))
            }
            Semantics::Flow => {
                spans.iter().any(|(first, last)| first.through(*last).any(|month| self.owes_flow(agency, month)))
            }
        }
    }

    /// As [`Self::expects`], for months one by one.
    pub(crate) fn expects_in(&self, agency: &Agency, months: &[Month]) -> bool {
        match self.definition.semantics {
            Semantics::Flow => months.iter().any(|month| self.owes_flow(agency, *month)),
            Semantics::Stock | Semantics::State => self.expects(agency, &[]),
        }
    }

    /// True for a month that an expected agency owes, of the period as far as it has come. Of a flow that is every
    /// month in which it exists and is of a kind that the indicator names; of a state the last month, as it is the
    /// state of the window's end; of a stock none, as it is computed from dated records.
    pub(crate) fn owes(&self, agency: &Agency, month: Month) -> bool {
        match self.definition.semantics {
            Semantics::Flow => month <= self.so_far.last && self.owes_flow(agency, month),
            Semantics::State => month == self.so_far.last,
            Semantics::Stock => false,
        }
    }

    fn owes_flow(&self, agency: &Agency, month: Month) -> bool {
        let come = self.so_far.part(self.calendar.month_window(month));
        let names = |kind| Term::of(self.terms, month).is_some_and(|term| term.names(kind));
        agency.exists_within(come) && names(agency.place_on(come.to).kind)
    }

    /// True for an agency that is asked about in all months and has never been moved, as most are.
    fn is_throughout(&self, agency: &Agency, spans: &[MonthSpan]) -> bool {
        agency.earlier_places.is_empty() && spans == [self.so_far.months()]
    }
}

/// A walk over agencies that adds their parts up.
pub(crate) struct Tally<'a> {
    pub(crate) scope: Scope<'a>,
    /// The months that are estimates.
    pub(crate) estimates: Option<&'a Estimates>,
    /// The cells changed after cut-offs, and the cut-off of the period, if it has one.
    pub(crate) late_changes: Option<(&'a LateChanges, Date)>,
    /// The number of months of the period that have begun.
    pub(crate) months: usize,
    /// Figures under other calendars, of an indicator whose figures count under one only.
    pub(crate) elsewhere: Vec<&'a Book>,
    pub(crate) sum: Completeness,
}

impl Tally<'_> {
    /// Adds the part of an agency, expected or not.
    pub(crate) fn add(&mut self, part: &AgencyPart<'_>) {
        if self.scope.definition.semantics == Semantics::State {
            self.sum.oldest_month = [self.sum.oldest_month, part.last].into_iter().flatten().min();
        }
        self.sum.agencies_elsewhere += usize::from(self.is_elsewhere(part));
        self.sum.agencies_estimated += usize::from(self.is_estimated(part));
        self.sum.agencies_after_cut_off += usize::from(self.is_after_cut_off(part));
    }

    /// Adds the part of an expected agency: the months it owes, and the verdict by the target that applies to it.
    pub(crate) fn expect(&mut self, agency: &Agency, part: &AgencyPart<'_>, target: Option<&TargetVersion>) {
        let (expected, reported) = self.months(agency, part);
        self.sum.expected_months += expected;
        self.sum.reported_months += reported;
        match judge(part.figure, target).0 {
            Verdict::Met => self.sum.agencies_met += 1,
            Verdict::NotMet => self.sum.agencies_not_met += 1,
            Verdict::Missing if is_lacking(self.scope.definition, part.figure) => self.sum.agencies_lacking += 1,
            Verdict::Missing | Verdict::NotApplicable => {}
        }
    }

    /// The number of months an agency owes, and the number of these of which everything is reported.
    fn months(&self, agency: &Agency, part: &AgencyPart<'_>) -> (usize, usize) {
        match self.scope.definition.semantics {
            Semantics::Stock => (0, 0),
            Semantics::State => (1, usize::from(part.last == Some(self.scope.so_far.last))),
            // Most agencies exist all the time, under one version: their months need not be looked at one by one.
            Semantics::Flow
                if self.scope.terms.len() == 1
                    && self.exists_throughout(agency)
                    && self.scope.is_throughout(agency, part.spans) =>
            {
                (self.months, part.whole)
            }
            Semantics::Flow => {
                let is_whole = |month: Month| {
                    let cell = part.months.and_then(|months| months.get(&month));
                    cell.is_some_and(|cell| cell.reports >= Term::due(self.scope.terms, month))
                };
                let asked = part.spans.iter().flat_map(|(first, last)| first.through(*last));
                let owed = asked.filter(|month| self.scope.owes(agency, *month));
                owed.fold((0, 0), |(owed, whole), month| (owed + 1, whole + usize::from(is_whole(month))))
            }
        }
    }

    fn exists_throughout(&self, agency: &Agency) -> bool {
        let SoFar { window, judged_on, .. } = self.scope.so_far;
        agency.valid_from <= window.from && agency.valid_to.is_none_or(|to| judged_on <= to)
    }

    /// True when a part rests on an estimate: of a flow on that of any month, of a state on that of the month it is of.
    fn is_estimated(&self, part: &AgencyPart<'_>) -> bool {
        let Some(months) = self.estimates.and_then(|agencies| agencies.get(&part.agency)) else { return false };
        match self.scope.definition.semantics {
            Semantics::Flow => part.spans.iter().any(|(first, last)| months.range(first..=last).next().is_some()),
            Semantics::State => part.last.is_some_and(|month| months.contains(&month)),
            Semantics::Stock => false,
        }
    }

    /// True when a part was recorded or changed after the cut-off: of a flow and a stock in any month that counts, of a
    /// state in the month it is of.
    fn is_after_cut_off(&self, part: &AgencyPart<'_>) -> bool {
        let Some((changes, cut_off)) = self.late_changes.filter(|_| part.figure.reported) else { return false };
        let Some(months) = changes.get(&part.agency) else { return false };
        let late = |(_, day): (&Month, &Date)| cut_off < *day;
        match self.scope.definition.semantics {
            Semantics::Flow | Semantics::Stock => {
                part.spans.iter().any(|(first, last)| months.range(first..=last).any(late))
            }
            Semantics::State => part.last.is_some_and(|month| months.get_key_value(&month).is_some_and(late)),
        }
    }

    /// True when another calendar has a report that is lacking here: of a flow in a month, of a state a later one.
    fn is_elsewhere(&self, part: &AgencyPart<'_>) -> bool {
        let lacks = |month: Month| match self.scope.definition.semantics {
            Semantics::Flow => part.months.and_then(|months| months.get(&month)).is_none_or(|cell| cell.reports <= 0),
            Semantics::State => part.last.is_none_or(|last| last < month),
            Semantics::Stock => false,
        };
        let mut there = self.elsewhere.iter().filter_map(|book| book.get(&part.agency));
        there.any(|months| {
            let mut asked = part.spans.iter().flat_map(|(first, last)| months.range(first..=last));
            asked.any(|(month, cell)| cell.reports > 0 && lacks(*month))
        })
    }
}
