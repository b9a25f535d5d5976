//! Values of few spellings in rows that are read by the thousand: no text is made of each one.

use crate::engine::connection::AnyBackend;
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::Pg;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::Text;
use diesel::sqlite::Sqlite;
use std::fmt::Debug;
use thidua_domain::text::OneText;

/// A value that a column keeps by its spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromSqlRow, AsExpression)]
#[diesel(sql_type = Text)]
pub(crate) struct Spelled<T: Debug>(pub(crate) T);

fn read<T: OneText + Debug>(text: &str) -> deserialize::Result<Spelled<T>> {
    Ok(Spelled(T::from_text(text).ok_or_else(|| format!("stored spelling is unknown: {text}"))?))
}

impl<T: OneText + Debug> FromSql<Text, Sqlite> for Spelled<T> {
    fn from_sql(mut value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        read(value.read_text())
    }
}

impl<T: OneText + Debug> FromSql<Text, Pg> for Spelled<T> {
    fn from_sql(value: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        read(std::str::from_utf8(value.as_bytes())?)
    }
}

impl<T: OneText + Debug> FromSql<Text, AnyBackend> for Spelled<T> {
    fn from_sql(value: <AnyBackend as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        value.from_sql::<Self, Text>()
    }
}

impl<T: OneText + Debug> ToSql<Text, Sqlite> for Spelled<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.to_text());
        Ok(IsNull::No)
    }
}

impl<T: OneText + Debug> ToSql<Text, Pg> for Spelled<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        <str as ToSql<Text, Pg>>::to_sql(&self.0.to_text(), &mut out.reborrow())
    }
}

impl<T: OneText + Debug + Send + Sync + 'static> ToSql<Text, AnyBackend> for Spelled<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, AnyBackend>) -> serialize::Result {
        out.set_value((Text, self));
        Ok(IsNull::No)
    }
}
