//! The last part: the stored dates of periods with their locks, and the frozen phase I.

use super::catalogue::Basics;
use super::summary::Summary;
use super::texts::after;
use chrono::{Datelike, Weekday};
use thidua_domain::Date;
use thidua_domain::catalogue::calendars::MonthClose;
use thidua_domain::catalogue::movements::Phase;
use thidua_domain::catalogue::periods::PeriodDates;
use thidua_domain::log::changes::Resource;
use thidua_domain::time::{Month, Period};
use thidua_persistence::catalogue::{periods, phases};
use thidua_persistence::{Result, Transaction};

/// Stores the dates of the months, quarters, half-years and years 2023 to 2026, then freezes phase I.
pub(super) fn create(transaction: &mut Transaction<'_>, basics: &Basics, summary: &mut Summary) -> Result<()> {
    for year in 2023..=2026 {
        let months = (1..=12).filter_map(|month| Month::new(year, month)).map(Period::Month);
        let longer = (1..=4).map(|quarter| Period::Quarter(year, quarter));
        let longer = longer.chain((1..=2).map(|half| Period::Half(year, half))).chain([Period::Year(year)]);
        // The cut-off of a period is stored before all its months are locked.
        for period in longer.chain(months) {
            periods::insert(transaction, &dates(basics, period))?;
            summary.count(Resource::Periods);
        }
    }
    let catalogue = transaction.catalogue();
    if let Some(phase) = catalogue.phases.get(&basics.first_phase) {
        phases::update(transaction, basics.first_phase, &Phase { frozen: true, ..phase.clone() })?;
    }
    Ok(())
}

/// Dates of a period: due three working days after the close, later for longer periods; months up to 2025 are locked.
fn dates(basics: &Basics, period: Period) -> PeriodDates {
    let cut_off = MonthClose::OnDay(14).window(period.last_month()).to;
    let (working_days, locked) = match period {
        Period::Month(month) => (3, month.year() <= 2025),
        Period::Quarter(..) => (4, false),
        Period::Half(..) | Period::Year(_) => (5, false),
    };
    PeriodDates {
        calendar: basics.nd09,
        period,
        cut_off: Some(cut_off),
        submission_due: Some(later(cut_off, working_days)),
        locks_on: locked.then(|| after(cut_off, 45)),
    }
}

/// The day so many working days later; public holidays are left to the administrator.
fn later(from: Date, working_days: usize) -> Date {
    let works = |day: &Date| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
    std::iter::successors(from.next(), |day| day.next())
        .filter(works)
        .nth(working_days.saturating_sub(1))
        .unwrap_or(from)
}
