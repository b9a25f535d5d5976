//! Shorthands for the small types: literal texts and dates of the sample.

use chrono::{DateTime, TimeDelta, Utc};
use thidua_domain::Date;
use thidua_domain::text::{Code, Name, Prose, Reference};
use thidua_domain::time::Month;
use thidua_persistence::Result;

/// The mark of every invented text, so that nobody takes it for a fact.
pub(super) const SAMPLE: &str = "(mẫu)";

pub(super) fn code(text: &str) -> Result<Code> {
    Ok(Code::parse("/code", text)?)
}

pub(super) fn name(text: &str) -> Result<Name> {
    Ok(Name::parse("/name", text)?)
}

pub(super) fn reference(text: &str) -> Result<Reference> {
    Ok(Reference::parse("/reference", text)?)
}

pub(super) fn prose(text: &str) -> Result<Prose> {
    Ok(Prose::parse("/text", text)?)
}

/// A literal day, written 20260114.
pub(super) fn day(yyyymmdd: i32) -> Date {
    let part = |divisor: i32| u32::try_from(yyyymmdd / divisor % 100).unwrap_or_default();
    Date::new(yyyymmdd / 10_000, part(100), part(1)).unwrap_or_default()
}

/// A day some days later.
pub(super) fn after(from: Date, days: i64) -> Date {
    from + TimeDelta::days(days)
}

/// A literal moment in Asia/Ho_Chi_Minh (UTC+7).
pub(super) fn moment(yyyymmdd: i32, hour: u32, minute: u32) -> DateTime<Utc> {
    let local = day(yyyymmdd).and_hms_opt(hour, minute, 0).unwrap_or_default();
    local.and_utc() - TimeDelta::hours(7)
}

/// A literal month, written 202601.
pub(super) fn month(yyyymm: i32) -> Month {
    Month::from_yyyymm(yyyymm).unwrap_or(Month::EARLIEST)
}
