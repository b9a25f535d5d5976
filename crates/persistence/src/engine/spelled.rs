//! Values of few spellings that are read by the thousand beside rows: no text is made of each one. Rows themselves keep
//! texts until they are parsed, so that verification can name one that does not parse.

use crate::engine::connection::AnyBackend;
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::pg::Pg;
use diesel::sql_types::Text;
use diesel::sqlite::Sqlite;
use thidua_domain::text::OneText;

/// A value that a column keeps by its spelling.
#[derive(FromSqlRow)]
pub(crate) struct Spelled<T>(pub(crate) T);

fn read<T: OneText>(text: &str) -> deserialize::Result<Spelled<T>> {
    Ok(Spelled(T::from_text(text).ok_or_else(|| format!("stored spelling is unknown: {text}"))?))
}

impl<T: OneText> FromSql<Text, Sqlite> for Spelled<T> {
    fn from_sql(mut value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        read(value.read_text())
    }
}

impl<T: OneText> FromSql<Text, Pg> for Spelled<T> {
    fn from_sql(value: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        read(std::str::from_utf8(value.as_bytes())?)
    }
}

impl<T: OneText> FromSql<Text, AnyBackend> for Spelled<T> {
    fn from_sql(value: <AnyBackend as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        value.from_sql::<Self, Text>()
    }
}
