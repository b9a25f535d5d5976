//! The days off around the national day of 2026, with the Saturday that was worked for one of them.

use super::summary::Summary;
use super::texts::{day, name, reference};
use thidua_domain::catalogue::holidays::{Holiday, HolidayKind};
use thidua_domain::log::changes::Resource;
use thidua_persistence::catalogue::holidays;
use thidua_persistence::{Result, Transaction};

/// Each day with its kind and its names.
const DAYS: [(i32, HolidayKind, &str, &str); 4] = [
    (20260822, HolidayKind::WorkingDay, "Làm bù cho ngày 31/8 (mẫu)", "Make-up day for 31 August (sample)"),
    (20260831, HolidayKind::Holiday, "Nghỉ hoán đổi dịp Quốc khánh (mẫu)", "Day off before National Day (sample)"),
    (20260901, HolidayKind::Holiday, "Quốc khánh, ngày liền kề (mẫu)", "National Day, the day before (sample)"),
    (20260902, HolidayKind::Holiday, "Quốc khánh (mẫu)", "National Day (sample)"),
];

/// Creates them.
pub(super) fn create(transaction: &mut Transaction<'_>, summary: &mut Summary) -> Result<()> {
    for (date, kind, vi, en) in DAYS {
        let basis = reference("Thông báo về lịch nghỉ Quốc khánh năm 2026 (mẫu)")?;
        holidays::insert(
            transaction,
            &Holiday { date: day(date), kind, name_vi: name(vi)?, name_en: Some(name(en)?), basis },
        )?;
        summary.count(Resource::Holidays);
    }
    Ok(())
}
