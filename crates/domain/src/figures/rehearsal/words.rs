//! Sentences of a rehearsal, in both languages.

use super::findings::{FindingReason, Rehearsal};
use crate::Date;
use crate::catalogue::indicators::{Semantics, Source};
use crate::catalogue::{Catalogue, IndicatorEntry};
use crate::id::{AgencyId, CalendarId, IndicatorId};
use crate::records::document_exchanges::Direction;
use crate::text::Code;
use crate::time::{Month, Period, Window, written};
use std::collections::BTreeMap;
use std::fmt::Display;

/// The most names in one sentence.
const NAMED: usize = 10;

/// A fault and its remedy in words.
pub(super) struct Told {
    pub(super) vi: String,
    pub(super) en: String,
    pub(super) todo_vi: String,
    pub(super) todo_en: String,
}

/// Context that the sentences of one rehearsal share.
pub(super) struct Words<'a> {
    pub(super) catalogue: &'a Catalogue,
    pub(super) rehearsal: &'a Rehearsal,
    pub(super) window: Window,
    /// The days of the window that have come.
    pub(super) come: Window,
}

impl Words<'_> {
    pub(super) fn nothing_reported(&self, agency: AgencyId, indicator: IndicatorEntry<'_>) -> Told {
        let (name_vi, name_en) = self.agency(agency);
        let (code, period) = (&indicator.entity.code, self.rehearsal.period);
        let (from, to) = (self.window.from, self.window.to);
        let (todo_vi, todo_en) = self.to_enter(indicator);
        Told {
            vi: format!("{name_vi} chưa có số liệu {code} trong kỳ {period} ({} – {}).", written(from), written(to)),
            en: format!("{name_en} has no figures for {code} in the period {period} ({from} to {to})."),
            todo_vi,
            todo_en,
        }
    }

    pub(super) fn months_missing(&self, agency: AgencyId, indicator: IndicatorEntry<'_>, months: &[Month]) -> Told {
        let (name_vi, name_en) = self.agency(agency);
        let (code, months) = (&indicator.entity.code, all(months));
        let (todo_vi, todo_en) = self.to_enter(indicator);
        Told {
            vi: format!("{name_vi} còn thiếu số liệu {code} của tháng: {months}."),
            en: format!("{name_en} lacks the figures of {code} for: {months}."),
            todo_vi,
            todo_en,
        }
    }

    /// The way to enter the figures of an indicator that an agency must report.
    fn to_enter(&self, indicator: IndicatorEntry<'_>) -> (String, String) {
        let (code, calendar) = (&indicator.entity.code, self.calendar(self.rehearsal.calendar));
        let definition = indicator.entity.definition_in(self.rehearsal.period.last_month());
        match (&definition.source, definition.semantics) {
            (Source::DocumentExchanges { .. }, _) => (
                format!(
                    "Nhập số văn bản đến và số văn bản đi của từng tháng trong kỳ theo lịch {calendar}; nếu không phát sinh, nhập số 0."
                ),
                format!(
                    "Enter the documents that arrived and those sent, month by month, under the calendar {calendar}; if there were none, enter 0."
                ),
            ),
            (_, Semantics::State) => (
                format!(
                    "Khai báo số liệu {code} của tháng cuối kỳ theo lịch {calendar}; nếu không phát sinh, khai báo mẫu số 0."
                ),
                format!(
                    "Declare the figures of {code} for the last month of the period under the calendar {calendar}; if nothing arose, declare the denominator 0."
                ),
            ),
            (_, Semantics::Flow | Semantics::Stock) => (
                format!(
                    "Khai báo số liệu {code} của từng tháng trong kỳ theo lịch {calendar}; nếu không phát sinh, khai báo mẫu số 0."
                ),
                format!(
                    "Declare the figures of {code} for each month of the period under the calendar {calendar}; if nothing arose, declare the denominator 0."
                ),
            ),
        }
    }

    /// Figures that are recorded under other calendars only; `of` is the time they are for: the period, or some of its
    /// months.
    pub(super) fn other_calendar(
        &self,
        agency: AgencyId,
        indicator: IndicatorEntry<'_>,
        others: &[CalendarId],
        of: &dyn Display,
    ) -> Told {
        let (name_vi, name_en) = self.agency(agency);
        let code = &indicator.entity.code;
        let (asked, found) =
            (self.calendar(self.rehearsal.calendar), listed(others.iter().map(|id| self.calendar(*id))));
        Told {
            vi: format!(
                "{name_vi} có số liệu {code} của kỳ {of} theo lịch {found}, không có theo lịch {asked}; hệ thống không tự quy đổi."
            ),
            en: format!(
                "{name_en} has figures for {code} of {of} under the calendar {found}, none under {asked}; they are not converted."
            ),
            todo_vi: format!("Nhập số liệu theo lịch {asked}, hoặc lập báo cáo theo lịch {found}."),
            todo_en: format!("Enter the figures under the calendar {asked}, or report under {found}."),
        }
    }

    pub(super) fn two_calendars(
        &self,
        agency: AgencyId,
        indicator: IndicatorEntry<'_>,
        other: CalendarId,
        months: &[Month],
    ) -> Told {
        let (name_vi, name_en) = self.agency(agency);
        let (code, months) = (&indicator.entity.code, all(months));
        let (asked, other) = (self.calendar(self.rehearsal.calendar), self.calendar(other));
        Told {
            vi: format!("{name_vi} có số liệu {code} theo cả hai lịch {asked} và {other} của cùng tháng: {months}."),
            en: format!("{name_en} has figures of {code} under both calendars, {asked} and {other}, for: {months}."),
            todo_vi: "Giữ số liệu theo lịch mà chế độ báo cáo quy định, xóa số liệu nhập nhầm lịch.".to_owned(),
            todo_en: "Keep the figures under the calendar that the reporting regime asks for, and delete the others."
                .to_owned(),
        }
    }

    pub(super) fn estimates_left(&self, agency: AgencyId, indicator: IndicatorEntry<'_>, months: &[Month]) -> Told {
        let (name_vi, name_en) = self.agency(agency);
        let (code, months) = (&indicator.entity.code, all(months));
        Told {
            vi: format!("{name_vi} còn số liệu {code} là ước thực hiện của tháng đã kết thúc: {months}."),
            en: format!("{name_en} has estimates of {code} left for months that have ended: {months}."),
            todo_vi: "Thay bằng số liệu thực hiện; nếu số ước đã đúng, đổi loại số liệu thành thực hiện.".to_owned(),
            todo_en: "Put the actual figures in their place; if the estimates were right, make their nature actual."
                .to_owned(),
        }
    }

    pub(super) fn one_direction(&self, agency: AgencyId, there: Direction, months: &[Month]) -> Told {
        let (name_vi, name_en) = self.agency(agency);
        let months = listed(months);
        let ((there_vi, there_en), (lacking_vi, lacking_en)) = match there {
            Direction::Incoming => (("đến", "incoming"), ("đi", "outgoing")),
            Direction::Outgoing => (("đi", "outgoing"), ("đến", "incoming")),
        };
        Told {
            vi: format!("{name_vi} đã nhập văn bản {there_vi} nhưng chưa nhập văn bản {lacking_vi}: {months}."),
            en: format!("{name_en} has counted {there_en} documents, but no {lacking_en} ones: {months}."),
            todo_vi: format!("Nhập số văn bản {lacking_vi} của các tháng này; nếu không phát sinh, nhập số 0."),
            todo_en: format!("Enter the {lacking_en} documents of these months; if there were none, enter 0."),
        }
    }

    pub(super) fn numerator_above(&self, agency: AgencyId, indicator: IndicatorEntry<'_>, months: &[Month]) -> Told {
        let (name_vi, name_en) = self.agency(agency);
        let (code, months) = (&indicator.entity.code, listed(months));
        Told {
            vi: format!("{name_vi} có tử số {code} lớn hơn mẫu số: {months}."),
            en: format!("{name_en} has a numerator of {code} above the denominator: {months}."),
            todo_vi: "Đối chiếu với hồ sơ gốc rồi sửa tử số hoặc mẫu số; nếu đúng thì giữ nguyên.".to_owned(),
            todo_en: "Compare with the original files, then correct the numerator or the denominator; if they are right, leave them.".to_owned(),
        }
    }

    pub(super) fn no_target(&self, indicator: IndicatorEntry<'_>, agencies: usize) -> Told {
        let (code, period) = (&indicator.entity.code, self.rehearsal.period);
        Told {
            vi: format!(
                "Không có mục tiêu {code} áp dụng cho kỳ {period} tại {agencies} cơ quan phải báo cáo; kết quả sẽ không được đánh giá."
            ),
            en: format!(
                "No target of {code} applies to {period} at {agencies} agencies that are to report; their figures will not be judged."
            ),
            todo_vi: "Đề nghị quản trị viên đặt mục tiêu cho phong trào, giai đoạn hoặc năm.".to_owned(),
            todo_en: "Ask an administrator to set a target for the movement, the phase or the year.".to_owned(),
        }
    }

    pub(super) fn not_in_force(&self, indicator: IndicatorEntry<'_>) -> Told {
        let (code, to) = (&indicator.entity.code, self.window.to);
        Told {
            vi: format!("Báo cáo kỳ này không có {code}: chỉ tiêu không có hiệu lực vào ngày {}.", written(to)),
            en: format!("This report has no {code}: the indicator is not in force on {to}."),
            todo_vi: "Không phải nhập số liệu; nếu chỉ tiêu còn áp dụng, đề nghị quản trị viên sửa ngày hiệu lực."
                .to_owned(),
            todo_en:
                "Nothing is to be entered; if the indicator still applies, ask an administrator to correct its dates."
                    .to_owned(),
        }
    }

    pub(super) fn recorded_outside_force(&self, agency: AgencyId, indicator: IndicatorEntry<'_>) -> Told {
        let (name_vi, name_en) = self.agency(agency);
        let (code, to) = (&indicator.entity.code, self.window.to);
        Told {
            vi: format!("{name_vi} có số liệu {code} nhưng chỉ tiêu không có hiệu lực vào ngày {}.", written(to)),
            en: format!("{name_en} has figures for {code}, but the indicator is not in force on {to}."),
            todo_vi: "Kiểm tra kỳ của số liệu; nếu chỉ tiêu còn áp dụng, đề nghị quản trị viên sửa ngày hiệu lực.".to_owned(),
            todo_en: "Check the period of the figures; if the indicator still applies, ask an administrator to correct its dates.".to_owned(),
        }
    }

    pub(super) fn no_status(&self, agency: AgencyId, systems: &[&Code]) -> Told {
        let (name_vi, name_en) = self.agency(agency);
        let (count, which) = (systems.len(), self.systems(systems));
        Told {
            vi: format!("{name_vi} có {count} hệ thống thông tin không có trạng thái giám sát trong kỳ{which}."),
            en: format!("{name_en} runs {count} information systems without a monitoring status in the period{which}."),
            todo_vi: format!(
                "Ghi nhận trạng thái giám sát của từng hệ thống, với ngày từ {} đến {}.",
                written(self.window.from),
                written(self.window.to)
            ),
            todo_en: format!(
                "Record a monitoring status of each, of a day from {} to {}.",
                self.window.from, self.window.to
            ),
        }
    }

    pub(super) fn stale_event(&self, agency: AgencyId, systems: &[&Code], days: u16) -> Told {
        let (name_vi, name_en) = self.agency(agency);
        let (count, which, to) = (systems.len(), self.systems(systems), self.come.to);
        Told {
            vi: format!(
                "{name_vi} có {count} hệ thống thông tin có lần giám sát gần nhất quá {days} ngày tính đến {}{which}.",
                written(to)
            ),
            en: format!(
                "{name_en} runs {count} information systems whose last monitoring event lies more than {days} days before {to}{which}."
            ),
            todo_vi: "Giám sát lại, rồi ghi nhận trạng thái mới kèm ngày giám sát gần nhất.".to_owned(),
            todo_en: "Monitor them again, then record a new status with the day of the last event.".to_owned(),
        }
    }

    pub(super) fn outside_course(&self, agency: AgencyId, courses: &BTreeMap<&Code, usize>) -> Told {
        let (name_vi, name_en) = self.agency(agency);
        // A caller without access to people's records is told no counts of them either.
        let (count, which) = if self.rehearsal.names_systems {
            let count: usize = courses.values().sum();
            (format!("{count} "), format!(": {}", listed(courses.keys())))
        } else {
            Default::default()
        };
        Told {
            vi: format!("{name_vi} có {count}bản ghi tập huấn có ngày ngoài thời gian của khóa{which}."),
            en: format!("{name_en} has {count}training records of days on which their course was not held{which}."),
            todo_vi: "Đối chiếu với danh sách lớp rồi sửa ngày của bản ghi hoặc thời gian của khóa; nếu đúng thì giữ nguyên.".to_owned(),
            todo_en: "Compare with the list of attendance, then correct the record's day or the course's days; if they are right, leave them.".to_owned(),
        }
    }

    pub(super) fn counted_later(
        &self,
        agency: AgencyId,
        indicator: IndicatorEntry<'_>,
        later: &BTreeMap<Option<Date>, usize>,
    ) -> Told {
        let (name_vi, name_en) = self.agency(agency);
        let code = &indicator.entity.code;
        // A caller without access to single records is told no counts of them either.
        let told = self.rehearsal.names_systems;
        let number = |count: &usize| if told { format!("{count} ") } else { String::new() };
        let records = |count: &usize| if told && *count == 1 { "record" } else { "records" };
        let vi = later.iter().map(|(day, count)| match day {
            Some(day) => format!("{}bản ghi được tính từ ngày {}", number(count), written(*day)),
            None => format!("{}bản ghi không được tính vào đâu", number(count)),
        });
        let en = later.iter().map(|(day, count)| match day {
            Some(day) => format!("{}{} counted from {day}", number(count), records(count)),
            None => format!("{}{} counted nowhere", number(count), records(count)),
        });
        let (vi, en): (Vec<_>, Vec<_>) = (vi.collect(), en.collect());
        Told {
            vi: format!("{name_vi} có bản ghi của kỳ này cho chỉ tiêu {code} đến sau khi đã khóa số liệu: {}.", vi.join("; ")),
            en: format!("{name_en} has records of this time for {code} that came after it was closed: {}.", en.join("; ")),
            todo_vi: "Nếu phải tính vào đúng kỳ, gửi đề nghị đính chính cho mọi tháng đã khóa liên quan; nếu không thì giữ nguyên.".to_owned(),
            todo_en: "If they must count in their own time, ask for a correction of all closed months concerned; otherwise leave them.".to_owned(),
        }
    }

    pub(super) fn locked(
        &self,
        agency: AgencyId,
        indicators: &[IndicatorId],
        (calendar, period): (CalendarId, Period),
        from: Date,
    ) -> Told {
        let (name_vi, name_en) = self.agency(agency);
        let (codes, calendar) = (self.indicators(indicators), self.calendar(calendar));
        Told {
            vi: format!(
                "{name_vi} còn thiếu hoặc cần sửa {codes}, nhưng kỳ {period} (lịch {calendar}) đã khóa từ ngày {}: số liệu gửi lên sẽ bị từ chối.",
                written(from)
            ),
            en: format!(
                "{name_en} lacks or should correct {codes}, but the period {period} (calendar {calendar}) has been locked since {from}: figures will be refused."
            ),
            todo_vi: "Gửi đề nghị đính chính, nêu lý do và số văn bản; khi được duyệt thì nhập số liệu trong thời hạn.".to_owned(),
            todo_en: "Ask for a correction with a reason and a document number; once it is approved, enter the figures within its time.".to_owned(),
        }
    }

    pub(super) fn frozen(&self, agency: AgencyId, indicators: &[IndicatorId], phase: &Code) -> Told {
        let (name_vi, name_en) = self.agency(agency);
        let codes = self.indicators(indicators);
        Told {
            vi: format!(
                "{name_vi} còn thiếu hoặc cần sửa {codes}, nhưng giai đoạn {phase} đã chốt: số liệu gửi lên sẽ bị từ chối."
            ),
            en: format!(
                "{name_en} lacks or should correct {codes}, but phase {phase} is frozen: figures will be refused."
            ),
            todo_vi: "Giai đoạn đã chốt không nhận số liệu; nêu phần thiếu trong lời báo cáo.".to_owned(),
            todo_en: "A frozen phase takes no figures; name what is missing in the report's text.".to_owned(),
        }
    }

    pub(super) fn late(&self, agency: AgencyId, indicators: &[IndicatorId], reason: FindingReason, day: Date) -> Told {
        let (name_vi, name_en) = self.agency(agency);
        let (codes, shown) = (self.indicators(indicators), written(day));
        let (date_vi, date_en) = match reason {
            FindingReason::CutOffPassed | FindingReason::CutOffNear => ("ngày chốt số liệu", "the data cut-off"),
            _ => ("hạn gửi báo cáo", "the submission deadline"),
        };
        let passed = matches!(reason, FindingReason::DeadlinePassed | FindingReason::CutOffPassed);
        let (vi, en) = if passed {
            (format!("đã qua {date_vi} {shown}"), format!("{date_en} {day} has passed"))
        } else {
            (format!("sắp đến {date_vi} {shown}"), format!("{date_en} {day} is near"))
        };
        Told {
            vi: format!("{name_vi} còn thiếu hoặc cần sửa {codes}; {vi}."),
            en: format!("{name_en} lacks or should correct {codes}; {en}."),
            todo_vi: if passed {
                "Nhập ngay và báo với cơ quan tổng hợp.".to_owned()
            } else {
                format!("Nhập xong trước hết ngày {shown}.")
            },
            todo_en: if passed {
                "Enter it at once, and tell the agency that compiles the report.".to_owned()
            } else {
                format!("Enter it by the end of {day}.")
            },
        }
    }

    /// An agency's name in both languages.
    pub(super) fn agency(&self, id: AgencyId) -> (String, String) {
        let Some(agency) = self.catalogue.agencies.get(&id) else { return Default::default() };
        let english = agency.name_en.as_ref().unwrap_or(&agency.name_vi);
        (agency.name_vi.to_string(), english.to_string())
    }

    fn calendar(&self, id: CalendarId) -> String {
        self.catalogue.calendars.get(&id).map(|calendar| calendar.code.to_string()).unwrap_or_default()
    }

    pub(super) fn indicators(&self, ids: &[IndicatorId]) -> String {
        let mut codes: Vec<_> =
            ids.iter().filter_map(|id| self.catalogue.indicators.get(id)).map(|known| &known.code).collect();
        codes.sort();
        listed(codes)
    }

    /// The systems by code; empty when they may not be named.
    fn systems(&self, codes: &[&Code]) -> String {
        if self.rehearsal.names_systems { format!(": {}", listed(codes)) } else { String::new() }
    }
}

/// Several things, the first of them by name.
fn listed<T: Display>(things: impl IntoIterator<Item = T>) -> String {
    let all: Vec<_> = things.into_iter().map(|thing| thing.to_string()).collect();
    let more = if all.len() > NAMED { ", …" } else { "" };
    let named: Vec<_> = all.into_iter().take(NAMED).collect();
    format!("{}{more}", named.join(", "))
}

/// Months by name, all of them: a period has few.
pub(super) fn all(months: &[Month]) -> String {
    months.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
