//! Dated records that were taken and deserve a look: on days on which their course was not held, or late.

use super::RehearsalRun;
use super::facts::NotedTraining;
use super::findings::{FindingKind, FindingReason, FindingStep};
use crate::Date;
use crate::catalogue::IndicatorEntry;
use crate::catalogue::sources::Source;
use crate::closing::late::{Dated, Late};
use crate::id::AgencyId;
use crate::text::Code;
use std::collections::BTreeMap;

impl RehearsalRun<'_> {
    /// Trainings that count, on days on which their course was not held.
    pub(super) fn outside_course(&mut self, agency: AgencyId, indicator: IndicatorEntry<'_>) {
        let mut courses: BTreeMap<&Code, usize> = BTreeMap::new();
        for training in self.noted(agency, indicator).filter(|training| training.is_astray) {
            *courses.entry(&training.course).or_default() += 1;
        }
        if courses.is_empty() {
            return;
        }
        // Nothing is owed for it: the record counts as it is.
        let told = self.words.outside_course(agency, &courses);
        self.find(
            FindingKind::Inconsistent,
            FindingReason::OutsideCourse,
            agency,
            Some(indicator.id),
            told,
            Some(FindingStep::CorrectTraining),
        );
    }

    /// Trainings that would count in the period if they had come in time.
    pub(super) fn late_trainings(&mut self, agency: AgencyId, indicator: IndicatorEntry<'_>) {
        let noted = self.noted(agency, indicator).map(|training| (training.on, &training.late));
        let later = self.counted_later(Dated::Training, noted);
        self.came_late(agency, indicator, &later);
    }

    /// Monitoring statuses that would count in the period if they had come in time.
    pub(super) fn late_statuses(&mut self, agency: AgencyId, indicator: IndicatorEntry<'_>) {
        let statuses = self.facts.late_statuses.iter().filter(|status| status.agency == agency);
        let later = self.counted_later(Dated::Monitoring, statuses.map(|status| (status.on, &status.late)));
        self.came_late(agency, indicator, &later);
    }

    fn came_late(&mut self, agency: AgencyId, indicator: IndicatorEntry<'_>, later: &BTreeMap<Option<Date>, usize>) {
        if later.is_empty() {
            return;
        }
        let told = self.words.counted_later(agency, indicator, later);
        self.find(
            FindingKind::Late,
            FindingReason::CountedLater,
            agency,
            Some(indicator.id),
            told,
            Some(FindingStep::RequestCorrection),
        );
    }

    /// The number of late records by the day from which they count instead; none counts where that is absent.
    fn counted_later<'a>(
        &self,
        kind: Dated,
        records: impl Iterator<Item = (Date, &'a Late)>,
    ) -> BTreeMap<Option<Date>, usize> {
        let mut later = BTreeMap::new();
        for (on, late) in records {
            let days = self.catalogue.counted_from(kind, on, late);
            if let Some((_, day)) = days.into_iter().find(|(calendar, _)| *calendar == self.rehearsal.calendar) {
                *later.entry(day).or_default() += 1;
            }
        }
        later
    }

    /// The noted trainings of an agency's people that an indicator counts.
    fn noted(&self, agency: AgencyId, indicator: IndicatorEntry<'_>) -> impl Iterator<Item = &NotedTraining> {
        let source = &self.definition(indicator).source;
        let counts = move |training: &&NotedTraining| match source {
            Source::TrainingRecords { results, course_kinds, .. } => {
                training.agency == agency
                    && source.counts_staff(training.staff_kind)
                    && results.contains(&training.result)
                    && (course_kinds.is_empty() || course_kinds.contains(&training.course_kind))
            }
            _ => false,
        };
        self.facts.trainings.iter().filter(counts)
    }
}
