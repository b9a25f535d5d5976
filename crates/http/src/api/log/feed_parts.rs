//! Parts of the change log as their readers may see them. A part that many wait for is read once, and told to all who
//! see the same.

use crate::api::log::feed_readers::reader_of;
use crate::api::log::logged_changes::LoggedChange;
use crate::auth::caller::{Caller, Permission, ReadRecords};
use crate::problem::Problem;
use crate::store::Store;
use actix_web::web::Bytes;
use std::collections::HashMap;
use std::fmt::Write;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use thidua_domain::id::AgencyId;
use thidua_persistence::log::feed;
use thidua_persistence::log::feed::FeedPart;
use tokio::sync::OnceCell;

/// Parts that somebody is reading, or has just read.
#[derive(Default)]
pub(crate) struct FeedParts(Mutex<HashMap<PartKey, Weak<SharedReading>>>);

type SharedReading = OnceCell<Result<Arc<ToldPart>, Problem>>;

/// Key of a part: the state, the position, the sizes, and the rights of a reader. Readers with the same key are told
/// the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct PartKey {
    /// The state of the data: what may be seen changes with it.
    state: i64,
    after: i64,
    limit: i64,
    bytes: usize,
    scope: Option<AgencyId>,
    records: bool,
    users: bool,
    small_cells: u8,
}

/// A part, and its texts once somebody has asked for them.
pub(crate) struct ToldPart {
    /// The changes.
    pub(crate) part: FeedPart,
    lines: OnceLock<Bytes>,
    events: OnceLock<Bytes>,
}

/// Bytes of changes in an answer, but for the last of them: a page is shorter when they are large.
pub(crate) const OF_A_PAGE: usize = 4 << 20;
/// Bytes of changes that a stream gives at a time.
pub(crate) const OF_A_STREAM: usize = 1 << 20;

impl FeedParts {
    /// Reads a part of the log for a caller, at most so many changes and bytes of them. What may be seen changes with the
    /// catalogue, and the caller's rights with the accounts: the part ends with the state in which they were looked up.
    pub(crate) async fn read(
        &self,
        store: &Store,
        caller: &Caller,
        (after, limit): (i64, i64),
        bytes: usize,
    ) -> Result<Arc<ToldPart>, Problem> {
        if after > store.model().seq {
            // Another node has told the caller more.
            store.catch_up().await?;
        }
        let (state, catalogue) = {
            let model = store.model();
            (model.seq, Arc::clone(&model.catalogue))
        };
        let wanted = PartKey {
            state,
            after,
            limit,
            bytes,
            scope: caller.scope,
            records: ReadRecords::allows(caller),
            users: crate::auth::caller::Manage::allows(caller),
            small_cells: if caller.small_cells.is_on() { caller.small_cells.least() } else { 0 },
        };
        let read = || async {
            let reader = reader_of(&catalogue, caller);
            let part = store
                .read_replicated(move |connection| feed::after(connection, (&reader, state), after, limit, bytes))
                .await?;
            Ok(Arc::new(ToldPart { part, lines: OnceLock::new(), events: OnceLock::new() }))
        };
        let reading = self.reading(wanted);
        let mut own = false;
        let told = reading.get_or_init(|| {
            own = true;
            read()
        });
        match told.await.clone() {
            // The reading failed under another caller's share, which says nothing about this caller's.
            Err(_) if !own => read().await,
            told => told,
        }
    }

    fn reading(&self, wanted: PartKey) -> Arc<SharedReading> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reading) = known.get(&wanted).and_then(Weak::upgrade) {
            return reading;
        }
        known.retain(|_, reading| reading.strong_count() > 0);
        let reading = Arc::new(SharedReading::new());
        known.insert(wanted, Arc::downgrade(&reading));
        reading
    }
}

impl ToldPart {
    /// The position of its last change; none when there is none.
    pub(crate) fn last(&self) -> Option<i64> {
        self.part.entries.last().map(|entry| entry.logged.change.seq)
    }

    /// A line of JSON for each change.
    pub(crate) fn lines(&self) -> Result<Bytes, Problem> {
        self.text(&self.lines, |text, _, change| writeln!(text, "{change}"))
    }

    /// An event for each change (HTML, "Server-sent events").
    pub(crate) fn events(&self) -> Result<Bytes, Problem> {
        self.text(&self.events, |text, seq, change| write!(text, "id: {seq}\nevent: change\ndata: {change}\n\n"))
    }

    fn text(
        &self,
        known: &OnceLock<Bytes>,
        write: impl Fn(&mut String, i64, &str) -> std::fmt::Result,
    ) -> Result<Bytes, Problem> {
        if let Some(known) = known.get() {
            return Ok(known.clone());
        }
        let mut text = String::new();
        for entry in &self.part.entries {
            let change = serde_json::to_string(&LoggedChange::new(entry)).map_err(Problem::internal)?;
            write(&mut text, entry.logged.change.seq, &change).map_err(Problem::internal)?;
        }
        Ok(known.get_or_init(|| Bytes::from(text)).clone())
    }
}
