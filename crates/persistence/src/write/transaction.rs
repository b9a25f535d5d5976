//! Transactions of writes: a write changes rows, logs each change, and replaces contributions, all of it or nothing.

use crate::engine::connection::{AnyConnection, Connection};
use crate::engine::decode::to_json;
use crate::error::{Error, Result};
use crate::log::changes;
use crate::log::changes::{Head, RowAfter};
use crate::log::events;
use crate::log::former_codes;
use crate::log::personal_data::{PersonalKeys, unsealed};
use crate::model::catalogue;
use crate::model::cells;
use crate::model::day_steps;
use crate::write::commit_batch::{CommitBatch, Deferred};
use crate::write::context::Context;
use crate::write::prefetch::{DeferredRow, Facts, Prefetch, Prefetched};
use crate::write::read_ahead::ReadAhead;
use crate::write::rules::Rules;
use diesel::connection::SimpleConnection;
use serde::Serialize;
use std::net::IpAddr;
use std::sync::Arc;
use thidua_domain::Date;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::cells::{CellKey, Cells};
use thidua_domain::closing::errata::Cause;
use thidua_domain::closing::told_changes::{MovedAnswers, ToldChanges};
use thidua_domain::id::{AccountId, StaffId};
use thidua_domain::log::changes::{Actor, ActorKind, Change, Operation, Resource, require_reason};
use thidua_domain::log::events::{Event, EventKind};
#[cfg(doc)]
use thidua_domain::log::unlogged::Marked;
use thidua_domain::time::Moment;

/// A write under way, inside the writer's transaction: in a savepoint as soon as it touches the tables itself.
pub struct Transaction<'a> {
    connection: &'a mut Connection,
    set: &'a mut CommitBatch,
    context: &'a Context,
    origin: Origin,
    progress: WriteState,
    difference: Cells,
    folded_at: Option<i64>,
    began: i64,
    /// The cells and answers it may have changed after they were told.
    told: ToldChanges,
    /// Changes chained already, and not yet in the table.
    pending: Vec<changes::Row>,
    /// Rows that are logged, and not yet in the table.
    rows: Vec<DeferredRow>,
    /// The reader ahead of it.
    ahead: Option<ReadAhead>,
    /// The error for which it cannot go on: it could not be given a savepoint.
    poisoned: Option<Error>,
    /// The keys of the people whose identifiers it has logged.
    keys: PersonalKeys,
    rolled_back: bool,
    /// True when it has changed accounts or credentials.
    moved_access: bool,
}

/// The origin of a write, as far as it is known.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// The caller's address.
    pub address: Option<IpAddr>,
    /// The operation asked for, by its `operationId`.
    pub operation: Arc<str>,
}

/// End of a write.
pub(crate) enum WriteEnd {
    /// Its changes are to stand.
    Standing(WriteState),
    /// Its changes are to be undone; its answer stands.
    RolledBack,
}

/// Publishes errata of what a write has changed after it was told, at the end of the write, with its cells in the tables.
pub(crate) type Publish = fn(&mut Transaction<'_>, ToldChanges) -> Result<()>;

/// Changes inserted in one go.
const PENDING: usize = 1000;

/// State that one write hands on to the next of the same transaction.
#[derive(Debug, Clone)]
pub(crate) struct WriteState {
    pub(crate) head: Head,
    pub(crate) catalogue: Arc<Catalogue>,
    /// Rows of the catalogue that are logged, and not in it yet.
    pub(crate) catalogue_rows: Vec<RowAfter>,
    /// True when writes so far have touched resources of which the read model holds more than cells.
    pub(crate) moved_more_than_cells: bool,
}

impl<'a> Transaction<'a> {
    pub(crate) fn new(
        connection: &'a mut Connection,
        set: &'a mut CommitBatch,
        context: &'a Context,
        progress: WriteState,
    ) -> Self {
        Self {
            connection,
            set,
            context,
            origin: Origin::default(),
            began: progress.head.seq,
            progress,
            difference: Cells::default(),
            folded_at: None,
            told: ToldChanges::default(),
            pending: Vec::new(),
            rows: Vec::new(),
            ahead: None,
            poisoned: None,
            keys: PersonalKeys::default(),
            rolled_back: false,
            moved_access: false,
        }
    }

    /// Refuses a write whose right no longer holds as it begins.
    pub(crate) fn require_right(&mut self) -> Result<()> {
        let (set, connection) = (&mut *self.set, &mut *self.connection);
        self.context.right.judge(|| set.access(connection))
    }

    /// The connection, for this crate's reading functions.
    pub fn connection(&mut self) -> &mut Connection {
        self.enter_savepoint();
        self.connection
    }

    /// The catalogue as this write has left it so far.
    pub fn catalogue(&self) -> Arc<Catalogue> {
        Arc::clone(&self.progress.catalogue)
    }

    /// The rules in force, as this write has left them so far.
    pub fn rules(&self) -> Rules {
        Rules::new(self.catalogue(), self.context.at, self.progress.head.at)
    }

    /// The time of this write, to the microsecond.
    pub fn now(&self) -> Moment {
        self.rules().now()
    }

    /// The user who writes; none for the program itself.
    pub fn author(&self) -> Option<AccountId> {
        let Actor { kind, id } = self.context.actor;
        (kind != ActorKind::System).then_some(AccountId(id))
    }

    /// Sets the origin of this write.
    pub fn come_from(&mut self, origin: Origin) {
        self.origin = origin;
    }

    /// Notes an event that this write is, about people or accounts by identity.
    pub(crate) fn note(&mut self, kind: EventKind, subjects: &[i64]) -> Result<()> {
        let event = Event {
            at: self.now().timestamp_micros(),
            kind,
            actor: self.context.actor,
            address: self.origin.address.map(|address| address.to_string()),
            operation: self.origin.operation.to_string(),
            subjects: subjects.to_vec(),
            detail: None,
            reason: self.context.reason.clone(),
            times: 1,
        };
        self.append_event(&event)
    }

    /// Appends an event, which is stored if the write stands.
    pub fn append_event(&mut self, event: &Event) -> Result<()> {
        events::append(self.raw(), event)
    }

    /// Today's civil date.
    pub fn today(&self) -> Date {
        self.rules().today()
    }

    /// The civil day of this write's changes in the log.
    pub fn logged_on(&self) -> Date {
        self.rules().logged_on()
    }

    /// The last change before this write.
    pub(crate) fn began(&self) -> i64 {
        self.began
    }

    /// The end of the change log as this write has left it so far.
    pub fn head(&self) -> i64 {
        self.progress.head.seq
    }

    /// Starts reading, on another thread, the rows that a later part of this write will look up, if that can be done.
    /// They must be looked up in the order of these calls.
    pub fn prefetch(&mut self, prefetch: Prefetch) {
        if prefetch.rows.is_empty() {
            return;
        }
        if self.ahead.is_none() {
            self.ahead = self.set.read_ahead(self.progress.head.seq);
        }
        if let Some(ahead) = &mut self.ahead {
            ahead.ask(prefetch);
        }
    }

    /// Reads rows, as of the changes this write has made so far.
    pub fn look_up(&mut self, prefetch: &Prefetch) -> Result<Prefetched> {
        self.enter_savepoint();
        match &mut self.ahead {
            Some(ahead) => ahead.look_up(self.connection, prefetch),
            None => Prefetched::of(self.connection, &prefetch.rows),
        }
    }

    /// Makes this write undo all its changes when it ends; its answer stands.
    pub fn roll_back(&mut self) {
        self.rolled_back = true;
    }

    /// Runs a part of the write that leaves nothing behind when it is refused.
    pub fn savepoint<T>(&mut self, part: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let (progress, folded_at) = (self.progress.clone(), self.folded_at);
        let earlier = std::mem::take(&mut self.difference);
        let earlier_told = std::mem::take(&mut self.told);
        self.flush()?;
        self.raw().batch_execute("SAVEPOINT part")?;
        match part(self) {
            Ok(value) => {
                self.difference.add_all(&earlier);
                let told = std::mem::replace(&mut self.told, earlier_told);
                self.told.add(told);
                self.flush()?;
                self.raw().batch_execute("RELEASE SAVEPOINT part")?;
                Ok(value)
            }
            Err(error) => {
                self.pending.clear();
                self.keys = PersonalKeys::default();
                (self.progress, self.folded_at, self.difference) = (progress, folded_at, earlier);
                self.told = earlier_told;
                self.raw().batch_execute("ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part")?;
                Err(error)
            }
        }
    }

    /// The reason of this write; refuses a write without one.
    pub(crate) fn require_reason(&self) -> Result<&str> {
        Ok(require_reason(self.context.reason.as_deref())?)
    }

    pub(crate) fn raw(&mut self) -> &mut AnyConnection {
        &mut self.connection().0
    }

    /// Stores the rows that earlier writes and this one have put off, and begins a savepoint. If that fails, the write
    /// is poisoned: everything it does with the tables is void.
    fn enter_savepoint(&mut self) {
        if self.set.in_savepoint() {
            return;
        }
        let begun = self.set.enter_savepoint(&mut self.connection.0);
        let rows = std::mem::take(&mut self.rows);
        let begun = begun.and_then(|()| Prefetched::put(&mut self.connection.0, &rows));
        if let Err(error) = begun {
            self.poisoned = Some(error);
        }
    }

    /// Fails when the write is poisoned. Then the rows of earlier writes were not stored either, and the whole commit
    /// fails.
    pub(crate) fn check_poisoned(&mut self) -> Result<()> {
        match self.poisoned.take() {
            Some(error) if error.is_outage() => Err(error),
            Some(error) => Err(Error::Unavailable(format!("writes could not be stored together: {error}"))),
            None => Ok(()),
        }
    }

    /// The prefetched rows; none once this write has touched the tables.
    pub(crate) fn facts(&mut self) -> Option<&mut Prefetched> {
        self.set.facts()
    }

    /// Adds a row that is logged: to the table, or to the rows that are stored together with other writes; then
    /// `learn` adds it to the prefetched rows.
    pub(crate) fn put_off(&mut self, row: DeferredRow, learn: impl FnOnce(&mut Prefetched)) -> Result<()> {
        match self.set.facts() {
            Some(facts) => {
                learn(facts);
                self.rows.push(row);
                Ok(())
            }
            None => Prefetched::put(self.raw(), &[row]),
        }
    }

    /// Logs a creation and gives the new row its identity, the change's `seq`.
    pub(crate) fn created<E: Serialize>(&mut self, resource: Resource, after: &E) -> Result<i64> {
        let id = self.progress.head.seq + 1;
        self.append(resource, id, Operation::Create, None, Some(to_json(after)?))?;
        Ok(id)
    }

    /// Logs a change of a row, unless the row stays as it was. Unlogged members that change must be marked
    /// ([`Marked`]): a change of them alone is logged, too.
    pub(crate) fn updated<E: Serialize>(&mut self, resource: Resource, id: i64, before: &E, after: &E) -> Result<()> {
        let (before, after) = (to_json(before)?, to_json(after)?);
        if before == after {
            return Ok(());
        }
        self.append(resource, id, Operation::Update, Some(before), Some(after))
    }

    /// Logs a deletion.
    pub(crate) fn deleted<E: Serialize>(&mut self, resource: Resource, id: i64, before: &E) -> Result<()> {
        self.append(resource, id, Operation::Delete, Some(to_json(before)?), None)
    }

    /// Puts the rows logged so far into the catalogue, after one of its own has changed.
    pub(crate) fn update_catalogue(&mut self) -> Result<()> {
        let rows = std::mem::take(&mut self.progress.catalogue_rows);
        if rows.is_empty() {
            return Ok(());
        }
        self.progress.catalogue = Arc::new(catalogue::with_rows(&self.progress.catalogue, rows)?);
        Ok(())
    }

    /// Replaces a contribution. Refuses to change a figure of a frozen phase, or one of a locked period that no open
    /// correction covers.
    pub(crate) fn replace(&mut self, before: &Cells, after: &Cells) -> Result<()> {
        self.add(&after.clone().less(before))
    }

    /// Adds a difference of contributions. Refuses as [`Self::replace`] does.
    pub(crate) fn add(&mut self, difference: &Cells) -> Result<()> {
        let told = self.rules().permit(difference)?;
        self.add_permitted(difference, told);
        Ok(())
    }

    /// Adds a difference that is permitted; `told` are the cells of it that change after they were told.
    pub(crate) fn add_permitted(&mut self, difference: &Cells, told: Vec<(CellKey, Cause)>) {
        self.difference.add_all(difference);
        self.told.cells.extend(told);
    }

    /// Notes answers that this write has moved after they were reopened, for errata to tell.
    pub(crate) fn note_moved(&mut self, moved: MovedAnswers) {
        self.told.answers.add(moved);
    }

    /// Replaces cells without asking whether they are closed. It is for new views on figures that stay as they are,
    /// such as those of a new calendar.
    pub(crate) fn extend(&mut self, before: &Cells, after: &Cells) {
        self.difference.add_all(after);
        self.difference.subtract_all(before);
    }

    /// Folds the contributions made so far into the tables, before cells are read there.
    pub(crate) fn fold(&mut self) -> Result<()> {
        let difference = std::mem::take(&mut self.difference);
        let seq = self.progress.head.seq;
        let again = self.folded_at.replace(seq) == Some(seq);
        cells::fold(self.raw(), &difference, seq, again)?;
        day_steps::fold(self.raw(), &difference, seq)
    }

    /// Ends the write: folds its contributions in, publishes errata, and hands over to the next write.
    pub(crate) fn finish(mut self, publish: Publish) -> Result<WriteEnd> {
        if self.set.in_savepoint() || !self.told.is_empty() || self.difference.steps().next().is_some() {
            self.store(publish)?;
        } else if !self.rolled_back {
            let made = Deferred::new(self.rows, self.pending);
            self.set.put_off(&mut self.connection.0, made, &self.difference, self.progress.head.seq)?;
        }
        if self.rolled_back {
            return Ok(WriteEnd::RolledBack);
        }
        if self.moved_access {
            self.set.forget_access();
        }
        Ok(WriteEnd::Standing(self.progress))
    }

    fn store(&mut self, publish: Publish) -> Result<()> {
        self.fold()?;
        let told = std::mem::take(&mut self.told);
        if !told.is_empty() {
            publish(self, told)?;
        }
        self.flush()?;
        self.check_poisoned()
    }

    /// Stores the changes logged so far, before the log is read.
    pub(crate) fn flush(&mut self) -> Result<()> {
        let pending = std::mem::take(&mut self.pending);
        changes::insert(self.raw(), &pending)
    }

    /// Reads the keys of people whose identifiers are to be logged, all at once.
    pub(crate) fn learn_keys(&mut self, people: Vec<StaffId>) -> Result<()> {
        if people.is_empty() {
            return Ok(());
        }
        self.enter_savepoint();
        self.keys.learn(&mut self.connection.0, people.into_iter().map(|person| person.0).collect())
    }

    fn append(
        &mut self,
        resource: Resource,
        resource_id: i64,
        operation: Operation,
        before: Option<String>,
        after: Option<String>,
    ) -> Result<()> {
        self.moved_access |= resource.is_access();
        self.progress.moved_more_than_cells |= resource.is_in_model();
        if resource != Prefetched::RESOURCE {
            // The reader ahead does not see this change.
            self.ahead = None;
        }
        if resource.is_catalogue() {
            self.progress.catalogue_rows.push((resource, resource_id, after.clone()));
        }
        if resource.redefines_cells() {
            // Cells of earlier changes get their versions under those, and not under the one that redefines all.
            self.fold()?;
        }
        if let Some(renaming) = former_codes::renaming((resource, resource_id), (before.as_deref(), after.as_deref()))?
        {
            renaming.follow(self.raw())?;
        }
        let mut sealed = |text: Option<String>| text.map(|text| self.sealed(resource, resource_id, text)).transpose();
        let (before, after) = (sealed(before)?, sealed(after)?);
        let change = Change {
            seq: self.progress.head.seq + 1,
            at: self.context.at.timestamp_micros().max(self.progress.head.at),
            actor: self.context.actor,
            resource,
            resource_id,
            operation,
            before,
            after,
            reason: self.context.reason.clone(),
            nonce: Some(self.set.nonce()?),
        };
        self.pending.push(changes::chain(&mut self.progress.head, &change));
        if self.pending.len() >= PENDING { self.flush() } else { Ok(()) }
    }

    /// A row as it is to be logged, with the identifier of a person sealed.
    fn sealed(&mut self, resource: Resource, id: i64, text: String) -> Result<String> {
        match unsealed(resource, id, &text)? {
            None => Ok(text),
            Some(row) => {
                self.enter_savepoint();
                self.keys.seal(&mut self.connection.0, row)
            }
        }
    }
}
