//! An agency's own part of a figure: the sum of its cells in the months that count.

use crate::Date;
use crate::catalogue::agencies::AgencyKind;
use crate::catalogue::calendars::Calendar;
use crate::catalogue::definitions;
use crate::catalogue::definitions::Definition;
use crate::catalogue::indicators::Indicator;
use crate::catalogue::record_kinds::Direction;
use crate::catalogue::so_far::{MonthSpan, SoFar};
use crate::catalogue::sources::{Semantics, Source};
use crate::cells::Cell;
use crate::figure::Figure;
use crate::figures::cell_book::{CellBook, DaySteps, Months};
use crate::figures::question::Question;
use crate::id::AgencyId;
use crate::time::{Month, Window};
use std::ops::Bound;

/// A version of an indicator's definition within a period, as far as that has come.
pub(crate) struct Term<'a> {
    pub(crate) definition: &'a Definition,
    /// The last of its months in the period.
    last: Month,
    /// Its days in the period.
    pub(crate) window: Window,
    /// Reports that make one of its months whole.
    due: i64,
}

impl<'a> Term<'a> {
    /// The versions that hold in months of a period, in their order: one as a rule.
    pub(crate) fn all(indicator: &'a Indicator, calendar: &Calendar, so_far: &SoFar) -> Vec<Self> {
        let (first, last) = so_far.months();
        let term = |definitions::Span { first, last, definition }| {
            let window = Window { from: calendar.month_window(first).from, to: calendar.last_day(last) };
            Self { definition, last, window: so_far.part(window), due: reports_due(&definition.source) }
        };
        indicator.definitions.within(first..=last).map(term).collect()
    }

    /// The version that holds in a month.
    pub(crate) fn of(terms: &[Self], month: Month) -> Option<&Self> {
        terms.iter().find(|term| month <= term.last)
    }

    /// Reports that make a month whole.
    pub(crate) fn due(terms: &[Self], month: Month) -> i64 {
        Self::of(terms, month).map_or(1, |term| term.due)
    }

    /// True when it names a kind of agency among those expected.
    pub(crate) fn names(&self, kind: AgencyKind) -> bool {
        self.definition.agency_kinds.contains(&kind)
    }
}

/// The part of an agency's cells that is added up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CountedSpan {
    /// The first and the last month.
    pub(crate) months: (Month, Month),
    /// The bounds of the steps of a stock that have not happened yet: after the first day, up to the second, which is
    /// the last day of the last month.
    pub(crate) days_to_come: (Date, Date),
}

impl CountedSpan {
    /// The sum of the steps that have not happened yet.
    fn to_come(self, steps: &DaySteps) -> Cell {
        let (judged_on, end) = self.days_to_come;
        let to_come = steps.range((Bound::Excluded(judged_on), Bound::Unbounded)).take_while(|(day, _)| **day <= end);
        to_come.fold(Cell::default(), |sum, (_, step)| sum.plus(*step))
    }
}

/// An agency's own part of an answer.
pub(crate) struct AgencyPart<'a> {
    /// The agency.
    pub(crate) agency: AgencyId,
    /// Its months under the calendar asked about.
    pub(crate) months: Option<&'a Months>,
    /// The months, from one to another, that are asked about.
    pub(crate) spans: &'a [MonthSpan],
    /// Its own figure.
    pub(crate) figure: Figure,
    /// The month that the figure of a state rests on.
    pub(crate) last: Option<Month>,
    /// Months of a flow of which everything is reported.
    pub(crate) whole: usize,
}

impl<'a> AgencyPart<'a> {
    /// The sum of an agency's cells in some months, of a stock without the steps to come. `terms` give the number of
    /// reports that make a month whole.
    pub(crate) fn of(
        agency: AgencyId,
        (months, steps): (Option<&'a Months>, Option<&DaySteps>),
        semantics: Semantics,
        (spans, counted): (&'a [MonthSpan], CountedSpan),
        terms: &[Term<'_>],
    ) -> Self {
        let mut part = Self { agency, months, spans, figure: Figure::default(), last: None, whole: 0 };
        let no_months = Months::new();
        let months = months.unwrap_or(&no_months);
        let mut window = spans.iter().flat_map(|(first, last)| months.range(first..=last));
        let cell = match semantics {
            Semantics::Flow => window.fold(Cell::default(), |sum, (month, cell)| {
                part.whole += usize::from(cell.reports >= Term::due(terms, *month));
                sum.plus(*cell)
            }),
            Semantics::Stock => {
                let sum = window.fold(Cell::default(), |sum, (_, cell)| sum.plus(*cell));
                steps.map_or(sum, |steps| sum.plus(counted.to_come(steps).negated()))
            }
            Semantics::State => {
                let report = window.rfind(|(_, cell)| cell.reports > 0);
                part.last = report.map(|(month, _)| *month);
                report.map(|(_, cell)| *cell).unwrap_or_default()
            }
        };
        part.figure = Figure { numerator: cell.numerator, denominator: cell.denominator, reported: cell.reports > 0 };
        part
    }
}

impl CellBook {
    /// One agency's own figure in some months.
    pub(crate) fn own(
        &self,
        question: &Question,
        semantics: Semantics,
        agency: AgencyId,
        (spans, counted): (&[MonthSpan], CountedSpan),
    ) -> Figure {
        let months = self.months(question.indicator, question.calendar, agency);
        let steps = self.steps.get(&(question.indicator, question.calendar));
        let steps = steps.and_then(|agencies| agencies.get(&agency));
        AgencyPart::of(agency, (months, steps), semantics, (spans, counted), &[]).figure
    }
}

/// Reports that make a month whole: of documents one for each direction that counts.
pub(crate) fn reports_due(source: &Source) -> i64 {
    match source {
        Source::DocumentExchanges { .. } => {
            let counted = Direction::ALL.iter().filter(|direction| source.counts_direction(**direction)).count();
            i64::try_from(counted).unwrap_or(i64::MAX)
        }
        _ => 1,
    }
}
