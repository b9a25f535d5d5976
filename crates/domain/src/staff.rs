//! Members of staff: a code, a kind, and the dated roll. Names live apart, so that they can be erased.

use crate::Date;
use crate::catalogue::{Catalogue, IndicatorEntry};
use crate::cells::{Cells, Replaced, Standing, Turns, add_stock_contribution, add_stock_difference};
use crate::courses::CourseKind;
use crate::id::AgencyId;
use crate::indicators::Source;
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

/// What a person contributes to the indicators that count the person's kind: 1 to the denominator of the agency whose roll they are on at a month's end, and 1 to its
/// numerator once trained within the phase. Being trained moves along with the person.
pub fn contribution(catalogue: &Catalogue, staff: &Staff, trainings: &[Training]) -> Cells {
    let mut cells = Cells::default();
    for (indicator, counted) in counted_by(catalogue, staff.kind) {
        let days = counted.days(trainings);
        let turns = Turns::on(moves(staff).chain(days.iter().copied()));
        add_stock_contribution(&mut cells, catalogue, indicator, &turns, |window| {
            standing(staff.tenures.agency_on(window.to), first_since(&days, window.from), window.to)
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
) -> Cells {
    let mut cells = Cells::default();
    for (indicator, counted) in counted_by(catalogue, staff.kind) {
        let (before, after) = (counted.days(trainings.before), counted.days(trainings.after));
        let turns = Turns::on(moves(staff).chain(before.iter().chain(&after).copied()));
        add_stock_difference(&mut cells, catalogue, indicator, &turns, |from| {
            // Whoever was trained in the phase before another training stays so from the same day on.
            let (before, after) = (first_since(&before, from), first_since(&after, from));
            (before != after).then_some(move |to| {
                let agency = staff.tenures.agency_on(to);
                Replaced { before: standing(agency, before, to), after: standing(agency, after, to) }
            })
        });
    }
    cells
}

/// Where somebody first trained in the phase on a day stands at a month's end.
fn standing(agency: Option<AgencyId>, trained: Option<Date>, close: Date) -> Option<Standing> {
    agency.map(|agency| Standing { agency, meets: trained.is_some_and(|day| day <= close) })
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
    /// The days from which trainings count, in their order.
    fn days<T: Borrow<Training>>(&self, trainings: &[T]) -> Vec<Date> {
        let counts = |training: &&Training| {
            self.results.contains(&training.record.result)
                && (self.course_kinds.is_empty() || self.course_kinds.contains(&training.course_kind))
        };
        let day = |training: &Training| match self.confirmed_only {
            true => training.record.confirmed_on,
            false => Some(training.record.on),
        };
        trainings.iter().map(Borrow::borrow).filter(counts).filter_map(day).collect()
    }
}

/// The days on which a person comes or is gone.
fn moves(staff: &Staff) -> impl Iterator<Item = Date> {
    let stays = staff.tenures.all().iter();
    stays.flat_map(|stay| [Some(stay.from), stay.to.and_then(|last| last.succ_opt())]).flatten()
}

fn first_since(days: &[Date], from: Date) -> Option<Date> {
    days.iter().copied().filter(|day| *day >= from).min()
}
