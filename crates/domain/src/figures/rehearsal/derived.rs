//! Findings about records: people and systems without any, and declared figures that differ from them.

use super::RehearsalRun;
use super::findings::{FindingReason, FindingStep};
use super::words::{FindingText, all};
use crate::catalogue::IndicatorEntry;
use crate::catalogue::sources::Source;
use crate::figures::attainment::own_figure;
use crate::figures::comparison::Records;
use crate::figures::question::Question;
use crate::id::AgencyId;
use crate::message::{Argument, Message};
use crate::time::Month;

impl RehearsalRun<'_> {
    /// An agency with people or systems and no record about them, where records count as reports.
    pub(super) fn unrecorded(&mut self, agency: AgencyId, indicator: IndicatorEntry<'_>) {
        let (calendar, period, day) = (self.rehearsal.calendar, self.rehearsal.period, self.rehearsal.today);
        let question = Question { indicator: indicator.id, agency, calendar, period, day };
        let Ok(own) = own_figure(self.catalogue, self.cells, question) else { return };
        if own.reported || own.denominator <= 0 {
            return;
        }
        let (told, step) = match self.definition(indicator).source {
            Source::TrainingRecords { .. } => {
                let told = FindingText::new("rehearsal.no_training", "rehearsal.no_training.todo");
                (told, FindingStep::RecordTraining)
            }
            _ => {
                let told = FindingText::new("rehearsal.no_status_at_all", "rehearsal.no_status_at_all.todo");
                (told, FindingStep::RecordStatus)
            }
        };
        let told = told
            .with("agency", &self.agency_name(agency))
            .with("code", &indicator.entity.code)
            .with("to", &self.come.to);
        self.owe(agency, indicator.id);
        self.find(FindingReason::NothingReported, agency, Some(indicator.id), told, Some(step));
    }

    /// Months whose declared figures differ from the records they are compared with.
    pub(super) fn beside_records(&mut self, agency: AgencyId, indicator: IndicatorEntry<'_>, asked: &[Month]) {
        let place = (self.rehearsal.calendar, self.calendar);
        let Some(records) = Records::of(self.definition(indicator), self.cells, place, &self.so_far) else { return };
        let differs = asked.iter().filter_map(|month| {
            let cell = self.cell(indicator.id, agency, place.0, *month);
            let derived = records.of_month(agency, *month).denominator.filter(|_| cell.reports > 0)?;
            (derived != cell.denominator).then_some(Differs { month: *month, declared: cell.denominator, derived })
        });
        let differs: Vec<_> = differs.collect();
        if differs.is_empty() {
            return;
        }
        let told = if self.rehearsal.names_systems {
            let month = |Differs { month, declared, derived }: &Differs| {
                Message::new("rehearsal.differs_from_roll.month")
                    .with("month", month)
                    .with("declared", declared)
                    .with("derived", derived)
            };
            FindingText::new("rehearsal.differs_from_roll.counted", "rehearsal.differs_from_roll.todo")
                .with("months", &Argument::Each(differs.iter().map(month).collect()))
        } else {
            // A caller without access to people's records is told no counts of them either.
            let months: Vec<_> = differs.iter().map(|differs| differs.month).collect();
            FindingText::new("rehearsal.differs_from_roll", "rehearsal.differs_from_roll.todo")
                .with("months", &all(&months))
        };
        let told = told.with("agency", &self.agency_name(agency)).with("code", &indicator.entity.code);
        // Nothing is owed for it: the roll may be wrong instead.
        self.find(FindingReason::DiffersFromRecords, agency, Some(indicator.id), told, Some(FindingStep::Correct));
    }
}

/// A month whose declared number differs from the one in records.
struct Differs {
    month: Month,
    declared: i64,
    derived: i64,
}
