//! Findings about records: people and systems without any, and declared figures that differ from them.

use super::Run;
use super::findings::{FindingKind, FindingReason, FindingStep};
use super::words::{Told, Words, all};
use crate::catalogue::IndicatorEntry;
use crate::catalogue::indicators::Source;
use crate::figures::attainment::{Question, own_figure};
use crate::figures::comparison::Records;
use crate::id::AgencyId;
use crate::time::{Month, written};

impl Run<'_> {
    /// An agency with people or systems and no record about them, where records count as reports.
    pub(super) fn unrecorded(&mut self, agency: AgencyId, indicator: IndicatorEntry<'_>) {
        let (calendar, period, day) = (self.rehearsal.calendar, self.rehearsal.period, self.rehearsal.today);
        let question = Question { indicator: indicator.id, agency, calendar, period, day };
        let Ok(own) = own_figure(self.catalogue, self.cells, question) else { return };
        if own.reported || own.denominator <= 0 {
            return;
        }
        let (told, step) = match self.definition(indicator).source {
            Source::TrainingRecords { .. } => (self.words.no_training(agency, indicator), FindingStep::RecordTraining),
            _ => (self.words.no_status_at_all(agency, indicator), FindingStep::RecordStatus),
        };
        self.owe(agency, indicator.id);
        let (kind, reason) = (FindingKind::Missing, FindingReason::NothingReported);
        self.find(kind, reason, agency, Some(indicator.id), told, Some(step));
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
        // Nothing is owed for it: the roll may be wrong instead.
        let told = self.words.differs_from_roll(agency, indicator, &differs);
        let (kind, reason) = (FindingKind::Inconsistent, FindingReason::DiffersFromRecords);
        self.find(kind, reason, agency, Some(indicator.id), told, Some(FindingStep::Correct));
    }
}

/// A month whose declared number differs from the one in records.
struct Differs {
    month: Month,
    declared: i64,
    derived: i64,
}

impl Words<'_> {
    fn no_training(&self, agency: AgencyId, indicator: IndicatorEntry<'_>) -> Told {
        let (name_vi, name_en) = self.agency(agency);
        let (code, to) = (&indicator.entity.code, self.come.to);
        Told {
            vi: format!(
                "{name_vi} có người thuộc đối tượng của {code} nhưng chưa ghi nhận lượt tập huấn nào từ đầu giai đoạn đến ngày {}.",
                written(to)
            ),
            en: format!(
                "{name_en} has people whom {code} counts, and no training of theirs is recorded from the start of the phase to {to}."
            ),
            todo_vi: "Ghi nhận các lượt tập huấn đã có, kể cả lượt không đạt.".to_owned(),
            todo_en: "Record the trainings there were, those that were not passed, too.".to_owned(),
        }
    }

    fn no_status_at_all(&self, agency: AgencyId, indicator: IndicatorEntry<'_>) -> Told {
        let (name_vi, name_en) = self.agency(agency);
        let (code, to) = (&indicator.entity.code, self.come.to);
        Told {
            vi: format!(
                "{name_vi} có hệ thống thông tin đang vận hành nhưng chưa ghi nhận trạng thái giám sát nào cho {code} đến ngày {}.",
                written(to)
            ),
            en: format!(
                "{name_en} runs information systems, and no monitoring status of theirs is recorded for {code} by {to}."
            ),
            todo_vi: "Ghi nhận trạng thái giám sát của từng hệ thống.".to_owned(),
            todo_en: "Record a monitoring status of each system.".to_owned(),
        }
    }
    fn differs_from_roll(&self, agency: AgencyId, indicator: IndicatorEntry<'_>, differs: &[Differs]) -> Told {
        let (name_vi, name_en) = self.agency(agency);
        let code = &indicator.entity.code;
        let (vi, en) = if self.rehearsal.names_systems {
            let vi = differs.iter().map(|Differs { month, declared, derived }| {
                format!("tháng {month} khai báo {declared}, danh sách nhân sự có {derived}")
            });
            let en = differs.iter().map(|Differs { month, declared, derived }| {
                format!("{month}: {declared} declared, {derived} on the roll")
            });
            (vi.collect::<Vec<_>>().join("; "), en.collect::<Vec<_>>().join("; "))
        } else {
            // A caller without access to people's records is told no counts of them either.
            let months = all(&differs.iter().map(|differs| differs.month).collect::<Vec<_>>());
            (format!("tháng {months}"), months)
        };
        Told {
            vi: format!("{name_vi} khai báo mẫu số {code} khác với số người trong danh sách nhân sự: {vi}."),
            en: format!("{name_en} has declared another denominator of {code} than people are on its roll: {en}."),
            todo_vi: "Đối chiếu với danh sách nhân sự tại ngày cuối tháng, rồi sửa số liệu khai báo hoặc danh sách; nếu số khai báo đúng thì giữ nguyên.".to_owned(),
            todo_en: "Compare with the roll of the month's last day, then correct the declared figure or the roll; if the figure is right, leave it.".to_owned(),
        }
    }
}
