//! Explanation of a figure: the parts it is made of, and the reasons why others are not among them.
//!
//! Like attainment a pure function of catalogue and cells. The parts it lists add up to the figure.

use crate::Date;
use crate::catalogue::definitions::Definition;
use crate::catalogue::record_kinds::{CourseKind, TrainingResult};
use crate::catalogue::so_far::{MonthSpan, SoFar};
use crate::catalogue::sources::{Semantics, Source};
use crate::catalogue::tree::Members;
use crate::catalogue::{Catalogue, IndicatorEntry};
use crate::cells::{Cell, Cells};
use crate::figure::Figure;
use crate::figures::attainment::{Unanswerable, first_month, is_counted, is_expected, own_figure, whole_figure};
use crate::figures::cell_book::CellBook;
use crate::figures::question::Question;
use crate::id::{AgencyId, CalendarId};
use crate::records::monitoring_statuses::{MonitoringStatus, Requirement};
use crate::records::staff::Training;
use crate::string_enum;
use crate::time::{Month, Window};
use std::collections::HashMap;

/// The months that a question counts, by agency.
#[derive(Debug, Clone)]
pub struct CountedMonths {
    calendar: CalendarId,
    so_far: SoFar,
    /// The days that count, from the first one of the phase for a stock, else of the window.
    since: Window,
    /// The last day of the last month that counts.
    end: Date,
    first: Month,
    last: Month,
    /// The agencies at or below the one asked about.
    members: Members,
    /// The months of them that count.
    months: HashMap<AgencyId, Vec<MonthSpan>>,
}

/// The part that an agency adds to the figure of the agency above it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The agency.
    pub agency: AgencyId,
    /// Its figure: the asked agency's own part, or a child's with everything below it.
    pub figure: Figure,
    /// True for the asked agency itself.
    pub own: bool,
    /// The reason why the agency itself adds nothing, if there is one.
    pub left_out: Option<LeftOut>,
}

string_enum! {
    /// The reason why an agency or a record adds nothing to a figure.
    LeftOut {
        /// The agency is closed at the window's end, or on the day as of which a running one is told; a state is that
        /// day's.
        AgencyClosed = "agency_closed",
        /// The indicator does not expect agencies of this kind.
        NotInScope = "not_in_scope",
        /// Nothing was reported.
        NotReported = "not_reported",
        /// A later report of the window stands in its place.
        Superseded = "superseded",
        /// Secret documents are out of scope (QĐ 28/2018).
        SecretDocuments = "secret_documents",
        /// The indicator does not count documents of this direction.
        DirectionNotCounted = "direction_not_counted",
        /// The indicator does not count people of this kind.
        StaffKindNotCounted = "staff_kind_not_counted",
    }
}

string_enum! {
    /// The reason why a person or a system does not count in the numerator.
    Lack {
        /// No training record at all.
        NoTraining = "no_training",
        /// There is training, but not within the phase up to the window's end, or to the day as of which a running one
        /// is told.
        TrainedOutsidePhase = "trained_outside_phase",
        /// There is training, but with a result that does not count.
        ResultDoesNotCount = "result_does_not_count",
        /// There is training, but of kinds of course that do not count.
        CourseDoesNotCount = "course_does_not_count",
        /// There is training, but no assessment has confirmed the skills.
        NotConfirmed = "not_confirmed",
        /// No monitoring status by the window's end, or by the day as of which a running one is told.
        NoStatus = "no_status",
        /// The level is not approved.
        LevelNotApproved = "level_not_approved",
        /// The protection plan is not deployed.
        PlanNotDeployed = "plan_not_deployed",
        /// Nobody monitors it.
        NotMonitored = "not_monitored",
        /// The independent assessment is missing or has run out.
        AssessmentNotValid = "assessment_not_valid",
        /// The last monitoring event is missing or too long ago.
        LastEventNotRecent = "last_event_not_recent",
        /// The record came late: it counts from a later day, as the months before were closed.
        CountedLater = "counted_later",
    }
}

impl CountedMonths {
    /// The months that a question counts.
    pub fn by(catalogue: &Catalogue, cells: &CellBook, question: Question) -> Result<Self, Unanswerable> {
        let indicator = catalogue.indicators.get(&question.indicator).ok_or(Unanswerable::Indicator)?;
        let calendar = catalogue.calendars.get(&question.calendar).ok_or(Unanswerable::Calendar)?;
        let so_far = SoFar::of(calendar, question.period, question.day);
        let first =
            first_month(catalogue, IndicatorEntry { id: question.indicator, entity: indicator }, question.period);
        let last = so_far.last;
        let semantics = indicator.definition_in(last).semantics;
        let members = catalogue.members(question.agency, semantics, so_far.ends(calendar), so_far.months());
        let mut months = HashMap::new();
        for agency in members.agencies() {
            if !so_far.begun || !is_counted(catalogue, semantics, *agency, so_far.judged_on) {
                continue;
            }
            let reported = || cells.last_reported(&question, *agency, (first, last));
            let spans = match semantics {
                Semantics::Flow | Semantics::Stock => Some(members.spans(*agency, &(first, last)).to_vec()),
                Semantics::State => reported().map(|month| vec![(month, month)]),
            };
            months.extend(spans.map(|spans| (*agency, spans)));
        }
        Ok(Self {
            calendar: question.calendar,
            so_far,
            since: Window { from: calendar.month_window(first).from, to: so_far.judged_on },
            end: calendar.last_day(last),
            first,
            last,
            members,
            months,
        })
    }

    /// The agencies at or below the one asked about, by the months in which they lie there.
    pub fn agencies(&self) -> Vec<((Month, Month), Vec<AgencyId>)> {
        let alike = self.members.alike((self.first, self.last)).into_iter();
        alike.flat_map(|(spans, agencies)| spans.into_iter().map(move |span| (span, agencies.clone()))).collect()
    }

    /// True for a month in which an agency is at or below the one asked about, whether the month counts or not.
    pub fn is_asked(&self, agency: AgencyId, month: Month) -> bool {
        self.members.holds(agency, month)
    }

    /// The first and the last month that count: for a stock from the phase's start on.
    pub fn months(&self) -> (Month, Month) {
        (self.first, self.last)
    }

    /// True for an agency's month that counts.
    pub fn holds(&self, agency: AgencyId, month: Month) -> bool {
        let counted = self.months.get(&agency);
        counted.is_some_and(|spans| spans.iter().any(|(first, last)| (*first..=*last).contains(&month)))
    }

    /// The share of an entity's contribution in the figure: its cells, without the steps to come.
    pub fn share(&self, question: &Question, contribution: &Cells) -> Cell {
        let counts = contribution.iter().filter(|(key, _)| {
            key.indicator == question.indicator
                && key.calendar == question.calendar
                && self.holds(key.agency, key.month)
        });
        let sum = counts.fold(Cell::default(), |sum, (_, cell)| sum.plus(cell));
        let to_come = contribution.steps().filter(|(key, _)| {
            key.indicator == question.indicator
                && key.calendar == question.calendar
                && self.holds(key.agency, self.last)
                && self.so_far.judged_on < key.day
                && key.day <= self.end
        });
        to_come.fold(sum, |sum, (_, step)| sum.plus(step.negated()))
    }

    /// The day as of whose end people, systems and agencies are judged.
    pub fn judged_on(&self) -> Date {
        self.so_far.judged_on
    }

    /// The reasons why a person does not count as trained by the definition of the last month; empty for somebody who
    /// does.
    pub fn training_lacks(&self, definition: &Definition, trainings: &[Training]) -> Vec<Lack> {
        let Source::TrainingRecords { results, course_kinds, confirmed_only, .. } = &definition.source else {
            return Vec::new();
        };
        let reasons: Vec<_> = trainings
            .iter()
            .map(|training| self.training_lack(training, results, course_kinds, *confirmed_only))
            .collect();
        if reasons.is_empty() {
            return vec![Lack::NoTraining];
        }
        if reasons.contains(&None) {
            return Vec::new();
        }
        let mut lacks: Vec<_> = reasons.into_iter().flatten().collect();
        lacks.sort_unstable();
        lacks.dedup();
        lacks
    }

    fn training_lack(
        &self,
        training: &Training,
        results: &[TrainingResult],
        course_kinds: &[CourseKind],
        confirmed_only: bool,
    ) -> Option<Lack> {
        if !results.contains(&training.record.result) {
            return Some(Lack::ResultDoesNotCount);
        }
        if !course_kinds.is_empty() && !course_kinds.contains(&training.course_kind) {
            return Some(Lack::CourseDoesNotCount);
        }
        let day = if confirmed_only { training.record.confirmed_on } else { Some(training.record.on) };
        match day {
            None => Some(Lack::NotConfirmed),
            Some(day) if day < self.since.from || self.since.to < day => Some(Lack::TrainedOutsidePhase),
            Some(_) => training.record.late.holds(self.calendar, self.last).then_some(Lack::CountedLater),
        }
    }

    /// The reasons why a system does not count as regularly monitored by the definition of the last month; empty for
    /// one that does.
    pub fn monitoring_lacks(&self, definition: &Definition, statuses: &[MonitoringStatus]) -> Vec<Lack> {
        let Source::MonitoringStatuses { rule, .. } = &definition.source else { return Vec::new() };
        let there = || statuses.iter().filter(|status| status.on <= self.so_far.judged_on);
        let counted = there().filter(|status| !status.late.holds(self.calendar, self.last));
        let Some(status) = counted.max_by_key(|status| status.on) else {
            return vec![if there().next().is_some() { Lack::CountedLater } else { Lack::NoStatus }];
        };
        rule.unmet(status, self.so_far.judged_on).into_iter().map(Lack::of).collect()
    }
}

impl Lack {
    fn of(requirement: Requirement) -> Self {
        match requirement {
            Requirement::LevelApproved => Self::LevelNotApproved,
            Requirement::PlanDeployed => Self::PlanNotDeployed,
            Requirement::Monitored => Self::NotMonitored,
            Requirement::AssessmentValid => Self::AssessmentNotValid,
            Requirement::LastEventRecent => Self::LastEventNotRecent,
        }
    }
}

/// The parts of a figure: the agency's own, then one for each child with everything below it, in identity order. In a
/// flow a child counts in the months in which it is one. The parts add up to the figure.
pub fn parts(catalogue: &Catalogue, cells: &CellBook, question: Question) -> Result<Vec<Part>, Unanswerable> {
    let indicator = catalogue.indicators.get(&question.indicator).ok_or(Unanswerable::Indicator)?;
    let semantics = indicator.definition_in(question.period.last_month()).semantics;
    let calendar = catalogue.calendars.get(&question.calendar).ok_or(Unanswerable::Calendar)?;
    let so_far = SoFar::of(calendar, question.period, question.day);
    let left_out = |agency, figure: Figure| {
        if !is_counted(catalogue, semantics, agency, so_far.end()) {
            Some(LeftOut::AgencyClosed)
        } else if figure.reported {
            None
        } else if is_expected(catalogue, Question { agency, ..question }) {
            Some(LeftOut::NotReported)
        } else {
            Some(LeftOut::NotInScope)
        }
    };
    let own = own_figure(catalogue, cells, question)?;
    let agency = question.agency;
    let mut parts = vec![Part { agency, figure: own, own: true, left_out: left_out(agency, own) }];
    let asked = match semantics {
        Semantics::Flow => so_far.months(),
        Semantics::Stock | Semantics::State => (so_far.last, so_far.last),
    };
    for (child, spans) in catalogue.children_in(agency, so_far.ends(calendar), asked) {
        let figure = whole_figure(catalogue, cells, Question { agency: child, ..question }, &spans)?;
        parts.push(Part { agency: child, figure, own: false, left_out: left_out(child, figure) });
    }
    Ok(parts)
}
