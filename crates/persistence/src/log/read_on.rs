//! Pages by conditions without an index: a log is read in its order until enough rows fit, or [`READ`] rows have been
//! read.

use crate::engine::paging::{Page, Position, Slice, cursor_key};
use crate::error::Result;

/// The most rows of a log that are read for one page.
const READ: usize = 5_000;

/// Rows read in one go.
const PART: usize = 500;

/// A part of a log: `limit` rows beyond a position, or a few more.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chunk {
    pub(crate) beyond: Option<i64>,
    pub(crate) descending: bool,
    pub(crate) limit: usize,
}

impl Chunk {
    /// The first and the last position of a part, within two bounds.
    pub(crate) fn between(self, (first, last): (i64, i64)) -> (i64, i64) {
        match self.beyond {
            Some(beyond) if self.descending => (first, last.min(beyond - 1)),
            Some(beyond) => (first.max(beyond + 1), last),
            None => (first, last),
        }
    }
}

/// Reads a page. It may be short, or empty, and still have a next one. `read` gives parts in order, `position` the
/// position of a row, and `fit` the item to show for it, if it fits.
pub(crate) fn page<R, T>(
    slice: &Slice,
    mut read: impl FnMut(Chunk) -> Result<Vec<R>>,
    position: impl Fn(&R) -> i64,
    mut fit: impl FnMut(R) -> Result<Option<T>>,
) -> Result<Page<T>> {
    let mut items = Vec::new();
    let mut come_to = slice.after.as_ref().map(cursor_key::<i64>).transpose()?;
    let page = |items, come_to: Option<i64>| {
        let next = come_to.map(|seq| Position { key: seq.to_string(), id: seq });
        Ok(Page { items, next, total: None })
    };
    let mut seen = 0;
    // One more than asked for tells whether more follow; where few fit, more are read in one go.
    let mut limit = slice.limit.saturating_add(1);
    loop {
        let part = read(Chunk { beyond: come_to, descending: slice.descending, limit })?;
        let is_last = part.len() < limit;
        seen += part.len();
        for row in part {
            if items.len() == slice.limit {
                return page(items, come_to);
            }
            come_to = Some(position(&row));
            items.extend(fit(row)?);
        }
        if is_last {
            return page(items, None);
        }
        if seen >= READ {
            return page(items, come_to);
        }
        limit = PART.min(READ - seen);
    }
}
