//! Closed answers: everything that was told about closed time, compared before and after a change of the catalogue.
//!
//! Cells guard themselves (see [`crate::closing`]). What figures are computed by, such as the tree, the dates of agencies
//! and targets, changes no cell and may still change an answer.

use crate::Date;
use crate::attainment::{Attainment, CellBook, Question, attain};
use crate::calendars::{Month, Period};
use crate::catalogue::Catalogue;
use crate::cells::CellKey;
use crate::definitions::Span;
use crate::id::{AgencyId, CalendarId, IndicatorId, PhaseId};
use crate::target_versions::TargetVersion;
use std::collections::BTreeSet;

/// The answers that a change may move.
#[derive(Debug, Clone, Default)]
pub struct Concerned {
    /// About these indicators.
    pub indicators: Vec<IndicatorId>,
    /// Of these agencies, each with everything below it.
    pub agencies: Vec<AgencyId>,
}

/// A catalogue with the cells that go with it.
#[derive(Debug, Clone, Copy)]
pub struct State<'a> {
    /// The catalogue.
    pub catalogue: &'a Catalogue,
    /// The cells; those of agencies whose parts stay as they are may be left out on both sides.
    pub cells: &'a CellBook,
}

/// The first closed answer that a change would move; `today` decides what is closed.
pub fn first_moved(concerned: &Concerned, before: State<'_>, after: State<'_>, today: Date) -> Option<Question> {
    let mut questions = concerned.indicators.iter().flat_map(|indicator| {
        concerned.agencies.iter().flat_map(move |agency| closed_questions(before.catalogue, *indicator, *agency, today))
    });
    questions.find(|question| told(before, *question) != told(after, *question))
}

/// The first day after everything that is closed of what is concerned: what holds from then on moves no closed answer.
pub fn first_open_day(concerned: &Concerned, catalogue: &Catalogue, today: Date) -> Option<Date> {
    let last_days = concerned.indicators.iter().flat_map(|indicator| {
        concerned.agencies.iter().flat_map(move |agency| {
            catalogue.calendars.iter().filter_map(move |(id, calendar)| {
                let closed = closed_months(catalogue, *indicator, *agency, *id, today);
                closed.last().map(|month| calendar.last_day(*month))
            })
        })
    });
    last_days.max().and_then(|day| day.succ_opt())
}

/// True when anything is closed on a day of what is concerned; mostly nothing is, and nothing needs comparing.
pub fn anything_closed(concerned: &Concerned, catalogue: &Catalogue, today: Date) -> bool {
    let mut pairs = concerned
        .indicators
        .iter()
        .flat_map(|indicator| concerned.agencies.iter().map(move |agency| (*indicator, *agency)));
    pairs.any(|(indicator, agency)| {
        catalogue
            .calendars
            .keys()
            .any(|calendar| !closed_months(catalogue, indicator, agency, *calendar, today).is_empty())
    })
}

/// The first month that is open for all that is concerned in every calendar, as are all after it: a version of a definition or
/// a target may hold from there on without reaching closed time. None when all time is closed.
pub fn first_open_month(concerned: &Concerned, catalogue: &Catalogue, today: Date) -> Option<Month> {
    let pairs = concerned
        .indicators
        .iter()
        .flat_map(|indicator| concerned.agencies.iter().map(move |agency| (*indicator, *agency)));
    let last = pairs.flat_map(|(indicator, agency)| {
        let calendars = catalogue.calendars.keys();
        calendars.filter_map(move |calendar| closed_months(catalogue, indicator, agency, *calendar, today).pop_last())
    });
    last.max().map_or(Some(Month::EARLIEST), Month::next)
}

/// True when answers about a period are closed for some agency.
pub fn is_closed_for_some(catalogue: &Catalogue, (calendar, period): (CalendarId, Period), today: Date) -> bool {
    catalogue.indicators.keys().any(|indicator| {
        catalogue.agencies.keys().any(|agency| {
            let key = |month| CellKey { indicator: *indicator, agency: *agency, calendar, month };
            period.months().all(|month| catalogue.closed(key(month), today).is_some())
        })
    })
}

/// The members of an answer that must stay, but for names and identities.
#[derive(Debug, PartialEq, Eq)]
struct Told {
    row: bool,
    figure: (i64, i64, bool),
    own: (i64, i64, bool),
    target: Option<TargetVersion>,
    verdict: &'static str,
    shortfall: Option<i64>,
    percent: Option<String>,
    expected: usize,
    reported: usize,
    definition_versions: Vec<i64>,
    phase: Option<PhaseId>,
    sum_from: Option<Month>,
}

fn told(state: State<'_>, question: Question) -> Option<Told> {
    let State { catalogue, cells } = state;
    let answer: Attainment = attain(catalogue, cells, question).ok()?;
    let indicator = catalogue.indicators.get(&question.indicator)?;
    let agency = catalogue.agencies.get(&question.agency)?;
    let row = agency.exists_within(answer.so_far.window) || answer.figure.reported;
    if !indicator.in_force_on(answer.so_far.window.to) || (!row && answer.expected == 0) {
        // Nobody was told anything.
        return None;
    }
    let part = |figure: crate::attainment::Figure| (figure.numerator, figure.denominator, figure.reported);
    Some(Told {
        row,
        figure: part(answer.figure),
        own: part(answer.own),
        target: answer.target.map(|(_, version)| version),
        verdict: answer.verdict.as_str(),
        shortfall: answer.shortfall,
        percent: answer.percent,
        expected: answer.expected,
        reported: answer.reported,
        definition_versions: answer.definition_versions,
        phase: answer.phase,
        sum_from: answer.sum_from,
    })
}

/// The questions about an indicator and an agency whose periods are closed: all their months are.
fn closed_questions(catalogue: &Catalogue, indicator: IndicatorId, agency: AgencyId, today: Date) -> Vec<Question> {
    let mut questions = Vec::new();
    for calendar in catalogue.calendars.keys().copied() {
        let closed = closed_months(catalogue, indicator, agency, calendar, today);
        let periods: BTreeSet<Period> = closed.iter().flat_map(|month| Period::holding(*month)).collect();
        let whole = periods.into_iter().filter(|period| period.months().all(|month| closed.contains(&month)));
        questions.extend(whole.map(|period| Question { indicator, agency, calendar, period, day: today }));
    }
    questions
}

fn closed_months(
    catalogue: &Catalogue,
    indicator: IndicatorId,
    agency: AgencyId,
    calendar: CalendarId,
    today: Date,
) -> BTreeSet<Month> {
    let Some(entity) = catalogue.indicators.get(&indicator) else { return BTreeSet::new() };
    let spans = entity.definitions.spans();
    let frozen = spans.flat_map(|Span { first, last, definition }| {
        let phases = catalogue.phases_of(definition.movement).map(|phase| phase.entity);
        let frozen = phases.filter(|phase| phase.is_closed(catalogue, calendar, today));
        frozen.flat_map(move |phase| phase.first_month().max(first).through(phase.last_month().min(last)))
    });
    let mut closed: BTreeSet<Month> = frozen.collect();
    closed.extend(catalogue.locked_among(calendar, Month::EARLIEST..=Month::LATEST, agency, today));
    closed
}
