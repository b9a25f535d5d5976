//! What a write may do: change rows, log each change, and replace contributions. All of it or none.

use crate::agencies;
use crate::cells;
use crate::changes::{self, Head};
use crate::connection::{AnyConnection, Connection};
use crate::error::{Error, Result};
use crate::model;
use crate::stored::to_json;
use crate::writer::Context;
use diesel::connection::SimpleConnection;
use serde::Serialize;
use std::sync::Arc;
use thidua_domain::Date;
use thidua_domain::attainment::{Attainment, CellBook, Question, attain};
use thidua_domain::calendars::{Month, Period, civil_date};
use thidua_domain::catalogue::{Catalogue, Closed};
use thidua_domain::cells::Cells;
use thidua_domain::changes::{Change, Operation, Resource};
use thidua_domain::id::CalendarId;
use thidua_domain::incidents::Moment;

/// A write under way, inside a savepoint of the writer's transaction.
pub struct Transaction<'a> {
    connection: &'a mut Connection,
    context: &'a Context,
    progress: Progress,
    difference: Cells,
    folded_at: Option<i64>,
    /// Changes chained already, and not yet in the table.
    pending: Vec<changes::Row>,
    abandoned: bool,
}

/// How a write ended.
pub(crate) enum Ended {
    /// What it did is to stand.
    Standing(Progress),
    /// What it did is to be undone; its answer stands.
    Abandoned,
}

/// Changes inserted in one go.
const PENDING: usize = 1000;

/// What one write leaves to the next of the same transaction.
#[derive(Debug, Clone)]
pub(crate) struct Progress {
    pub(crate) head: Head,
    pub(crate) catalogue: Arc<Catalogue>,
}

impl<'a> Transaction<'a> {
    pub(crate) fn new(connection: &'a mut Connection, context: &'a Context, progress: Progress) -> Self {
        Self {
            connection,
            context,
            progress,
            difference: Cells::default(),
            folded_at: None,
            pending: Vec::new(),
            abandoned: false,
        }
    }

    /// The connection, for this crate's reading functions.
    pub fn connection(&mut self) -> &mut Connection {
        self.connection
    }

    /// The catalogue as this write has left it so far.
    pub fn catalogue(&self) -> Arc<Catalogue> {
        Arc::clone(&self.progress.catalogue)
    }

    /// When this write is made.
    pub fn now(&self) -> Moment {
        self.context.at
    }

    /// Today's civil date.
    pub fn today(&self) -> Date {
        civil_date(self.context.at)
    }

    /// The end of the change log as this write has left it so far.
    pub fn head(&self) -> i64 {
        self.progress.head.seq
    }

    /// Undoes, when it ends, all that this write has done and will do; its answer stands.
    pub fn abandon(&mut self) {
        self.abandoned = true;
    }

    /// Does a part of the write that leaves nothing behind when it is refused.
    pub fn attempt<T>(&mut self, part: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let (progress, folded_at) = (self.progress.clone(), self.folded_at);
        let earlier = std::mem::take(&mut self.difference);
        self.flush()?;
        self.raw().batch_execute("SAVEPOINT part")?;
        match part(self) {
            Ok(value) => {
                self.difference.add_all(&earlier);
                self.flush()?;
                self.raw().batch_execute("RELEASE SAVEPOINT part")?;
                Ok(value)
            }
            Err(error) => {
                self.pending.clear();
                (self.progress, self.folded_at, self.difference) = (progress, folded_at, earlier);
                self.raw().batch_execute("ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part")?;
                Err(error)
            }
        }
    }

    /// Refuses an agency that did not exist on a day.
    pub fn require_agency_on(&self, pointer: &str, agency: thidua_domain::id::AgencyId, day: Date) -> Result<()> {
        agencies::require_on(&self.progress.catalogue, pointer, agency, day)
    }

    /// Refuses a record of a day that lies, in any calendar, in a frozen phase or a locked period.
    pub(crate) fn require_open_day(&self, pointer: &str, day: Date) -> Result<()> {
        for (id, calendar) in &self.progress.catalogue.calendars {
            if let Some(month) = calendar.month_of(day) {
                self.require_open_month(pointer, *id, month)?;
            }
        }
        Ok(())
    }

    /// Refuses a record of a month that lies in a frozen phase or a locked period.
    pub(crate) fn require_open_month(&self, pointer: &str, calendar: CalendarId, month: Month) -> Result<()> {
        let catalogue = &self.progress.catalogue;
        if let Some(phase) = catalogue.phases.values().find(|phase| phase.frozen && phase.holds_year(month.year())) {
            return Err(frozen(pointer, phase.code.as_str()));
        }
        match catalogue.lock_on(calendar, month, self.today()) {
            Some(period) => Err(locked(pointer, period)),
            None => Ok(()),
        }
    }

    /// Answers a question from what this write has done so far.
    pub fn attain(&mut self, question: Question) -> Result<Attainment> {
        self.fold()?;
        let mut book = CellBook::default();
        for (key, cell) in cells::of_indicator(self.raw(), question.indicator)?.iter() {
            book.set(key, cell);
        }
        attain(&self.progress.catalogue, &book, question).map_err(|_| Error::NotFound(Resource::Indicators))
    }

    pub(crate) fn raw(&mut self) -> &mut AnyConnection {
        &mut self.connection.0
    }

    /// Logs a creation and gives the new row its identity, the change's `seq`.
    pub(crate) fn created<E: Serialize>(&mut self, resource: Resource, after: &E) -> Result<i64> {
        let id = self.progress.head.seq + 1;
        self.append(resource, id, Operation::Create, None, Some(to_json(after)?))?;
        Ok(id)
    }

    /// Logs a change of a row.
    pub(crate) fn updated<E: Serialize>(&mut self, resource: Resource, id: i64, before: &E, after: &E) -> Result<()> {
        self.append(resource, id, Operation::Update, Some(to_json(before)?), Some(to_json(after)?))
    }

    /// Logs a deletion.
    pub(crate) fn deleted<E: Serialize>(&mut self, resource: Resource, id: i64, before: &E) -> Result<()> {
        self.append(resource, id, Operation::Delete, Some(to_json(before)?), None)
    }

    /// Reads the catalogue again after a row of it has changed.
    pub(crate) fn reload_catalogue(&mut self) -> Result<()> {
        self.progress.catalogue = Arc::new(model::catalogue(self.connection)?);
        Ok(())
    }

    /// Replaces a contribution. Refuses to change a figure of a frozen phase or a locked period.
    pub(crate) fn replace(&mut self, before: &Cells, after: &Cells) -> Result<()> {
        let difference = self.open_difference(before, after)?;
        self.difference.add_all(&difference);
        Ok(())
    }

    /// Refuses what [`Self::replace`] would refuse.
    pub(crate) fn require_open(&self, before: &Cells, after: &Cells) -> Result<()> {
        self.open_difference(before, after).map(|_| ())
    }

    fn open_difference(&self, before: &Cells, after: &Cells) -> Result<Cells> {
        let mut difference = after.clone();
        difference.subtract_all(before);
        let today = self.today();
        for (key, _) in difference.iter() {
            if let Some(closed) = self.progress.catalogue.closed(key, today) {
                return Err(closed_error(&self.progress.catalogue, closed));
            }
        }
        Ok(difference)
    }

    /// Adds cells that open a new view on figures as they are, such as a new calendar's: frozen or not.
    pub(crate) fn extend(&mut self, before: &Cells, after: &Cells) {
        self.difference.add_all(after);
        self.difference.subtract_all(before);
    }

    /// Folds the contributions made so far into the tables, for whoever reads cells there.
    pub(crate) fn fold(&mut self) -> Result<()> {
        let difference = std::mem::take(&mut self.difference);
        let seq = self.progress.head.seq;
        let again = self.folded_at.replace(seq) == Some(seq);
        cells::fold(&mut self.connection.0, &difference, seq, again)
    }

    /// Folds the contributions in and hands over to the next write.
    pub(crate) fn finish(mut self) -> Result<Ended> {
        self.fold()?;
        self.flush()?;
        Ok(if self.abandoned { Ended::Abandoned } else { Ended::Standing(self.progress) })
    }

    fn flush(&mut self) -> Result<()> {
        let pending = std::mem::take(&mut self.pending);
        changes::insert(&mut self.connection.0, &pending)
    }

    fn append(
        &mut self,
        resource: Resource,
        resource_id: i64,
        operation: Operation,
        before: Option<String>,
        after: Option<String>,
    ) -> Result<()> {
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
        };
        self.pending.push(changes::chain(&mut self.progress.head, &change));
        if self.pending.len() >= PENDING { self.flush() } else { Ok(()) }
    }
}

fn closed_error(catalogue: &Catalogue, closed: Closed) -> Error {
    match closed {
        Closed::PhaseFrozen(phase) => frozen("", catalogue.phases.get(&phase).map_or("?", |phase| phase.code.as_str())),
        Closed::PeriodLocked(period) => locked("", period),
    }
}

fn frozen(pointer: &str, phase: &str) -> Error {
    Error::conflict(
        pointer,
        "phase_frozen",
        format!("Giai đoạn {phase} đã chốt: số liệu của giai đoạn không được thay đổi."),
        format!("Phase {phase} is frozen: its figures must not change."),
    )
}

fn locked(pointer: &str, period: Period) -> Error {
    Error::conflict(
        pointer,
        "period_locked",
        format!("Kỳ {period} đã khóa số liệu: số liệu của kỳ không được thay đổi."),
        format!("Period {period} is locked: its figures must not change."),
    )
}
