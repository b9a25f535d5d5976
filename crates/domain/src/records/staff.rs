//! Members of staff: a code, a kind, and the dated roll. Names live apart, so that they can be erased.

use crate::Date;
use crate::catalogue::Catalogue;
use crate::catalogue::definitions::{Definition, Run};
use crate::catalogue::record_kinds::{CourseKind, StaffKind};
use crate::catalogue::sources::{ReportedBy, Source};
use crate::cells::Cells;
use crate::closing::late::{Late, Roll, ToldHolders};
use crate::id::{CalendarId, IndicatorId};
use crate::records::standings::{BeforeAfter, MonthEnd, Reported, StockState};
use crate::records::stocks::{ChangeDays, PhaseStart, add_stock_contribution, add_stock_difference};
use crate::records::training_records::TrainingRecord;
use crate::tenures::Tenures;
use crate::text::Code;
use serde::{Deserialize, Serialize};
use std::borrow::Borrow;
use std::cell::LazyCell;

/// A member of staff, without a name (Law 91/2025/QH15: as little personal data as possible).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Staff {
    /// Staff code.
    pub code: Code,
    /// Legal status.
    pub kind: StaffKind,
    /// The agencies whose roll the person is or was on.
    pub tenures: Tenures,
    /// The roll that closed months were told with, where the stays came late.
    #[serde(default, skip_serializing_if = "ToldHolders::is_empty")]
    pub told: ToldHolders,
}

impl Staff {
    /// The roll the person counts by.
    pub fn roll(&self) -> Roll<'_> {
        Roll { stays: &self.tenures, told: &self.told }
    }
}

/// A training record with the kind of its course.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Training {
    /// The record.
    pub record: TrainingRecord,
    /// The kind of the course.
    pub course_kind: CourseKind,
}

/// The contribution of a person to the indicators that count the person's kind: 1 to the denominator of the agency
/// whose roll they are on at a month's end, and 1 to its numerator once trained within the phase. Being trained moves
/// along with the person. With it go the steps on days after `today`.
pub fn contribution(catalogue: &Catalogue, staff: &Staff, trainings: &[Training], today: Date) -> Cells {
    contribution_of(catalogue, (staff.kind, staff.roll()), trainings, today)
}

/// As [`contribution`], of somebody of whom no more than kind and roll is known.
pub(crate) fn contribution_of(
    catalogue: &Catalogue,
    (kind, roll): (StaffKind, Roll<'_>),
    trainings: &[Training],
    today: Date,
) -> Cells {
    let mut cells = Cells::default();
    for (indicator, run) in counted_by(catalogue, kind) {
        let counted = CountedTrainings::by(run, kind, trainings);
        let days = counted.iter().flat_map(|counted| turns(catalogue, counted));
        let turns = ChangeDays::on(roll.turns(catalogue).chain(days));
        add_stock_contribution(&mut cells, catalogue, (indicator, run), (&turns, today), |start, end| {
            let counted = CountedTrainings::under(&counted, end)?;
            standing(roll, counted.since(start), start.id, end)
        });
    }
    cells
}

/// The change of a person's contribution when other trainings take the place of theirs: [`contribution`] with those
/// after, less that with those before.
pub fn contribution_difference<T: Borrow<Training>>(
    catalogue: &Catalogue,
    staff: &Staff,
    trainings: BeforeAfter<&[T]>,
    today: Date,
) -> Cells {
    let mut cells = Cells::default();
    for (indicator, run) in counted_by(catalogue, staff.kind) {
        let before = CountedTrainings::by(run, staff.kind, trainings.before);
        let after = CountedTrainings::by(run, staff.kind, trainings.after);
        // Most trainings are not a person's first in a phase, and change nothing: then nobody asks for these days.
        let turns = LazyCell::new(|| {
            let trained = before.iter().chain(&after).flat_map(|counted| turns(catalogue, counted));
            ChangeDays::on(staff.roll().turns(catalogue).chain(trained))
        });
        add_stock_difference(&mut cells, catalogue, (indicator, run), (&turns, today), |start| {
            // Whoever was trained in the phase before another training stays so from the same day on.
            let first = |counted: &CountedTrainings<'_>| counted.since(start);
            let differs = before.iter().map(first).ne(after.iter().map(first));
            let (before, after) = (&before, &after);
            differs.then_some(move |end: MonthEnd<'_>| {
                let at = |counted: &[CountedTrainings<'_>]| {
                    let counted = CountedTrainings::under(counted, end)?;
                    standing(staff.roll(), counted.since(start), start.id, end)
                };
                BeforeAfter { before: at(before), after: at(after) }
            })
        });
    }
    cells
}

/// The standing at a month's end of somebody whose trainings first count in the phase on certain days.
fn standing(roll: Roll<'_>, since: Since, calendar: CalendarId, end: MonthEnd<'_>) -> Option<StockState> {
    let agency = roll.holder(calendar, end.month, end.day)?;
    let by_the_end = |day: Option<Date>| day.is_some_and(|day| day <= end.day);
    let meets = by_the_end(since.trained);
    let reported = match since.recorded {
        None => Reported::OnArrival,
        // Skills may be confirmed in a phase after that of the training.
        Some(recorded) => Reported::ByRecord(meets || by_the_end(recorded)),
    };
    Some(StockState { agency, meets, reported })
}

/// The days on which somebody's trainings first count in a phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Since {
    /// The first day as a trained person.
    trained: Option<Date>,
    /// The first day as a recorded person, where records count as reports.
    recorded: Option<Option<Date>>,
}

/// The indicators that count people of a kind, each with the months in which it counts people: a person counts in both
/// parts, or in neither.
fn counted_by(catalogue: &Catalogue, kind: StaffKind) -> impl Iterator<Item = (IndicatorId, Run<'_>)> {
    catalogue.runs().filter(move |(_, run)| run.versions().any(|version| version.source.counts_staff(kind)))
}

/// The trainings that a version of a definition counts.
struct CountedTrainings<'t> {
    version: i64,
    /// The days from which they count, each with the months in which the record does not.
    days: Vec<(Date, &'t Late)>,
    /// The days from which they are records of what it counts, however they ended; none where the roll suffices.
    recorded: Option<Vec<(Date, &'t Late)>>,
}

impl<'t> CountedTrainings<'t> {
    /// The trainings that each version of a run counts, of those that count people of a kind.
    fn by<T: Borrow<Training>>(run: Run<'_>, kind: StaffKind, trainings: &'t [T]) -> Vec<Self> {
        let versions = run.versions().filter(|version| version.source.counts_staff(kind));
        let counted = |version: &Definition| Self {
            version: version.version,
            days: days(&version.source, trainings),
            recorded: recorded(&version.source, trainings),
        };
        versions.map(counted).collect()
    }

    /// The days on which they first count in a phase.
    fn since(&self, start: PhaseStart<'_>) -> Since {
        Since {
            trained: first_since(&self.days, start),
            recorded: self.recorded.as_ref().map(|days| first_since(days, start)),
        }
    }

    /// The trainings that count at a month's end; none where people of the kind do not count then.
    fn under<'c>(all: &'c [Self], end: MonthEnd<'_>) -> Option<&'c Self> {
        all.iter().find(|counted| counted.version == end.definition.version)
    }
}

/// The days from which trainings count by a rule, in their order, each with the months in which the record does not.
fn days<'t, T: Borrow<Training>>(source: &Source, trainings: &'t [T]) -> Vec<(Date, &'t Late)> {
    let Source::TrainingRecords { results, course_kinds, confirmed_only, .. } = source else { return Vec::new() };
    let counts = |training: &&Training| {
        results.contains(&training.record.result)
            && (course_kinds.is_empty() || course_kinds.contains(&training.course_kind))
    };
    let day = |training: &'t Training| {
        let day = match confirmed_only {
            true => training.record.confirmed_on,
            false => Some(training.record.on),
        };
        Some((day?, &training.record.late))
    };
    let mut days = Vec::with_capacity(trainings.len());
    days.extend(trainings.iter().map(Borrow::borrow).filter(counts).filter_map(day));
    days
}

/// The days of trainings whose courses a rule counts, whatever their result: a record of somebody who did not pass is a
/// report, too. None where the roll suffices.
fn recorded<'t, T: Borrow<Training>>(source: &Source, trainings: &'t [T]) -> Option<Vec<(Date, &'t Late)>> {
    let Source::TrainingRecords { course_kinds, reported_by: ReportedBy::Records, .. } = source else { return None };
    let counts = |training: &&Training| course_kinds.is_empty() || course_kinds.contains(&training.course_kind);
    let counted = trainings.iter().map(Borrow::borrow).filter(counts);
    let mut days = Vec::with_capacity(trainings.len());
    days.extend(counted.map(|training| (training.record.on, &training.record.late)));
    Some(days)
}

/// Days on which somebody may begin to count as trained, or as recorded, in any calendar.
fn turns(catalogue: &Catalogue, counted: &CountedTrainings<'_>) -> impl Iterator<Item = Date> {
    counted.days.iter().chain(counted.recorded.iter().flatten()).flat_map(|(day, late)| {
        let ends = late.all().iter().filter_map(|late| late.over(catalogue.calendars.get(&late.calendar)?));
        ends.chain([*day])
    })
}

/// The first day in the phase on which somebody counts as trained.
fn first_since(days: &[(Date, &Late)], start: PhaseStart<'_>) -> Option<Date> {
    let of_phase = days.iter().filter(|(day, _)| *day >= start.day);
    of_phase.map(|(day, late)| late.counted_from((start.id, start.calendar), *day)).min()
}
