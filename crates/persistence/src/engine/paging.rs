//! Keyset pagination: a page continues after the last row seen, so rows added or removed meanwhile neither repeat nor
//! hide others. Every sort key is a column that cannot be null, with the identity as tie-breaker.

use crate::engine::connection::Connection;
use crate::engine::date::Day;
use crate::engine::entity::Identity;
use crate::engine::inline_limit::in_use;
use crate::engine::narrow::Access;
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

/// The way in which a page of a list that is filtered by agencies is found.
pub(crate) struct Steps {
    /// Steps in which rows are read in order, in pages.
    pages: &'static [usize],
    /// Rows passed over for each one found, from which on the rest is searched for instead.
    sparse: usize,
}

impl Steps {
    /// For rows that are searched for by an index. Reading in order costs what it passes over, searching what it finds:
    /// in ten million rows both are some twenty thousand then.
    pub(crate) const BESIDE_AN_INDEX: Self = Self { pages: &[2, 16, 128], sparse: 512 };
    /// For rows that no index finds, so that all have to be read to search for them.
    pub(crate) const BESIDE_A_TABLE: Self = Self { pages: &[2, 16, 128, 1024, 8192], sparse: 65_536 };
}

/// The first rows of a page that a filter lets through, at most one more than the page has. `read` reads rows between two
/// places, at most so many; `end` finds the place so many rows further, of whatever agency.
pub(crate) fn in_steps<R>(
    connection: &mut Connection,
    steps: &Steps,
    slice: &Slice,
    read: impl Fn(&mut Connection, Access, [Option<&Position>; 2], usize) -> Result<Vec<R>>,
    end: impl Fn(&mut Connection, Option<&Position>, usize) -> Result<Option<Position>>,
) -> Result<Vec<R>> {
    // One more than asked for, which tells whether more follow.
    let most = slice.limit.saturating_add(1);
    let (mut found, mut passed, mut after) = (Vec::new(), 0, slice.after.clone());
    for pages in steps.pages {
        let step = pages * in_use(most);
        let until = end(connection, after.as_ref(), step)?;
        let missing = most - found.len();
        found.extend(read(connection, Access::InOrder, [after.as_ref(), until.as_ref()], missing)?);
        if found.len() >= most || until.is_none() {
            return Ok(found);
        }
        (after, passed) = (until, passed + step);
        if passed >= steps.sparse && found.len() * steps.sparse < passed {
            break;
        }
    }
    let missing = most - found.len();
    found.extend(read(connection, Access::Searched, [after.as_ref(), None], missing)?);
    Ok(found)
}

/// Orders a boxed query by a column and the identity, between two places: from the first on, which is left out, to the
/// second, which is not.
macro_rules! ordered {
    ($query:expr, $descending:expr, [$after:expr, $until:expr], id = $id:expr, by = $column:expr => $key:ty) => {{
        use diesel::prelude::*;
        use $crate::engine::row_values::{Side, on_side};
        let (mut query, descending) = ($query, $descending);
        let [after, until]: [Option<&$crate::engine::paging::Position>; 2] = [$after, $until];
        let (beyond, up_to) = if descending { (Side::Below, Side::AtLeast) } else { (Side::Above, Side::AtMost) };
        for (place, side) in [(after, beyond), (until, up_to)] {
            if let Some(place) = place {
                let key: $key = $crate::engine::paging::cursor_key(place)?;
                query = query.filter(on_side(($column, $id), side, (key, place.id)));
            }
        }
        if descending { query.order(($column.desc(), $id.desc())) } else { query.order(($column.asc(), $id.asc())) }
    }};
}
pub(crate) use ordered;

/// A page of a list, and the number of its rows where that is asked for: both are then read from one state.
pub(crate) fn counted<T>(
    connection: &mut Connection,
    slice: &Slice,
    page: impl FnOnce(&mut Connection) -> Result<Page<T>>,
    total: impl FnOnce(&mut Connection) -> Result<i64>,
) -> Result<Page<T>> {
    if !slice.count {
        return page(connection);
    }
    connection.snapshot(|connection| {
        let total = total(connection)?;
        Ok(Page { total: Some(total), ..page(connection)? })
    })
}

/// Orders a boxed query by a column and the identity, starts it after the cursor, runs it, and cuts the page. To count
/// the whole list, the expression of the query is evaluated once more.
///
/// `paged!(connection, selected(filter), slice, id = table::id, by = table::column => Type, |row: Row| (row.column, row.id), convert)`
macro_rules! paged {
    ($connection:expr, $query:expr, $slice:expr, id = $id:expr, by = $column:expr => $key:ty, |$row:ident: $type:ty| ($value:expr, $row_id:expr), $convert:expr) => {{
        use $crate::engine::connection::Connection;
        use $crate::engine::inline_limit::limited;
        use $crate::engine::paging::{Position, Slice, SortKey, counted, cut, ordered};
        use diesel::prelude::*;
        let slice: &Slice = $slice;
        let page = |connection: &mut Connection| {
            let query =
                ordered!($query, slice.descending, [slice.after.as_ref(), None], id = $id, by = $column => $key);
            // One more than asked for, which tells whether more follow.
            let rows: Vec<$type> = limited(query, slice.limit.saturating_add(1)).load(&mut connection.0)?;
            Ok(cut(rows, slice, |$row: &$type| Position { key: SortKey::write(&$value), id: $row_id }))
        };
        let total = |connection: &mut Connection| Ok($query.count().get_result(&mut connection.0)?);
        counted($connection, slice, page, total)?.try_map($convert)
    }};
}
pub(crate) use paged;

/// As [`paged!`], of a query that is filtered by agencies: it is read [in steps](in_steps). It depends on the way to its
/// rows, and `passed` makes the rows of whatever agency.
///
/// `paged_in_steps!(connection, steps, passed(filter), |access| selected(filter, access), slice, id = …, by = …, …)`
macro_rules! paged_in_steps {
    ($connection:expr, $steps:expr, $passed:expr, |$access:ident| $query:expr, $slice:expr, id = $id:expr, by = $column:expr => $key:ty, |$row:ident: $type:ty| ($value:expr, $row_id:expr), $convert:expr) => {{
        use $crate::engine::connection::Connection;
        use $crate::engine::functions::unindexed;
        use $crate::engine::inline_limit::{behind, limited};
        use $crate::engine::narrow::Access;
        use $crate::engine::paging::{Position, Slice, SortKey, counted, cut, in_steps, ordered};
        use diesel::prelude::*;
        let slice: &Slice = $slice;
        let read = |connection: &mut Connection, $access: Access, places: [Option<&Position>; 2], most: usize| {
            let (query, [after, until]) = ($query, places);
            let rows: Vec<$type> = if $access == Access::Searched {
                // By the index of the order, many more may be read than are found.
                let (id, column) = (unindexed($id), unindexed($column));
                let query = ordered!(query, slice.descending, [after, until], id = id, by = column => $key);
                limited(query, most).load(&mut connection.0)?
            } else {
                let query = ordered!(query, slice.descending, [after, until], id = $id, by = $column => $key);
                limited(query, most).load(&mut connection.0)?
            };
            Ok(rows)
        };
        let end = |connection: &mut Connection, after: Option<&Position>, rows: usize| {
            let all = ordered!($passed.select(($column, $id)), slice.descending, [after, None], id = $id, by = $column => $key);
            let places: Vec<($key, i64)> = behind(all, rows - 1).load(&mut connection.0)?;
            Ok(places.first().map(|(key, id)| Position { key: SortKey::write(key), id: *id }))
        };
        let page = |connection: &mut Connection| {
            let rows = in_steps(connection, &$steps, slice, read, end)?;
            Ok(cut(rows, slice, |$row: &$type| Position { key: SortKey::write(&$value), id: $row_id }))
        };
        let total = |connection: &mut Connection| {
            let $access = Access::Searched;
            Ok($query.count().get_result(&mut connection.0)?)
        };
        counted($connection, slice, page, total)?.try_map($convert)
    }};
}
pub(crate) use paged_in_steps;

/// The list of a table's rows: the agencies that its filter names, its sort keys, each with the column that it stands for,
/// and the function that reads a page of the rows that `selected` makes of a filter, [in steps](in_steps) where it names
/// agencies. Another function than `Row::parse` may convert them.
///
/// `listed! { pub fn list(courses, Filter, by |filter| filter.within.as_ref()) -> (CourseId, Course) = Row::parse; Sort { Code = "code" => code: String } }`
macro_rules! listed {
    (
        $(#[$doc:meta])* $visible:vis fn $list:ident($table:ident, $filter:ty, by $agencies:expr) -> $item:ty = $convert:expr;
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
            let agencies: fn(&$filter) -> Option<&Vec<thidua_domain::id::AgencyId>> = $agencies;
            let in_steps = agencies(filter).is_some();
            match sort {
                $(Sort::$key if in_steps => $crate::engine::paging::paged_in_steps!(
                    connection, $crate::engine::paging::Steps::BESIDE_AN_INDEX,
                    selected(filter, $crate::engine::narrow::Access::OfAll), |access| selected(filter, access), slice,
                    id = $table::id, by = $table::$column => $type, |row: Row| (row.$column, row.id), $convert
                ),
                Sort::$key => $crate::engine::paging::paged!(
                    connection, selected(filter, $crate::engine::narrow::Access::OfAll), slice, id = $table::id,
                    by = $table::$column => $type, |row: Row| (row.$column, row.id), $convert
                )),+
            }
        }
    };
}
pub(crate) use listed;
