//! Columns: how the values of entities are kept in tables, and rows made of them.

use crate::engine::date::Day;
use crate::engine::decode::{from_json_or_empty, json_if, month, spelled, stored};
use crate::error::{Error, Result};
use thidua_domain::Date;
use thidua_domain::catalogue::calendars::MonthClose;
use thidua_domain::closing::late::Late;
use thidua_domain::id::WholeNumber;
use thidua_domain::text::OneText;
use thidua_domain::time::Month;

/// A value that a column of the type `C` keeps.
pub(crate) trait Column<C>: Sized {
    /// The value as the column has it.
    fn to_column(&self) -> C;

    /// The value that a column has. One that does not parse is a defect, never the caller's fault.
    fn from_column(column: C) -> Result<Self>;
}

impl<T: WholeNumber> Column<i64> for T {
    fn to_column(&self) -> i64 {
        self.number()
    }

    fn from_column(column: i64) -> Result<Self> {
        T::from_number(column).ok_or_else(|| Error::internal(format!("stored number is unknown: {column}")))
    }
}

impl<T: OneText> Column<String> for T {
    fn to_column(&self) -> String {
        self.to_text()
    }

    fn from_column(column: String) -> Result<Self> {
        spelled(T::from_text, &column)
    }
}

impl<T: Column<C>, C> Column<Option<C>> for Option<T> {
    fn to_column(&self) -> Option<C> {
        self.as_ref().map(T::to_column)
    }

    fn from_column(column: Option<C>) -> Result<Self> {
        column.map(T::from_column).transpose()
    }
}

/// Implements columns by two functions.
macro_rules! columns {
    ($($value:ty => $column:ty: $write:expr, $read:expr;)+) => {$(
        impl Column<$column> for $value {
            fn to_column(&self) -> $column {
                let write: fn(&Self) -> $column = $write;
                write(self)
            }

            fn from_column(column: $column) -> Result<Self> {
                let read: fn($column) -> Result<Self> = $read;
                read(column)
            }
        }
    )+};
}

columns! {
    bool => bool: |value| *value, Ok;
    i32 => i32: |value| *value, Ok;
    Date => Day: |value| Day(*value), |day| Ok(day.0);
    Month => i32: |month| month.yyyymm(), month;
    MonthClose => Option<i32>: |closes| closes.day().map(i32::from), |day| {
        stored(MonthClose::parse("", day.map(u8::try_from).transpose().map_err(Error::internal)?))
    };
    Late => Option<String>: |late| json_if(!late.is_empty(), late), |text| from_json_or_empty(text.as_ref());
}

/// The row of a table, and its conversions from and to an entity. Each column is given with its type and the member that
/// it keeps.
///
/// `row! { holidays: HolidayId => Holiday { date: Day = date, name_vi: String = name_vi } }`
macro_rules! row {
    ($table:ident: $id:ident => $entity:ident { $($column:ident: $type:ty = $member:ident),+ $(,)? }) => {
        #[derive(PartialEq, diesel::Queryable, diesel::Insertable, diesel::AsChangeset)]
        #[diesel(table_name = $table, treat_none_as_null = true, treat_none_as_default_value = false)]
        pub(crate) struct Row {
            pub(crate) id: i64,
            $(pub(crate) $column: $type),+
        }

        impl Row {
            pub(crate) fn new(id: $id, entity: &$entity) -> Self {
                use $crate::engine::columns::Column;
                Self { id: id.0, $($column: entity.$member.to_column()),+ }
            }

            pub(crate) fn parse(self) -> $crate::error::Result<($id, $entity)> {
                use $crate::engine::columns::Column;
                let entity = $entity { $($member: Column::from_column(self.$column)?),+ };
                Ok(($id(self.id), entity))
            }
        }
    };
}
pub(crate) use row;
