//! Civil days in rows that are read and written by the thousand. On SQLite a day is a text, and chrono's own conversion
//! interprets a format for each one, which takes as long as reading the row.

use crate::engine::connection::AnyBackend;
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::Pg;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types;
use diesel::sqlite::Sqlite;
use thidua_domain::Date;

/// A civil day in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromSqlRow, AsExpression)]
#[diesel(sql_type = sql_types::Date)]
pub(crate) struct Day(pub(crate) Date);

/// Parses ISO 8601: `2026-10-20`, with a sign where the year does not have four digits.
fn read(text: &str) -> Option<Date> {
    let &[a, b, c, d, b'-', e, f, b'-', g, h] = text.as_bytes() else { return text.parse().ok() };
    let number = |digits: &[u8]| -> Option<u32> {
        digits.iter().try_fold(0, |number, digit| {
            let digit = digit.is_ascii_digit().then(|| u32::from(digit - b'0'))?;
            Some(number * 10 + digit)
        })
    };
    Date::from_ymd_opt(i32::try_from(number(&[a, b, c, d])?).ok()?, number(&[e, f])?, number(&[g, h])?)
}

impl FromSql<sql_types::Date, Sqlite> for Day {
    fn from_sql(mut value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let text = value.read_text();
        Ok(Self(read(text).ok_or_else(|| format!("stored day is unknown: {text}"))?))
    }
}

impl FromSql<sql_types::Date, Pg> for Day {
    fn from_sql(value: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        <Date as FromSql<sql_types::Date, Pg>>::from_sql(value).map(Self)
    }
}

impl FromSql<sql_types::Date, AnyBackend> for Day {
    fn from_sql(value: <AnyBackend as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        value.from_sql::<Self, sql_types::Date>()
    }
}

impl ToSql<sql_types::Date, Sqlite> for Day {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.to_string());
        Ok(IsNull::No)
    }
}

impl ToSql<sql_types::Date, Pg> for Day {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        <Date as ToSql<sql_types::Date, Pg>>::to_sql(&self.0, out)
    }
}

impl ToSql<sql_types::Date, AnyBackend> for Day {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, AnyBackend>) -> serialize::Result {
        out.set_value((sql_types::Date, self));
        Ok(IsNull::No)
    }
}

#[cfg(test)]
mod tests {
    use super::{Date, read};

    #[test]
    fn every_day_is_read_as_it_is_written() {
        let leap_and_common = (1999..=2001).flat_map(|year| (1..=366).map(move |day| (year, day)));
        let known = leap_and_common.chain([(0, 1), (-1, 1), (9999, 365), (10_000, 1)]);
        for day in known.filter_map(|(year, day)| Date::from_yo_opt(year, day)) {
            assert_eq!(read(&day.to_string()), Some(day));
        }
    }

    #[test]
    fn what_is_no_day_is_not_read() {
        for text in ["", "2026", "2026-02-30", "20a6-01-01", "2026-01-01T00:00:00", "２０２６"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
