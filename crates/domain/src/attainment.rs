//! Attainment: what a set of cells says about an indicator, an agency and a period.

use crate::agencies::Agency;
use crate::calendars::{Month, Period, Window};
use crate::catalogue::{Catalogue, IndicatorEntry};
use crate::cells::{Cell, CellKey};
use crate::completeness::{Absence, Completeness, Part, Tally, absence, reports_due};
use crate::errata::Erratum;
use crate::fraction::{percent_rounded_down, percent_rounded_up};
use crate::id::{AgencyId, CalendarId, ErratumId, IndicatorId, TargetId};
use crate::indicators::{Indicator, Semantics};
use crate::spelled;
use crate::targets::{Comparison, Target};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Question {
    /// The indicator.
    pub indicator: IndicatorId,
    /// The agency, with everything below it.
    pub agency: AgencyId,
    /// The calendar.
    pub calendar: CalendarId,
    /// The period.
    pub period: Period,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attainment {
    /// The figure of the agency with everything below it.
    pub figure: Figure,
    /// The agency's own part of it.
    pub own: Figure,
    /// The target that applied, if any.
    pub target: Option<(TargetId, Target)>,
    /// The verdict.
    pub verdict: Verdict,
    /// The reason why there is no verdict by a target; absent when there is one.
    pub absence: Option<Absence>,
    /// Units lacking to the target; 0 when met, absent without a figure or a target.
    pub shortfall: Option<i64>,
    /// The figure in per cent, two decimals, never rounded to the target's side; absent when the denominator is 0.
    pub percent: Option<String>,
    /// Agencies expected to report in the window.
    pub expected: usize,
    /// Of these, how many have.
    pub reported: usize,
    /// Months and agencies behind the figure: how much of what was expected it rests on, and how they stand.
    pub completeness: Completeness,
    /// The dates of the period.
    pub window: Window,
    /// Version of the indicator's definition.
    pub definition_version: i64,
    /// Other calendars under which figures of this indicator and agency were recorded for the period, when this one
    /// has none: they are not guessed into it.
    pub recorded_under: Vec<CalendarId>,
}

/// A sum of cells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figure {
    /// Upper part.
    pub numerator: i64,
    /// Lower part.
    pub denominator: i64,
    /// Whether anything was reported.
    pub reported: bool,
}

spelled! {
    /// What a figure says about its target.
    Verdict {
        /// The target is met.
        Met = "met",
        /// The target is not met.
        NotMet = "not_met",
        /// The denominator is 0 (không phát sinh), or no target applies.
        NotApplicable = "not_applicable",
        /// Nothing was reported.
        Missing = "missing",
    }
}

/// Why a question has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unanswerable {
    /// There is no such indicator.
    Indicator,
    /// There is no such agency.
    Agency,
    /// There is no such calendar.
    Calendar,
}

/// All cells by indicator and calendar, then agency, then month: what an answer is computed from.
#[derive(Debug, Clone, Default)]
pub struct CellBook {
    books: HashMap<(IndicatorId, CalendarId), Book>,
    /// Of which months the figures are estimates: few, so they are kept beside the cells.
    estimates: HashMap<(IndicatorId, CalendarId), Estimates>,
}

/// The months that agencies have estimated, of one indicator in one calendar.
pub(crate) type Estimates = HashMap<AgencyId, BTreeSet<Month>>;

/// The cells of one indicator in one calendar.
pub(crate) type Book = HashMap<AgencyId, Months>;

/// The cells of one agency among them.
pub(crate) type Months = BTreeMap<Month, Cell>;

impl CellBook {
    /// Sets the current value of a cell.
    pub fn set(&mut self, key: CellKey, cell: Cell) {
        let months = self.books.entry((key.indicator, key.calendar)).or_default().entry(key.agency).or_default();
        if cell.is_empty() {
            months.remove(&key.month);
        } else {
            months.insert(key.month, cell);
        }
    }

    /// The current value of a cell.
    pub fn get(&self, key: CellKey) -> Cell {
        self.months(key.indicator, key.calendar, key.agency)
            .and_then(|months| months.get(&key.month))
            .copied()
            .unwrap_or_default()
    }

    /// Keeps or takes away that what was declared for a month is an estimate.
    pub fn mark(&mut self, key: CellKey, is_estimate: bool) {
        let place = (key.indicator, key.calendar);
        if is_estimate {
            self.estimates.entry(place).or_default().entry(key.agency).or_default().insert(key.month);
        } else if let Some(agencies) = self.estimates.get_mut(&place)
            && let Some(months) = agencies.get_mut(&key.agency)
        {
            months.remove(&key.month);
        }
    }

    /// True when what was declared for a month is an estimate.
    pub fn is_estimate(&self, key: CellKey) -> bool {
        let agencies = self.estimates.get(&(key.indicator, key.calendar));
        agencies.and_then(|agencies| agencies.get(&key.agency)).is_some_and(|months| months.contains(&key.month))
    }

    /// Every cell, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = (CellKey, Cell)> + '_ {
        self.books.iter().flat_map(|((indicator, calendar), agencies)| {
            agencies.iter().flat_map(move |(agency, months)| {
                months.iter().map(move |(month, cell)| {
                    let (indicator, calendar, agency) = (*indicator, *calendar, *agency);
                    (CellKey { indicator, agency, calendar, month: *month }, *cell)
                })
            })
        })
    }

    fn months(&self, indicator: IndicatorId, calendar: CalendarId, agency: AgencyId) -> Option<&Months> {
        self.books.get(&(indicator, calendar))?.get(&agency)
    }

    /// The last month of a question's window in which an agency reported something.
    pub(crate) fn last_reported(&self, question: &Question, agency: AgencyId, first: Month) -> Option<Month> {
        let months = self.months(question.indicator, question.calendar, agency)?;
        let mut window = months.range(first..=question.period.last_month());
        window.rfind(|(_, cell)| cell.reports > 0).map(|(month, _)| *month)
    }

    /// One agency's own figure in a window of months.
    fn own(&self, question: &Question, semantics: Semantics, agency: AgencyId, first: Month) -> Figure {
        let months = self.months(question.indicator, question.calendar, agency);
        Part::of(agency, months, semantics, (first, question.period.last_month()), 1).figure
    }

    /// The figures of an indicator under other calendars, if it is one whose figures count under one calendar only.
    fn elsewhere(&self, catalogue: &Catalogue, indicator: IndicatorEntry<'_>, calendar: CalendarId) -> Vec<&Book> {
        if indicator.entity.source.is_dated() {
            return Vec::new();
        }
        let others = catalogue.calendars.keys().filter(|other| **other != calendar);
        others.filter_map(|other| self.books.get(&(indicator.id, *other))).collect()
    }
}

impl FromIterator<(CellKey, Cell)> for CellBook {
    fn from_iter<I: IntoIterator<Item = (CellKey, Cell)>>(cells: I) -> Self {
        let mut book = Self::default();
        for (key, cell) in cells {
            book.set(key, cell);
        }
        book
    }
}

/// Answers a question. The same function answers now, for an earlier commit and for hypothetical cells: it depends on
/// nothing but its arguments.
pub fn attain(catalogue: &Catalogue, cells: &CellBook, question: Question) -> Result<Attainment, Unanswerable> {
    attain_supposing(catalogue, cells, question, None)
}

/// As [`attain`], with all agencies judged by a supposed target, if there is one, in the place of those that apply.
pub fn attain_supposing(
    catalogue: &Catalogue,
    cells: &CellBook,
    question: Question,
    supposed: Option<&Target>,
) -> Result<Attainment, Unanswerable> {
    let indicator = catalogue.indicators.get(&question.indicator).ok_or(Unanswerable::Indicator)?;
    let entry = IndicatorEntry { id: question.indicator, entity: indicator };
    catalogue.agencies.get(&question.agency).ok_or(Unanswerable::Agency)?;
    let calendar = catalogue.calendars.get(&question.calendar).ok_or(Unanswerable::Calendar)?;
    let window = calendar.window(question.period);

    let counted = (first_month(catalogue, entry, question.period), question.period.last_month());
    let book = cells.books.get(&(question.indicator, question.calendar));
    let due = reports_due(&indicator.source);
    let targets = catalogue.targets_in(entry, question.period.year());
    let mut tally = Tally {
        indicator,
        calendar,
        period: question.period,
        window,
        months: question.period.months().count(),
        estimates: cells.estimates.get(&(question.indicator, question.calendar)),
        elsewhere: cells.elsewhere(catalogue, entry, question.calendar),
        sum: Completeness::default(),
    };
    let mut whole = Figure::default();
    let mut own = Figure::default();
    let (mut expected, mut reported) = (0, 0);
    for agency in catalogue.subtree(question.agency) {
        let Some(entity) = catalogue.agencies.get(&agency) else { continue };
        if counts(entity, indicator.semantics, window) {
            let months = book.and_then(|book| book.get(&agency));
            let part = Part::of(agency, months, indicator.semantics, counted, due);
            let figure = part.figure;
            whole.numerator += figure.numerator;
            whole.denominator += figure.denominator;
            whole.reported |= figure.reported;
            if agency == question.agency {
                own = figure;
            }
            tally.add(&part);
            if expects(indicator, entity, window) {
                expected += 1;
                reported += usize::from(figure.reported);
                tally.expect(entity, &part, supposed.or_else(|| targets.of(agency).map(|(_, target)| target)));
            }
        }
    }

    let target = targets.of(question.agency);
    let judged_by = supposed.or(target.map(|(_, target)| target));
    let (verdict, shortfall) = judge(whole, judged_by);
    let rounds_up = judged_by.is_some_and(|target| target.comparison == Comparison::AtMost);
    let percent = if rounds_up { percent_rounded_up } else { percent_rounded_down };
    Ok(Attainment {
        figure: whole,
        own,
        target: target.map(|(id, target)| (id, target.clone())),
        verdict,
        absence: absence(indicator, verdict, whole, expected),
        shortfall,
        percent: percent(whole.numerator, whole.denominator).filter(|_| whole.reported),
        expected,
        reported,
        completeness: tally.sum,
        window,
        definition_version: indicator.version,
        recorded_under: if whole.reported { Vec::new() } else { recorded_elsewhere(catalogue, cells, entry, question) },
    })
}

/// An agency's own figure, without the agencies below it: the part of it in [`Attainment::own`].
pub fn own_figure(catalogue: &Catalogue, cells: &CellBook, question: Question) -> Result<Figure, Unanswerable> {
    let indicator = catalogue.indicators.get(&question.indicator).ok_or(Unanswerable::Indicator)?;
    let calendar = catalogue.calendars.get(&question.calendar).ok_or(Unanswerable::Calendar)?;
    let entry = IndicatorEntry { id: question.indicator, entity: indicator };
    if !is_counted(catalogue, indicator.semantics, question.agency, calendar.window(question.period)) {
        return Ok(Figure::default());
    }
    let first = first_month(catalogue, entry, question.period);
    Ok(cells.own(&question, indicator.semantics, question.agency, first))
}

/// The errata of what an answer is made of: of the agency and everything below it, in the months that count. The last
/// corrected come first.
pub fn errata(catalogue: &Catalogue, question: Question) -> Vec<(ErratumId, &Erratum)> {
    let Some(indicator) = catalogue.indicators.get(&question.indicator) else { return Vec::new() };
    let entry = IndicatorEntry { id: question.indicator, entity: indicator };
    let months = first_month(catalogue, entry, question.period)..=question.period.last_month();
    let mut found: Vec<_> = catalogue
        .errata_under(question.indicator, question.calendar, question.agency)
        .into_iter()
        .filter(|(_, erratum)| months.contains(&erratum.month))
        .collect();
    found.sort_by_key(|(id, erratum)| std::cmp::Reverse((erratum.corrected_at, *id)));
    found
}

/// Whether an agency is expected to report an indicator for a window: its kind is named by the indicator, and it
/// exists in the window (for a stock or a state: at the window's end).
pub fn is_expected(catalogue: &Catalogue, indicator: IndicatorEntry<'_>, agency: AgencyId, window: Window) -> bool {
    catalogue.agencies.get(&agency).is_some_and(|agency| expects(indicator.entity, agency, window))
}

fn expects(indicator: &Indicator, agency: &Agency, window: Window) -> bool {
    let there = match indicator.semantics {
        Semantics::Flow => agency.exists_within(window),
        Semantics::Stock | Semantics::State => agency.exists_on(window.to),
    };
    there && indicator.agency_kinds.contains(&agency.kind)
}

/// The verdict on a figure, and the units lacking.
pub fn judge(figure: Figure, target: Option<&Target>) -> (Verdict, Option<i64>) {
    match target {
        _ if !figure.reported => (Verdict::Missing, None),
        _ if figure.denominator <= 0 => (Verdict::NotApplicable, None),
        None => (Verdict::NotApplicable, None),
        Some(target) => {
            let met = target.met_by(figure.numerator, figure.denominator);
            let verdict = if met { Verdict::Met } else { Verdict::NotMet };
            (verdict, Some(target.shortfall(figure.numerator, figure.denominator)))
        }
    }
}

/// The first month that counts: the window's, or for a stock the phase's.
pub(crate) fn first_month(catalogue: &Catalogue, indicator: IndicatorEntry<'_>, period: Period) -> Month {
    let own = period.first_month();
    match indicator.entity.semantics {
        Semantics::Flow | Semantics::State => own,
        Semantics::Stock => {
            catalogue.phase_in(indicator.entity.movement, period.year()).map_or(own, |phase| phase.entity.first_month())
        }
    }
}

fn recorded_elsewhere(
    catalogue: &Catalogue,
    cells: &CellBook,
    indicator: IndicatorEntry<'_>,
    question: Question,
) -> Vec<CalendarId> {
    let first = first_month(catalogue, indicator, question.period);
    let subtree = catalogue.subtree(question.agency);
    let others = catalogue.calendars.keys().copied().filter(|calendar| *calendar != question.calendar);
    others
        .filter(|calendar| {
            let there = Question { calendar: *calendar, ..question };
            subtree.iter().any(|agency| cells.own(&there, indicator.entity.semantics, *agency, first).reported)
        })
        .collect()
}

/// Whether an agency's cells count in a window: a state is that of the window's end, so an agency that is gone by then
/// has none; its people are on its successor's roll.
pub(crate) fn is_counted(catalogue: &Catalogue, semantics: Semantics, agency: AgencyId, window: Window) -> bool {
    semantics != Semantics::State
        || catalogue.agencies.get(&agency).is_some_and(|agency| counts(agency, semantics, window))
}

fn counts(agency: &Agency, semantics: Semantics, window: Window) -> bool {
    semantics != Semantics::State || agency.exists_on(window.to)
}
