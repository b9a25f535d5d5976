//! Keyset pagination: a page continues after the last row seen, so rows added or removed meanwhile neither repeat nor
//! hide others. Every sort key is a column that cannot be null, with the identity as tie-breaker.

use crate::engine::date::Day;
use crate::engine::entity::Identity;
use crate::error::{Error, Result};
use thidua_domain::Date;
use thidua_domain::violation::Violation;

/// The start and the length of a page.
#[derive(Debug, Clone)]
pub struct Slice {
    /// At most this many rows.
    pub limit: usize,
    /// True for the reverse order.
    pub descending: bool,
    /// The last row of the page before.
    pub after: Option<Position>,
    /// True to count the rows of the whole list, too.
    pub count: bool,
}

/// A row's place in an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// Its sort key as text.
    pub key: String,
    /// Its identity.
    pub id: i64,
}

/// A page of a list.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The rows, in order.
    pub items: Vec<T>,
    /// The place of the last row, when more rows follow.
    pub next: Option<Position>,
    /// The number of rows in the whole list, where that was asked for: as of the moment the page was read.
    pub total: Option<i64>,
}

impl<T> Page<T> {
    /// The page with every row converted.
    pub fn map<U>(self, convert: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(convert).collect(), next: self.next, total: self.total }
    }

    /// The page with every row converted, unless one cannot be.
    pub(crate) fn try_map<U>(self, convert: impl FnMut(T) -> Result<U>) -> Result<Page<U>> {
        let items = self.items.into_iter().map(convert).collect::<Result<_>>()?;
        Ok(Page { items, next: self.next, total: self.total })
    }
}

impl<I: Identity, E: Clone> Page<(I, E)> {
    /// A page of rows that are in memory, in the order of a key.
    pub fn of<'a, K: SortKey + Ord>(
        rows: impl Iterator<Item = (&'a I, &'a E)>,
        slice: &Slice,
        key: impl Fn(I, &E) -> K,
    ) -> Result<Self>
    where
        I: 'a,
        E: 'a,
    {
        let after = slice.after.as_ref().map(|after| cursor_key(after).map(|key| (key, after.id))).transpose()?;
        let mut rows: Vec<((K, i64), &E)> = rows.map(|(id, row)| ((key(*id, row), id.number()), row)).collect();
        let total = slice.count.then(|| i64::try_from(rows.len())).transpose().map_err(Error::internal)?;
        rows.sort_by(|(one, _), (other, _)| one.cmp(other));
        if slice.descending {
            rows.reverse();
        }
        let follows = |place: &(K, i64), after: &(K, i64)| if slice.descending { place < after } else { place > after };
        rows.retain(|(place, _)| after.as_ref().is_none_or(|after| follows(place, after)));
        let page = cut(rows, slice, |((key, id), _)| Position { key: key.write(), id: *id });
        Ok(Page { total, ..page.map(|((_, id), row)| (id.into(), row.clone())) })
    }
}

/// A column type that can be a sort key.
pub trait SortKey: Sized + Clone {
    /// The key as text, for a cursor.
    fn write(&self) -> String;
    /// Parses a cursor's text.
    fn read(text: &str) -> Option<Self>;
}

impl SortKey for String {
    fn write(&self) -> String {
        self.clone()
    }
    fn read(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }
}

impl SortKey for i64 {
    fn write(&self) -> String {
        self.to_string()
    }
    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl SortKey for i32 {
    fn write(&self) -> String {
        self.to_string()
    }
    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl SortKey for Date {
    fn write(&self) -> String {
        self.to_string()
    }
    fn read(text: &str) -> Option<Self> {
        Self::read(text)
    }
}

impl SortKey for Day {
    fn write(&self) -> String {
        self.0.write()
    }
    fn read(text: &str) -> Option<Self> {
        Date::read(text).map(Self)
    }
}

/// The key of a cursor, read as the column's type.
pub(crate) fn cursor_key<K: SortKey>(after: &Position) -> Result<K> {
    K::read(&after.key).ok_or_else(|| Violation::new("/cursor", "invalid_cursor").into())
}

/// Cuts off the rows beyond the limit; if there are any, more follow.
pub(crate) fn cut<R>(mut rows: Vec<R>, slice: &Slice, position: impl Fn(&R) -> Position) -> Page<R> {
    let more = rows.len() > slice.limit;
    rows.truncate(slice.limit);
    let next = if more { rows.last().map(position) } else { None };
    Page { items: rows, next, total: None }
}

/// Orders a boxed query by a column and the identity, starts it after the cursor, runs it, and cuts the page. To count
/// the whole list, the expression of the query is evaluated once more, and both are read from one state.
///
/// `paged!(connection, selected(filter), slice, id = table::id, by = table::column => Type, |row: Row| (row.column, row.id), convert)`
macro_rules! paged {
    ($connection:expr, $query:expr, $slice:expr, id = $id:expr, by = $column:expr => $key:ty, |$row:ident: $type:ty| ($value:expr, $row_id:expr), $convert:expr) => {{
        use diesel::prelude::*;
        let slice: &$crate::engine::paging::Slice = $slice;
        let page = |connection: &mut $crate::engine::connection::Connection| {
            let mut query = $query;
            if let Some(after) = &slice.after {
                let key: $key = $crate::engine::paging::cursor_key(after)?;
                query = if slice.descending {
                    query.filter($column.lt(key.clone()).or($column.eq(key).and($id.lt(after.id))))
                } else {
                    query.filter($column.gt(key.clone()).or($column.eq(key).and($id.gt(after.id))))
                };
            }
            query = if slice.descending {
                query.order(($column.desc(), $id.desc()))
            } else {
                query.order(($column.asc(), $id.asc()))
            };
            // One more than asked for, which tells whether more follow.
            let rows: Vec<$type> =
                $crate::engine::inline_limit::limited(query, slice.limit.saturating_add(1)).load(&mut connection.0)?;
            let position = |$row: &$type| $crate::engine::paging::Position {
                key: $crate::engine::paging::SortKey::write(&$value),
                id: $row_id,
            };
            $crate::error::Result::Ok($crate::engine::paging::cut(rows, slice, position))
        };
        let page = if slice.count {
            $connection.snapshot(|connection| {
                let total: i64 = $query.count().get_result(&mut connection.0)?;
                Ok($crate::engine::paging::Page { total: Some(total), ..page(connection)? })
            })
        } else {
            page($connection)
        };
        page?.try_map($convert)
    }};
}
pub(crate) use paged;

/// The list of a table's rows: its sort keys, each with the column that it stands for, and the function that reads a page
/// of the rows that `selected` makes of a filter. Another function than `Row::parse` may convert them.
///
/// `listed! { pub fn list(courses, Filter) -> (CourseId, Course) = Row::parse; Sort { Code = "code" => code: String } }`
macro_rules! listed {
    (
        $(#[$doc:meta])* $visible:vis fn $list:ident($table:ident, $filter:ty) -> $item:ty = $convert:expr;
        $(#[doc = $sort_doc:literal])*
        Sort { $($(#[doc = $key_doc:literal])* $key:ident = $spelling:literal => $column:ident: $type:ty),+ $(,)? }
    ) => {
        thidua_domain::string_enum! {
            $(#[doc = $sort_doc])*
            Sort { $($(#[doc = $key_doc])* $key = $spelling),+ }
        }

        $(#[$doc])*
        $visible fn $list(
            connection: &mut $crate::engine::connection::Connection,
            filter: &$filter,
            sort: Sort,
            slice: &$crate::engine::paging::Slice,
        ) -> $crate::error::Result<$crate::engine::paging::Page<$item>> {
            match sort {
                $(Sort::$key => $crate::engine::paging::paged!(
                    connection, selected(filter), slice, id = $table::id, by = $table::$column => $type,
                    |row: Row| (row.$column, row.id), $convert
                )),+
            }
        }
    };
}
pub(crate) use listed;
