//! Closed answers: everything that was told about closed time, compared before and after a change of the catalogue.
//! Answers about reopened time are found here, too.
//!
//! Changes of cells are judged in [`crate::closing`]. A change of the tree, the dates of agencies or a target changes
//! no cell, and may still change an answer.

use crate::Date;
use crate::catalogue::Catalogue;
use crate::catalogue::definitions::Span;
use crate::cells::CellKey;
use crate::closing::told_answers::{ToldAnswer, ToldTarget};
use crate::figures::attainment::{Attainment, attain};
use crate::figures::cell_book::CellBook;
use crate::figures::question::Question;
use crate::id::{AgencyId, CalendarId, IndicatorId, ReopeningId};
use crate::time::{Month, Period};
use std::collections::{BTreeSet, HashSet};

/// The answers that a change may move.
#[derive(Debug, Clone)]
pub struct Concerned {
    /// The month from which periods may end. It bounds the work: a change of the present looks at no answer of the
    /// past, however much of it is closed.
    pub since: Month,
    /// The indicators they are about.
    pub indicators: Vec<IndicatorId>,
    /// The agencies they are about, each with everything below it.
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

impl Concerned {
    /// Every indicator with every agency.
    fn pairs(&self) -> impl Iterator<Item = (IndicatorId, AgencyId)> + '_ {
        self.indicators.iter().flat_map(|indicator| self.agencies.iter().map(move |agency| (*indicator, *agency)))
    }
}

impl ToldAnswer {
    /// The answer that a catalogue and its cells give to a question about time that has ended; none where no list or
    /// report has one.
    pub fn of(catalogue: &Catalogue, cells: &CellBook, question: Question) -> Option<Self> {
        let answer: Attainment = attain(catalogue, cells, question).ok()?;
        let indicator = catalogue.indicators.get(&question.indicator)?;
        let agency = catalogue.agencies.get(&question.agency)?;
        let listed = agency.exists_within(answer.so_far.window) || answer.figure.reported;
        if !indicator.in_force_on(answer.so_far.window.to) || (!listed && answer.expected == 0) {
            return None;
        }
        Some(Self {
            listed,
            figure: answer.figure,
            own: answer.own,
            target: answer.target.map(|(_, version)| ToldTarget::of(version)),
            verdict: answer.verdict,
            shortfall: answer.shortfall,
            percent: answer.percent,
            expected: answer.expected,
            reported: answer.reported,
            definition_version: answer.definition_version,
            definition_versions: answer.definition_versions,
            phase: answer.phase,
            sum_from: answer.sum_from,
        })
    }
}

impl State<'_> {
    /// The answer to a question; none where no list or report has one.
    pub fn told(self, question: Question) -> Option<ToldAnswer> {
        ToldAnswer::of(self.catalogue, self.cells, question)
    }
}

/// The first closed answer that a change would move, or open without a reopening; `today` decides what is closed.
pub fn first_moved(concerned: &Concerned, before: State<'_>, after: State<'_>, today: Date) -> Option<Question> {
    concerned.pairs().find_map(|(indicator, agency)| {
        let closed = closed_questions(before.catalogue, (indicator, agency), concerned.since, today);
        let still: HashSet<Question> =
            closed_questions(after.catalogue, (indicator, agency), concerned.since, today).into_iter().collect();
        let there =
            after.catalogue.indicators.contains_key(&indicator) && after.catalogue.agencies.contains_key(&agency);
        closed.into_iter().find(|question| {
            let told = before.told(*question);
            let opened = there && told.is_some() && !still.contains(question);
            opened || told != after.told(*question)
        })
    })
}

/// The answers about time that was closed and is open again, each with its last reopening, so that errata can tell
/// which of them a change moves. A period of which only some months were reopened is among them: its other months,
/// still closed, were told as well.
pub fn reopened_questions(concerned: &Concerned, catalogue: &Catalogue, today: Date) -> Vec<(Question, ReopeningId)> {
    let reopened = catalogue.reopened_months();
    let mut questions = Vec::new();
    if reopened.is_empty() {
        return questions;
    }
    for (indicator, agency) in concerned.pairs() {
        for calendar in catalogue.calendars.keys().copied() {
            let mut open = reopened.told(indicator, agency, calendar);
            if open.is_empty() {
                continue;
            }
            let closed = closed_months(catalogue, (indicator, agency, calendar), Month::EARLIEST, today);
            open.retain(|month, _| !closed.contains(month));
            let periods: BTreeSet<Period> = open.keys().flat_map(|month| Period::holding(*month)).collect();
            for period in periods.into_iter().filter(|period| concerned.since <= period.last_month()) {
                let told = |month| open.contains_key(&month) || closed.contains(&month);
                // A phase that was frozen before its end, which could be once, closed nothing then.
                if period.months().all(told) && catalogue.has_ended(calendar, period, today) {
                    let last = period.months().filter_map(|month| open.get(&month)).max();
                    let question = Question { indicator, agency, calendar, period, day: today };
                    questions.extend(last.map(|reopening| (question, *reopening)));
                }
            }
        }
    }
    questions
}

/// The first day after everything closed that is concerned: a change that holds from then on moves no closed answer.
pub fn first_open_day(concerned: &Concerned, catalogue: &Catalogue, today: Date) -> Option<Date> {
    let last_days = concerned.pairs().flat_map(|(indicator, agency)| {
        catalogue.calendars.iter().filter_map(move |(id, calendar)| {
            let closed = closed_months(catalogue, (indicator, agency, *id), Month::EARLIEST, today);
            closed.last().map(|month| calendar.last_day(*month))
        })
    });
    last_days.max().and_then(|day| day.next())
}

/// True when anything that is concerned is closed on a day. Mostly nothing is, and no answers need comparing.
pub fn anything_closed(concerned: &Concerned, catalogue: &Catalogue, today: Date) -> bool {
    concerned.pairs().any(|(indicator, agency)| {
        let mut calendars = catalogue.calendars.keys();
        calendars.any(|calendar| {
            !closed_months(catalogue, (indicator, agency, *calendar), concerned.since, today).is_empty()
        })
    })
}

/// The first month that is open for all that is concerned in every calendar, as are all after it: a version of a
/// definition or a target may hold from there on without reaching closed time. None when all time is closed.
pub fn first_open_month(concerned: &Concerned, catalogue: &Catalogue, today: Date) -> Option<Month> {
    let pairs = concerned
        .indicators
        .iter()
        .flat_map(|indicator| concerned.agencies.iter().map(move |agency| (*indicator, *agency)));
    let last = pairs.flat_map(|(indicator, agency)| {
        let calendars = catalogue.calendars.keys();
        calendars.filter_map(move |calendar| {
            closed_months(catalogue, (indicator, agency, *calendar), Month::EARLIEST, today).pop_last()
        })
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

/// The questions about an indicator and an agency whose periods end with a month or a later one and are closed: all
/// their months are.
fn closed_questions(
    catalogue: &Catalogue,
    (indicator, agency): (IndicatorId, AgencyId),
    since: Month,
    today: Date,
) -> Vec<Question> {
    // Longer periods that end later may have begun with the year.
    let first = Period::Year(since.year()).first_month();
    let mut questions = Vec::new();
    for calendar in catalogue.calendars.keys().copied() {
        let closed = closed_months(catalogue, (indicator, agency, calendar), first, today);
        let periods: BTreeSet<Period> = closed.range(since..).flat_map(|month| Period::holding(*month)).collect();
        let whole = periods.into_iter().filter(|period| period.months().all(|month| closed.contains(&month)));
        questions.extend(whole.map(|period| Question { indicator, agency, calendar, period, day: today }));
    }
    questions
}

/// The closed months from one on of an indicator and an agency in a calendar.
fn closed_months(
    catalogue: &Catalogue,
    (indicator, agency, calendar): (IndicatorId, AgencyId, CalendarId),
    from: Month,
    today: Date,
) -> BTreeSet<Month> {
    let Some(entity) = catalogue.indicators.get(&indicator) else { return BTreeSet::new() };
    let frozen = entity.definitions.within(from..=Month::LATEST).flat_map(|Span { first, last, definition }| {
        let phases = catalogue.phases_of(definition.movement).map(|phase| phase.entity);
        let frozen = phases.filter(|phase| catalogue.is_frozen(phase, calendar, today));
        frozen.flat_map(move |phase| phase.first_month().max(first).through(phase.last_month().min(last)))
    });
    let mut closed: BTreeSet<Month> = frozen.collect();
    closed.extend(catalogue.locked_among(calendar, from..=Month::LATEST, agency, today));
    closed
}
