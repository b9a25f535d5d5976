//! Members of staff: a code, a kind, and the dated roll. Names live apart, so that they can be erased.

use crate::catalogue::Catalogue;
use crate::cells::{Cells, Standing, Turns, add_stock_contribution};
use crate::courses::CourseKind;
use crate::indicators::Source;
use crate::spelled;
use crate::tenures::Tenures;
use crate::text::Code;
use crate::training_records::TrainingRecord;
use serde::{Deserialize, Serialize};

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

/// What a person contributes: 1 to the denominator of the agency whose roll they are on at a month's end, and 1 to its
/// numerator once trained within the phase. Being trained moves along with the person.
pub fn contribution(catalogue: &Catalogue, staff: &Staff, trainings: &[Training]) -> Cells {
    let mut cells = Cells::default();
    let moves = staff.tenures.all().iter().flat_map(|stay| [Some(stay.from), stay.to.and_then(|last| last.succ_opt())]);
    let trained = trainings.iter().flat_map(|training| [Some(training.record.on), training.record.confirmed_on]);
    let turns = Turns::on(moves.chain(trained).flatten());
    for indicator in catalogue.indicators() {
        let Source::TrainingRecords { results, course_kinds, confirmed_only } = &indicator.entity.source else {
            continue;
        };
        let days: Vec<_> = trainings
            .iter()
            .filter(|training| results.contains(&training.record.result))
            .filter(|training| course_kinds.is_empty() || course_kinds.contains(&training.course_kind))
            .filter_map(
                |training| if *confirmed_only { training.record.confirmed_on } else { Some(training.record.on) },
            )
            .collect();
        add_stock_contribution(&mut cells, catalogue, indicator, &turns, |window| {
            let agency = staff.tenures.agency_on(window.to)?;
            Some(Standing { agency, meets: days.iter().any(|day| window.from <= *day && *day <= window.to) })
        });
    }
    cells
}
