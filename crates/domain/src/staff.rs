//! Members of staff: a code, a kind, and the dated roll. Names live apart, so that they can be erased.

use crate::Date;
use crate::catalogue::{Catalogue, IndicatorEntry};
use crate::cells::{
    Cells, MonthEnd, PhaseStart, Replaced, Standing, Turns, add_stock_contribution, add_stock_difference,
};
use crate::courses::CourseKind;
use crate::id::CalendarId;
use crate::indicators::Source;
use crate::late::{Late, Roll, Told};
use crate::spelled;
use crate::tenures::Tenures;
use crate::text::Code;
use crate::training_records::{TrainingRecord, TrainingResult};
use serde::{Deserialize, Serialize};
use std::borrow::Borrow;

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
    #[serde(default, skip_serializing_if = "Told::is_empty")]
    pub told: Told,
}

impl Staff {
    /// The roll the person counts by.
    pub fn roll(&self) -> Roll<'_> {
        Roll { stays: &self.tenures, told: &self.told }
    }
}

spelled! {
    /// Legal status of a member of staff.
    StaffKind {
        /// Cadre.
        Cadre = "can_bo",
        /// Civil servant.
        CivilServant = "cong_chuc",
        /// Public employee.
        PublicEmployee = "vien_chuc",
        /// Contract worker.
        Worker = "nguoi_lao_dong",
    }
}

/// A training record with the kind of its course.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Training {
    /// The record.
    pub record: TrainingRecord,
    /// What the course taught.
    pub course_kind: CourseKind,
}

/// The contribution of a person to the indicators that count the person's kind: 1 to the denominator of the agency whose
/// roll they are on at a month's end, and 1 to its numerator once trained within the phase. Being trained moves along with
/// the person. With it go the steps on days after `today`.
pub fn contribution(catalogue: &Catalogue, staff: &Staff, trainings: &[Training], today: Date) -> Cells {
    let mut cells = Cells::default();
    for (indicator, counted) in counted_by(catalogue, staff.kind) {
        let days = counted.days(trainings);
        let turns = Turns::on(staff.roll().turns(catalogue).chain(turns(catalogue, &days)));
        add_stock_contribution(&mut cells, catalogue, indicator, (&turns, today), |start, end| {
            standing(staff.roll(), first_since(&days, start), start.id, end)
        });
    }
    cells
}

/// By how much a person's contribution changes when other trainings take the place of theirs: [`contribution`] with those
/// after, less that with those before.
pub fn contribution_difference<T: Borrow<Training>>(
    catalogue: &Catalogue,
    staff: &Staff,
    trainings: Replaced<&[T]>,
    today: Date,
) -> Cells {
    let mut cells = Cells::default();
    for (indicator, counted) in counted_by(catalogue, staff.kind) {
        let (before, after) = (counted.days(trainings.before), counted.days(trainings.after));
        let trained = turns(catalogue, &before).chain(turns(catalogue, &after));
        let turns = Turns::on(staff.roll().turns(catalogue).chain(trained));
        add_stock_difference(&mut cells, catalogue, indicator, (&turns, today), |start| {
            // Whoever was trained in the phase before another training stays so from the same day on.
            let (before, after) = (first_since(&before, start), first_since(&after, start));
            (before != after).then_some(move |end| {
                let at = |trained| standing(staff.roll(), trained, start.id, end);
                Replaced { before: at(before), after: at(after) }
            })
        });
    }
    cells
}

/// The standing at a month's end of somebody whose training first counts in the phase on a day.
fn standing(roll: Roll<'_>, trained: Option<Date>, calendar: CalendarId, end: MonthEnd) -> Option<Standing> {
    let agency = roll.holder(calendar, end.month, end.day)?;
    Some(Standing { agency, meets: trained.is_some_and(|day| day <= end.day) })
}

/// Which trainings an indicator counts.
struct Counted<'a> {
    results: &'a [TrainingResult],
    course_kinds: &'a [CourseKind],
    confirmed_only: bool,
}

/// The indicators that a person of a kind counts for: in both parts, or in neither.
fn counted_by(catalogue: &Catalogue, kind: StaffKind) -> impl Iterator<Item = (IndicatorEntry<'_>, Counted<'_>)> {
    let counting = catalogue.indicators().filter(move |indicator| indicator.entity.source.counts_staff(kind));
    counting.filter_map(|indicator| match &indicator.entity.source {
        Source::TrainingRecords { results, course_kinds, confirmed_only, .. } => {
            Some((indicator, Counted { results, course_kinds, confirmed_only: *confirmed_only }))
        }
        _ => None,
    })
}

impl Counted<'_> {
    /// The days from which trainings count, in their order, each with the months in which the record does not.
    fn days<'t, T: Borrow<Training>>(&self, trainings: &'t [T]) -> Vec<(Date, &'t Late)> {
        let counts = |training: &&Training| {
            self.results.contains(&training.record.result)
                && (self.course_kinds.is_empty() || self.course_kinds.contains(&training.course_kind))
        };
        let day = |training: &'t Training| {
            let day = match self.confirmed_only {
                true => training.record.confirmed_on,
                false => Some(training.record.on),
            };
            Some((day?, &training.record.late))
        };
        trainings.iter().map(Borrow::borrow).filter(counts).filter_map(day).collect()
    }
}

/// Days on which somebody may begin to count as trained, in any calendar.
fn turns(catalogue: &Catalogue, days: &[(Date, &Late)]) -> impl Iterator<Item = Date> {
    days.iter().flat_map(|(day, late)| {
        let ends = late.all().iter().filter_map(|late| late.over(catalogue.calendars.get(&late.calendar)?));
        ends.chain([*day])
    })
}

/// The first day in the phase on which somebody counts as trained.
fn first_since(days: &[(Date, &Late)], start: PhaseStart<'_>) -> Option<Date> {
    let of_phase = days.iter().filter(|(day, _)| *day >= start.day);
    of_phase.map(|(day, late)| late.counted_from((start.id, start.calendar), *day)).min()
}
