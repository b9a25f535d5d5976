//! What a write may do: change rows, log each change, and replace contributions. All of it or none.

use crate::agencies;
use crate::answer_errata::{self, MovedAnswers};
use crate::cells;
use crate::changes::{self, Head};
use crate::connection::{AnyConnection, Connection};
use crate::day_steps;
use crate::errata;
use crate::error::{Error, Result};
use crate::events;
use crate::facts::{Facts, Foreseen};
use crate::model;
use crate::personal::{Keys, unsealed};
use crate::read_ahead::ReadAhead;
use crate::stored::to_json;
use crate::training_records;
use crate::write_set::{PutOff, WriteSet};
use crate::writer::Context;
use diesel::connection::SimpleConnection;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use thidua_domain::Date;
use thidua_domain::attainment::{Attainment, Question, attain_supposing};
use thidua_domain::calendars::{Month, Period, civil_date};
use thidua_domain::catalogue::Catalogue;
use thidua_domain::cells::{CellKey, Cells};
use thidua_domain::changes::{Actor, ActorKind, Change, Operation, Resource, require_reason};
use thidua_domain::closing::{Closed, ClosedFigure};
use thidua_domain::errata::Cause;
use thidua_domain::events::{Event, EventKind};
use thidua_domain::id::{AccountId, AgencyId, CalendarId, IndicatorId, StaffId, TrainingRecordId};
use thidua_domain::incidents::Moment;
use thidua_domain::indicators::Indicator;
use thidua_domain::late::{Dated, Late, Roll, Told};
use thidua_domain::staff::Training;
use thidua_domain::target_versions::TargetVersion;
use thidua_domain::tenures::Tenures;
#[cfg(doc)]
use thidua_domain::unlogged::Marked;

/// A write under way, inside the writer's transaction: in a savepoint as soon as it touches the tables itself.
pub struct Transaction<'a> {
    connection: &'a mut Connection,
    set: &'a mut WriteSet,
    context: &'a Context,
    origin: Origin,
    progress: Progress,
    difference: Cells,
    folded_at: Option<i64>,
    /// The last change before this write.
    began: i64,
    /// The cells it may have changed after they were told, each with the cause that let it.
    corrected: BTreeMap<CellKey, Cause>,
    /// The answers it has moved after they were reopened.
    moved: MovedAnswers,
    /// Changes chained already, and not yet in the table.
    pending: Vec<changes::Row>,
    /// Training records that are logged, and not yet in the table.
    trainings: Vec<training_records::Row>,
    /// Who reads ahead of it.
    ahead: Option<ReadAhead>,
    /// Why it cannot go on: it could not be given a savepoint.
    unsound: Option<Error>,
    /// The keys of the people whose identifiers it has logged.
    keys: Keys,
    abandoned: bool,
    /// True when it has changed who may come in.
    moved_access: bool,
}

/// The origin of a write, as far as it is known.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// The address of whoever asked for it.
    pub address: Option<String>,
    /// The operation asked for, by its `operationId`.
    pub operation: String,
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
    pub(crate) fn new(
        connection: &'a mut Connection,
        set: &'a mut WriteSet,
        context: &'a Context,
        progress: Progress,
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
            corrected: BTreeMap::new(),
            moved: MovedAnswers::default(),
            pending: Vec::new(),
            trainings: Vec::new(),
            ahead: None,
            unsound: None,
            keys: Keys::default(),
            abandoned: false,
            moved_access: false,
        }
    }

    /// Refuses a write whose right holds no more where it begins.
    pub(crate) fn require_right(&mut self) -> Result<()> {
        let (set, connection) = (&mut *self.set, &mut *self.connection);
        self.context.right.judge(|| set.access(connection))
    }

    /// The connection, for this crate's reading functions.
    pub fn connection(&mut self) -> &mut Connection {
        self.stand_alone();
        self.connection
    }

    /// The catalogue as this write has left it so far.
    pub fn catalogue(&self) -> Arc<Catalogue> {
        Arc::clone(&self.progress.catalogue)
    }

    /// When this write is made, to the microsecond.
    pub fn now(&self) -> Moment {
        Moment::from_timestamp_micros(self.context.at.timestamp_micros()).unwrap_or(self.context.at)
    }

    /// The user who writes; none for the program itself.
    pub fn author(&self) -> Option<AccountId> {
        let Actor { kind, id } = self.context.actor;
        (kind != ActorKind::System).then_some(AccountId(id))
    }

    /// Says where this write comes from.
    pub fn come_from(&mut self, origin: Origin) {
        self.origin = origin;
    }

    /// Notes an event that this write is, about people or accounts by identity.
    pub(crate) fn note(&mut self, kind: EventKind, subjects: &[i64]) -> Result<()> {
        let Origin { address, operation } = self.origin.clone();
        let event = Event {
            at: self.now().timestamp_micros(),
            kind,
            actor: self.context.actor,
            address,
            operation,
            subjects: subjects.to_vec(),
            detail: None,
            reason: self.context.reason.clone(),
        };
        events::append(self, &event)
    }

    /// Today's civil date.
    pub fn today(&self) -> Date {
        civil_date(self.context.at)
    }

    /// The civil day of this write's changes in the log, in which times never go back.
    pub fn logged_on(&self) -> Date {
        let at = self.context.at.timestamp_micros().max(self.progress.head.at);
        civil_date(Moment::from_timestamp_micros(at).unwrap_or(self.context.at))
    }

    /// The end of the change log as this write has left it so far.
    pub fn head(&self) -> i64 {
        self.progress.head.seq
    }

    /// Has what a later part of this write will look up read meanwhile, if that can be done. What is foreseen is to be
    /// looked up in the order in which it was foreseen.
    pub fn foresee(&mut self, foreseen: Foreseen) {
        if foreseen.is_empty() {
            return;
        }
        if self.ahead.is_none() {
            self.ahead = self.set.read_ahead(self.progress.head.seq);
        }
        if let Some(ahead) = &mut self.ahead {
            ahead.ask(foreseen);
        }
    }

    /// Reads what was foreseen, as this write has left it so far.
    pub(crate) fn look_up(&mut self, foreseen: &Foreseen) -> Result<Facts> {
        self.stand_alone();
        match &mut self.ahead {
            Some(ahead) => ahead.look_up(self.connection, foreseen),
            None => Facts::of(self.connection, foreseen),
        }
    }

    /// Undoes, when it ends, all that this write has done and will do; its answer stands.
    pub fn abandon(&mut self) {
        self.abandoned = true;
    }

    /// Does a part of the write that leaves nothing behind when it is refused.
    pub fn attempt<T>(&mut self, part: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let (progress, folded_at) = (self.progress.clone(), self.folded_at);
        let earlier = std::mem::take(&mut self.difference);
        let mut corrected = std::mem::take(&mut self.corrected);
        let mut moved = std::mem::take(&mut self.moved);
        self.flush()?;
        self.raw().batch_execute("SAVEPOINT part")?;
        match part(self) {
            Ok(value) => {
                self.difference.add_all(&earlier);
                self.corrected.append(&mut corrected);
                moved.add(std::mem::take(&mut self.moved));
                self.moved = moved;
                self.flush()?;
                self.raw().batch_execute("RELEASE SAVEPOINT part")?;
                Ok(value)
            }
            Err(error) => {
                self.pending.clear();
                self.keys = Keys::default();
                (self.progress, self.folded_at, self.difference) = (progress, folded_at, earlier);
                (self.corrected, self.moved) = (corrected, moved);
                self.raw().batch_execute("ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part")?;
                Err(error)
            }
        }
    }

    /// Refuses an agency that did not exist on a day.
    pub fn require_agency_on(&self, pointer: &str, agency: AgencyId, day: Date) -> Result<()> {
        agencies::require_on(&self.progress.catalogue, pointer, agency, day)
    }

    /// The reason of this write; refuses one that does not say why.
    pub(crate) fn require_reason(&self) -> Result<&str> {
        Ok(require_reason(self.context.reason.as_deref())?)
    }

    /// The months in which a dated record does not count, since they were closed when it came. `before` is the day and the
    /// months of the record it takes the place of, which must not have counted in closed time.
    pub(crate) fn late(&self, kind: Dated, before: Option<(Date, &Late)>, day: Date, held: Roll<'_>) -> Result<Late> {
        if let Some(before) = before {
            self.require_uncounted(kind, before, held)?;
        }
        let (catalogue, before) = (&self.progress.catalogue, before.map(|(_, late)| late));
        let late = catalogue.late(kind, day, held, before, self.now());
        match catalogue.refused_late(&late, before) {
            None => Ok(late),
            Some(month) => Err(late_refused("/on", catalogue, month)),
        }
    }

    /// Refuses to change or delete a record that counts in closed time, unless open corrections cover all of it.
    pub(crate) fn require_uncounted(&self, kind: Dated, (day, late): (Date, &Late), held: Roll<'_>) -> Result<()> {
        match self.progress.catalogue.counted_closed(kind, day, late, held, self.now()) {
            None => Ok(()),
            Some(figure) => Err(closed_error("/on", &self.progress.catalogue, figure)),
        }
    }

    /// The roll that closed months go on being told with when stays take the place of others.
    pub(crate) fn told(&self, kind: Dated, before: Option<Roll<'_>>, after: &Tenures) -> Result<Told> {
        let catalogue = &self.progress.catalogue;
        let told = catalogue.told(kind, before, after, self.now());
        match catalogue.refused_told(&told, before.map(|before| before.told)) {
            None => Ok(told),
            Some(month) => Err(late_refused("/tenures", catalogue, month)),
        }
    }

    /// Refuses a record of an agency's month that lies in a frozen phase, or in a locked period that no open correction
    /// covers.
    pub(crate) fn require_open_month(
        &self,
        pointer: &str,
        (calendar, month, agency): (CalendarId, Month, AgencyId),
        feeds: impl Fn(IndicatorId, &Indicator) -> bool,
    ) -> Result<()> {
        self.require_thawed(pointer, month)?;
        self.require_unlocked(pointer, (calendar, month, agency), feeds)
    }

    /// Refuses to close a period whose last day has not passed: its figures still grow.
    pub(crate) fn require_ended(&self, pointer: &str, calendar: CalendarId, period: Period) -> Result<()> {
        let catalogue = &self.progress.catalogue;
        if catalogue.has_ended(calendar, period, self.today()) {
            return Ok(());
        }
        let end = catalogue.window(calendar, period).map(|window| window.to.to_string()).unwrap_or_default();
        Err(Error::conflict(
            pointer,
            "window_not_ended",
            format!("Thời gian này đến hết ngày {end} mới kết thúc; chỉ khóa hoặc chốt được từ ngày sau đó."),
            format!("This time lasts until {end}; it can be locked or frozen from the day after on."),
        ))
    }

    /// Refuses a month of a frozen phase.
    pub(crate) fn require_thawed(&self, pointer: &str, month: Month) -> Result<()> {
        let mut phases = self.progress.catalogue.phases.values();
        match phases.find(|phase| phase.frozen && phase.holds_year(month.year())) {
            Some(phase) => Err(frozen(pointer, phase.code.as_str())),
            None => Ok(()),
        }
    }

    /// Answers a question from what this write has done so far, by a supposed target if there is one.
    pub fn attain(&mut self, question: Question, supposed: Option<&TargetVersion>) -> Result<Attainment> {
        self.fold()?;
        let today = self.logged_on();
        let book = cells::book_of(self.raw(), question.indicator, today)?;
        attain_supposing(&self.progress.catalogue, &book, question, supposed)
            .map_err(|_| Error::NotFound(Resource::Indicators))
    }

    /// Refuses a locked month, unless an open correction covers one of the indicators that `feeds` tells.
    fn require_unlocked(
        &self,
        pointer: &str,
        (calendar, month, agency): (CalendarId, Month, AgencyId),
        feeds: impl Fn(IndicatorId, &Indicator) -> bool,
    ) -> Result<()> {
        let catalogue = &self.progress.catalogue;
        let Some(period) = catalogue.lock_on(calendar, month, agency, self.today()) else { return Ok(()) };
        let concerns = |id| catalogue.indicators.get(&id).is_some_and(|indicator| feeds(id, indicator));
        match catalogue.correction(calendar, month, agency, concerns, self.now()) {
            Some(_) => Ok(()),
            None => Err(locked(pointer, catalogue, calendar, period)),
        }
    }

    pub(crate) fn raw(&mut self) -> &mut AnyConnection {
        &mut self.connection().0
    }

    /// Makes the tables what earlier writes and this one have made of them, in a savepoint. If that fails, whatever is done
    /// with them is void.
    fn stand_alone(&mut self) {
        if self.set.is_alone() {
            return;
        }
        let begun = self.set.stand_alone(&mut self.connection.0);
        let trainings = std::mem::take(&mut self.trainings);
        let begun = begun.and_then(|()| training_records::put(&mut self.connection.0, &trainings));
        if let Err(error) = begun {
            self.unsound = Some(error);
        }
    }

    /// Fails when what was done is void: then this is true of all writes it is stored with.
    pub(crate) fn require_sound(&mut self) -> Result<()> {
        match self.unsound.take() {
            Some(error) if error.is_outage() => Err(error),
            Some(error) => Err(Error::Unavailable(format!("writes could not be stored together: {error}"))),
            None => Ok(()),
        }
    }

    /// What is known without asking the tables, as long as this write has not touched them.
    pub(crate) fn facts(&mut self) -> Option<&mut Facts> {
        self.set.facts()
    }

    /// Adds a training record that is logged: to the table, or to what is to be stored with other writes.
    pub(crate) fn add_training(&mut self, id: TrainingRecordId, training: Training) -> Result<()> {
        let row = training_records::Row::new(id, &training.record);
        match self.set.facts() {
            Some(facts) => {
                facts.add(id, training);
                self.trainings.push(row);
                Ok(())
            }
            None => training_records::put(self.raw(), &[row]),
        }
    }

    /// Logs a creation and gives the new row its identity, the change's `seq`.
    pub(crate) fn created<E: Serialize>(&mut self, resource: Resource, after: &E) -> Result<i64> {
        let id = self.progress.head.seq + 1;
        self.append(resource, id, Operation::Create, None, Some(to_json(after)?))?;
        Ok(id)
    }

    /// Logs a change of a row. What leaves the row as it was is no change. Members that are not logged are to be marked
    /// ([`Marked`]): a change of them alone is one.
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

    /// Reads the catalogue again after a row of it has changed.
    pub(crate) fn reload_catalogue(&mut self) -> Result<()> {
        self.progress.catalogue = Arc::new(model::catalogue(self.connection())?);
        Ok(())
    }

    /// Replaces a contribution. Refuses to change a figure of a frozen phase, or one of a locked period that no open
    /// correction covers.
    pub(crate) fn replace(&mut self, before: &Cells, after: &Cells) -> Result<()> {
        self.add(&after.clone().less(before))
    }

    /// Adds what a contribution changes by. Refuses as [`Self::replace`] does.
    pub(crate) fn add(&mut self, difference: &Cells) -> Result<()> {
        let corrected = self.causes(difference)?;
        self.difference.add_all(difference);
        self.corrected.extend(corrected);
        Ok(())
    }

    /// Refuses what [`Self::add`] would refuse.
    pub(crate) fn require_open(&self, difference: &Cells) -> Result<()> {
        self.causes(difference).map(|_| ())
    }

    /// The cells of a difference that change after they were told, each with the cause.
    fn causes(&self, difference: &Cells) -> Result<Vec<(CellKey, Cause)>> {
        let catalogue = &self.progress.catalogue;
        catalogue.permit_difference(difference, self.now()).map_err(|figure| closed_error("", catalogue, figure))
    }

    /// Notes answers that this write has moved after they were reopened, for errata to tell.
    pub(crate) fn note_moved(&mut self, moved: MovedAnswers) {
        self.moved.add(moved);
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
        cells::fold(self.raw(), &difference, seq, again)?;
        day_steps::fold(self.raw(), &difference, seq)
    }

    /// Folds the contributions in, publishes what they corrected, and hands over to the next write.
    pub(crate) fn finish(mut self) -> Result<Ended> {
        let told = !self.corrected.is_empty() || !self.moved.is_empty();
        if self.set.is_alone() || told || self.difference.steps().next().is_some() {
            self.store()?;
        } else if !self.abandoned {
            let made = PutOff::new(self.trainings, self.pending);
            self.set.put_off(&mut self.connection.0, made, &self.difference, self.progress.head.seq)?;
        }
        if self.abandoned {
            return Ok(Ended::Abandoned);
        }
        if self.moved_access {
            self.set.forget_access();
        }
        Ok(Ended::Standing(self.progress))
    }

    fn store(&mut self) -> Result<()> {
        self.fold()?;
        let corrected = std::mem::take(&mut self.corrected);
        let began = self.began;
        errata::publish(self, corrected, began)?;
        let moved = std::mem::take(&mut self.moved);
        answer_errata::publish(self, moved)?;
        self.flush()?;
        self.require_sound()
    }

    fn flush(&mut self) -> Result<()> {
        let pending = std::mem::take(&mut self.pending);
        changes::insert(self.raw(), &pending)
    }

    /// Reads the keys of people whose identifiers are to be logged, all at once.
    pub(crate) fn learn_keys(&mut self, people: Vec<StaffId>) -> Result<()> {
        if people.is_empty() {
            return Ok(());
        }
        self.stand_alone();
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
        if resource != Resource::TrainingRecords {
            // Who reads ahead knows nothing of it.
            self.ahead = None;
        }
        if resource.redefines_cells() {
            // What was written before it has its versions before it.
            self.fold()?;
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
                self.stand_alone();
                self.keys.seal(&mut self.connection.0, row)
            }
        }
    }
}

fn closed_error(pointer: &str, catalogue: &Catalogue, figure: ClosedFigure) -> Error {
    match figure.closed {
        Closed::PhaseFrozen(phase) => {
            frozen(pointer, catalogue.phases.get(&phase).map_or("?", |phase| phase.code.as_str()))
        }
        Closed::PeriodLocked(period) => locked(pointer, catalogue, figure.calendar, period),
    }
}

fn late_refused(pointer: &str, catalogue: &Catalogue, (calendar, month): (CalendarId, Month)) -> Error {
    let calendar = catalogue.calendars.get(&calendar).map_or("?", |calendar| calendar.code.as_str());
    Error::conflict(
        pointer,
        "late_record",
        format!(
            "Tháng {month} theo lịch {calendar} đã khóa hoặc chốt số liệu, và lịch này không nhận dữ liệu ghi muộn."
        ),
        format!("Month {month} of the calendar {calendar} is closed, and this calendar takes no late records."),
    )
}

fn frozen(pointer: &str, phase: &str) -> Error {
    Error::conflict(
        pointer,
        "phase_frozen",
        format!("Giai đoạn {phase} đã chốt: số liệu của giai đoạn không được thay đổi."),
        format!("Phase {phase} is frozen: its figures must not change."),
    )
}

fn locked(pointer: &str, catalogue: &Catalogue, calendar: CalendarId, period: Period) -> Error {
    let calendar = catalogue.calendars.get(&calendar).map_or("?", |calendar| calendar.code.as_str());
    Error::conflict(
        pointer,
        "period_locked",
        format!(
            "Kỳ {period} theo lịch {calendar} đã khóa số liệu: chỉ sửa được khi có đính chính đã phê duyệt và còn thời hạn. \
             Gửi yêu cầu đính chính bằng POST /api/v1/corrections."
        ),
        format!(
            "Period {period} of the calendar {calendar} is locked: its figures change under an approved correction only, while \
             its window is open. Request one with POST /api/v1/corrections."
        ),
    )
}
