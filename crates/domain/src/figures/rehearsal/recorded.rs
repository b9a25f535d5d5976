//! Dated records that were taken and deserve a look: on days on which their course was not held, or late.

use super::RehearsalRun;
use super::facts::NotedTraining;
use super::findings::{FindingReason, FindingStep};
use super::words::{FindingText, listed};
use crate::Date;
use crate::catalogue::IndicatorEntry;
use crate::catalogue::sources::Source;
use crate::closing::late::{Dated, Late};
use crate::id::AgencyId;
use crate::message::{Argument, Message};
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
        let told = if self.rehearsal.names_systems {
            let count: usize = courses.values().sum();
            FindingText::new("rehearsal.outside_course.counted", "rehearsal.outside_course.todo")
                .with("count", &count)
                .with("courses", &listed(courses.keys()))
        } else {
            // A caller without access to people's records is told no counts of them either.
            FindingText::new("rehearsal.outside_course", "rehearsal.outside_course.todo")
        };
        let told = told.with("agency", &self.agency_name(agency));
        let step = Some(FindingStep::CorrectTraining);
        self.find(FindingReason::OutsideCourse, agency, Some(indicator.id), told, step);
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
        // A caller without access to single records is told no counts of them either.
        let counted = self.rehearsal.names_systems;
        let phrase = |(day, count): (&Option<Date>, &usize)| match (day, counted) {
            (Some(day), true) => Message::new("rehearsal.later.from.counted").with("count", count).with("day", day),
            (None, true) => Message::new("rehearsal.later.nowhere.counted").with("count", count),
            (Some(day), false) => Message::new("rehearsal.later.from").with("day", day),
            (None, false) => Message::new("rehearsal.later.nowhere"),
        };
        let told = FindingText::new("rehearsal.counted_later", "rehearsal.counted_later.todo")
            .with("agency", &self.agency_name(agency))
            .with("code", &indicator.entity.code)
            .with("records", &Argument::Each(later.iter().map(phrase).collect()));
        let step = Some(FindingStep::RequestCorrection);
        self.find(FindingReason::CountedLater, agency, Some(indicator.id), told, step);
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
