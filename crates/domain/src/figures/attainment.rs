//! Attainment: the answer of a set of cells about an indicator, an agency and a period.

use crate::Date;
use crate::catalogue::agencies::Agency;
use crate::catalogue::calendars::Calendar;
use crate::catalogue::so_far::{MonthSpan, SoFar};
use crate::catalogue::sources::Semantics;
use crate::catalogue::target_versions::{Comparison, TargetVersion};
use crate::catalogue::tree::Members;
use crate::catalogue::{Catalogue, IndicatorEntry};
use crate::closing::errata::{AnswerKey, Erratum};
use crate::figure::{Figure, Verdict};
use crate::figures::cell_book::CellBook;
use crate::figures::comparison::{Derived, Records};
use crate::figures::completeness::{Absence, Completeness, Scope, Tally, absence};
use crate::figures::parts::{AgencyPart, CountedSpan, Term};
use crate::figures::question::{Question, judge};
use crate::fraction::{percent_rounded_down, percent_rounded_up};
use crate::id::{AgencyId, CalendarId, ErratumId, PhaseId, TargetId};
use crate::time::{Month, Period};

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attainment {
    /// The figure of the agency with everything below it.
    pub figure: Figure,
    /// The agency's own part of it.
    pub own: Figure,
    /// The target that applied, if any, as it holds in the period's last month.
    pub target: Option<(TargetId, TargetVersion)>,
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
    /// The number of these that have reported.
    pub reported: usize,
    /// Months and agencies behind the figure: the share of the expected ones that it rests on, and their verdicts.
    pub completeness: Completeness,
    /// The period as far as it has come: its dates, and the day as of which the figure is told.
    pub so_far: SoFar,
    /// The same figure computed from records, where a declared one is compared with them.
    pub derived: Option<Derived>,
    /// The phase it lies in, of the movement the indicator belongs to then.
    pub phase: Option<PhaseId>,
    /// The first month that a stock adds up: the phase's first one as a rule.
    pub sum_from: Option<Month>,
    /// Version of the indicator's definition in the period's last month, of a running one in the last that has begun.
    pub definition_version: i64,
    /// The versions that hold in months of the period, by number.
    pub definition_versions: Vec<i64>,
    /// Other calendars under which figures of this indicator and agency were recorded for the period, when this one has
    /// none. Figures are never converted from one calendar to another.
    pub recorded_under: Vec<CalendarId>,
}

impl Attainment {
    /// True when the period has ended and every month that is owed has been reported.
    pub fn is_complete(&self) -> bool {
        !self.so_far.provisional && self.completeness.is_complete()
    }
}

/// The reason why a question has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unanswerable {
    /// There is no such indicator.
    Indicator,
    /// There is no such agency.
    Agency,
    /// There is no such calendar.
    Calendar,
}

/// Answers a question. The same function answers now, for an earlier commit and for hypothetical cells: it depends on
/// nothing but its arguments.
pub fn attain(catalogue: &Catalogue, cells: &CellBook, question: Question) -> Result<Attainment, Unanswerable> {
    attain_assuming(catalogue, cells, question, None)
}

/// As [`attain`], with all agencies judged by an assumed target, if there is one, in the place of those that apply.
pub fn attain_assuming(
    catalogue: &Catalogue,
    cells: &CellBook,
    question: Question,
    assumed: Option<&TargetVersion>,
) -> Result<Attainment, Unanswerable> {
    let indicator = catalogue.indicators.get(&question.indicator).ok_or(Unanswerable::Indicator)?;
    let entry = IndicatorEntry { id: question.indicator, entity: indicator };
    catalogue.agencies.get(&question.agency).ok_or(Unanswerable::Agency)?;
    let calendar = catalogue.calendars.get(&question.calendar).ok_or(Unanswerable::Calendar)?;
    let so_far = SoFar::of(calendar, question.period, question.day);

    let counted = counted(catalogue, entry, calendar, &question);
    let place = (question.indicator, question.calendar);
    let book = cells.books.get(&place);
    // Of a period that has ended no day is to come.
    let steps = cells.steps.get(&place).filter(|_| so_far.provisional);
    let terms = Term::all(indicator, calendar, &so_far);
    let definition = indicator.definition_in(so_far.last);
    let semantics = definition.semantics;
    let targets = catalogue.targets_in(entry, question.period.last_month());
    let members = match so_far.begun {
        true => catalogue.members(question.agency, semantics, so_far.ends(calendar), so_far.months()),
        false => Members::default(),
    };
    let cut_off = catalogue.cut_offs().of(question.calendar, question.period);
    let mut tally = Tally {
        scope: Scope { definition, terms: &terms, calendar, so_far },
        months: question.period.first_month().through(so_far.last).count(),
        estimates: cells.estimates.get(&place),
        late_changes: cells.late_changes.get(&place).zip(cut_off),
        elsewhere: cells.elsewhere(catalogue, definition, &question),
        sum: Completeness::default(),
    };
    let records = Records::of(definition, cells, (question.calendar, calendar), &so_far);
    let mut derived = None;
    let mut whole = Figure::default();
    let mut own = Figure::default();
    let (mut expected, mut reported) = (0, 0);
    for agency in members.agencies() {
        let Some(entity) = catalogue.agencies.get(agency) else { continue };
        if counts(entity, semantics, so_far.judged_on) {
            let months = book.and_then(|book| book.get(agency));
            let steps = steps.and_then(|steps| steps.get(agency));
            let spans = members.spans(*agency, &counted.months);
            let part = AgencyPart::of(*agency, (months, steps), semantics, (spans, counted), &terms);
            let figure = part.figure;
            whole = whole.plus(figure);
            if *agency == question.agency {
                own = figure;
            }
            tally.add(&part);
            if let Some(records) = &records {
                derived = records.add(derived, &part);
            }
            if tally.scope.expects(entity, part.spans) {
                expected += 1;
                reported += usize::from(figure.reported);
                tally.expect(entity, &part, assumed.or_else(|| targets.of(*agency).map(|(_, target)| target)));
            }
        }
    }

    let target = targets.of(question.agency);
    let judged_by = assumed.or(target.map(|(_, target)| target));
    let (verdict, shortfall) = judge(whole, judged_by);
    let rounds_up = judged_by.is_some_and(|target| target.comparison == Comparison::AtMost);
    let percent = if rounds_up { percent_rounded_up } else { percent_rounded_down };
    Ok(Attainment {
        figure: whole,
        own,
        target: target.map(|(id, target)| (id, target.clone())),
        verdict,
        absence: if so_far.begun { absence(definition, verdict, whole, expected) } else { Some(Absence::NotBegun) },
        shortfall,
        percent: percent(whole.numerator, whole.denominator).filter(|_| whole.reported),
        expected,
        reported,
        completeness: tally.sum,
        so_far,
        derived,
        phase: catalogue.phase_at(indicator, question.period.last_month()).map(|phase| phase.id),
        sum_from: (semantics == Semantics::Stock).then_some(counted.months.0),
        definition_version: definition.version,
        definition_versions: versions(&terms),
        recorded_under: match whole.reported || !so_far.begun {
            true => Vec::new(),
            false => recorded_elsewhere(catalogue, cells, entry, question),
        },
    })
}

/// An agency's own figure, without the agencies below it: the part of it in [`Attainment::own`].
pub fn own_figure(catalogue: &Catalogue, cells: &CellBook, question: Question) -> Result<Figure, Unanswerable> {
    let indicator = catalogue.indicators.get(&question.indicator).ok_or(Unanswerable::Indicator)?;
    let calendar = catalogue.calendars.get(&question.calendar).ok_or(Unanswerable::Calendar)?;
    let entry = IndicatorEntry { id: question.indicator, entity: indicator };
    let so_far = SoFar::of(calendar, question.period, question.day);
    let semantics = indicator.definition_in(so_far.last).semantics;
    if !so_far.begun || !is_counted(catalogue, semantics, question.agency, so_far.judged_on) {
        return Ok(Figure::default());
    }
    let counted = counted(catalogue, entry, calendar, &question);
    let months = [counted.months];
    Ok(cells.own(&question, semantics, question.agency, (&months, counted)))
}

/// The figure of an agency with everything below it: of a flow in some months of the period, else at its end.
pub(crate) fn whole_figure(
    catalogue: &Catalogue,
    cells: &CellBook,
    question: Question,
    spans: &[MonthSpan],
) -> Result<Figure, Unanswerable> {
    let indicator = catalogue.indicators.get(&question.indicator).ok_or(Unanswerable::Indicator)?;
    let calendar = catalogue.calendars.get(&question.calendar).ok_or(Unanswerable::Calendar)?;
    let entry = IndicatorEntry { id: question.indicator, entity: indicator };
    let so_far = SoFar::of(calendar, question.period, question.day);
    if !so_far.begun {
        return Ok(Figure::default());
    }
    let (ends, all) = (so_far.ends(calendar), so_far.months());
    let counted = counted(catalogue, entry, calendar, &question);
    let semantics = indicator.definition_in(so_far.last).semantics;
    let members = match semantics {
        Semantics::Flow => catalogue.members_in(question.agency, ends, spans, all),
        semantics => catalogue.members(question.agency, semantics, ends, all),
    };
    let agencies = members.agencies().iter();
    let there = agencies.filter(|agency| is_counted(catalogue, semantics, **agency, so_far.judged_on));
    let own = |agency: &AgencyId| {
        let spans = members.spans(*agency, &counted.months);
        cells.own(&question, semantics, *agency, (spans, counted))
    };
    Ok(there.fold(Figure::default(), |sum, agency| sum.plus(own(agency))))
}

/// The errata beside an answer: those of the cells it is made of, and those of the answer itself. The last corrected
/// come first.
pub fn errata(catalogue: &Catalogue, question: Question) -> Vec<(ErratumId, &Erratum)> {
    let Some(entity) = catalogue.indicators.get(&question.indicator) else { return Vec::new() };
    let Some(calendar) = catalogue.calendars.get(&question.calendar) else { return Vec::new() };
    let so_far = SoFar::of(calendar, question.period, question.day);
    if !so_far.begun {
        return Vec::new();
    }
    let entry = IndicatorEntry { id: question.indicator, entity };
    let months = first_month(catalogue, entry, question.period)..=so_far.last;
    let semantics = entity.definition_in(so_far.last).semantics;
    let members = catalogue.members(question.agency, semantics, so_far.ends(calendar), so_far.months());
    let mut found: Vec<_> = catalogue
        .errata_of(question.indicator, question.calendar, members.agencies())
        .into_iter()
        .filter(|(_, erratum)| {
            let counts = |month: Month| months.contains(&month) && members.holds(erratum.agency, month);
            erratum.cell().is_some_and(|(_, cell)| counts(cell.month))
        })
        .collect();
    let Question { indicator, agency, calendar, period, .. } = question;
    found.extend(catalogue.errata_of_answer(AnswerKey { indicator, agency, calendar, period }));
    found.sort_by_key(|(id, erratum)| std::cmp::Reverse((erratum.corrected_at, *id)));
    found
}

/// True when the agency of a question is expected to report: it exists in the period and is then of a kind that the
/// indicator names; for a stock or a state at the period's end, for a flow in any month.
pub fn is_expected(catalogue: &Catalogue, question: Question) -> bool {
    let indicator = catalogue.indicators.get(&question.indicator);
    let (calendar, agency) = (catalogue.calendars.get(&question.calendar), catalogue.agencies.get(&question.agency));
    let (Some(indicator), Some(calendar), Some(agency)) = (indicator, calendar, agency) else { return false };
    let so_far = SoFar::of(calendar, question.period, question.day);
    let terms = Term::all(indicator, calendar, &so_far);
    let scope = Scope { definition: indicator.definition_in(so_far.last), terms: &terms, calendar, so_far };
    scope.expects(agency, &[so_far.months()])
}

/// The first and the last month of a period.
pub(crate) fn span(period: Period) -> MonthSpan {
    (period.first_month(), period.last_month())
}

/// The numbers of versions of a definition.
fn versions(terms: &[Term<'_>]) -> Vec<i64> {
    let mut versions: Vec<_> = terms.iter().map(|term| term.definition.version).collect();
    versions.sort_unstable();
    versions
}

/// The first month that counts: the window's, or for a stock the phase's.
pub(crate) fn first_month(catalogue: &Catalogue, indicator: IndicatorEntry<'_>, period: Period) -> Month {
    let (own, last) = (period.first_month(), period.last_month());
    match indicator.entity.definition_in(last).semantics {
        Semantics::Flow | Semantics::State => own,
        Semantics::Stock => {
            let first = catalogue.phase_at(indicator.entity, last).map_or(own, |phase| phase.entity.first_month());
            // Years of phases may be changed, so that a phase may begin before the versions that measure alike. Earlier
            // months, which measure otherwise, do not add up with these.
            first.max(*indicator.entity.definitions.run_in(last).start())
        }
    }
}

/// The months and days of an agency that a question counts.
pub(crate) fn counted(
    catalogue: &Catalogue,
    indicator: IndicatorEntry<'_>,
    calendar: &Calendar,
    question: &Question,
) -> CountedSpan {
    let so_far = SoFar::of(calendar, question.period, question.day);
    CountedSpan {
        months: (first_month(catalogue, indicator, question.period), so_far.last),
        days_to_come: (so_far.judged_on, calendar.last_day(so_far.last)),
    }
}

fn recorded_elsewhere(
    catalogue: &Catalogue,
    cells: &CellBook,
    indicator: IndicatorEntry<'_>,
    question: Question,
) -> Vec<CalendarId> {
    let semantics = indicator.entity.definition_in(question.period.last_month()).semantics;
    let others = catalogue.calendars.iter().filter(|(id, _)| **id != question.calendar);
    let recorded = others.filter(|(id, calendar)| {
        let there = Question { calendar: **id, ..question };
        let so_far = SoFar::of(calendar, question.period, question.day);
        let counted = counted(catalogue, indicator, calendar, &there);
        let members = catalogue.members(question.agency, semantics, so_far.ends(calendar), so_far.months());
        let own = |agency| cells.own(&there, semantics, agency, (members.spans(agency, &counted.months), counted));
        members.agencies().iter().any(|agency| own(*agency).reported)
    });
    recorded.map(|(id, _)| *id).collect()
}

/// True when an agency's cells count in a figure told as of a day. A state is that of the day, so an agency that is
/// gone by then has none: its people are on its successor's roll.
pub(crate) fn is_counted(catalogue: &Catalogue, semantics: Semantics, agency: AgencyId, day: Date) -> bool {
    semantics != Semantics::State
        || catalogue.agencies.get(&agency).is_some_and(|agency| counts(agency, semantics, day))
}

fn counts(agency: &Agency, semantics: Semantics, day: Date) -> bool {
    semantics != Semantics::State || agency.exists_on(day)
}
