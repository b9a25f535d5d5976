//! Civil days in rows. On SQLite a day is a text, and chrono's own conversion interprets a format for each one, which
//! takes as long as reading the row.

use crate::engine::connection::AnyBackend;
use chrono::NaiveDate;
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

impl FromSql<sql_types::Date, Sqlite> for Day {
    fn from_sql(mut value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let text = value.read_text();
        Ok(Self(Date::read(text).ok_or_else(|| format!("stored day is unknown: {text}"))?))
    }
}

impl FromSql<sql_types::Date, Pg> for Day {
    fn from_sql(value: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        <NaiveDate as FromSql<sql_types::Date, Pg>>::from_sql(value).map(|day| Self(day.into()))
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
        <NaiveDate as ToSql<sql_types::Date, Pg>>::to_sql(&self.0, out)
    }
}

impl ToSql<sql_types::Date, AnyBackend> for Day {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, AnyBackend>) -> serialize::Result {
        out.set_value((sql_types::Date, self));
        Ok(IsNull::No)
    }
}
