//! Many rows in one request: a JSON array, or one JSON object a line (NDJSON), written as one set or part by part.

mod limits;
mod rows;
mod sets;
mod suppositions;
mod text;

pub use limits::BatchLimits;
pub use rows::Rows;
pub use suppositions::{Suppose, suppose_by_owner, suppose_records};

use crate::auth::caller::Caller;
use crate::problem::batch_report::{BatchReport, Rejection};
use crate::request::schemas::Spelling;
use crate::request::write::{ApiResult, Outcome, Write};
use crate::response::problem::{Language, Problem, ProblemError};
use crate::store::Store;
use actix_web::http::StatusCode;
use serde::{Deserialize, Serialize};
use sets::{Row, Set, Sets};
use std::sync::Arc;
use thidua_domain::violation::Violation;
use thidua_persistence::write::batch;
use thidua_persistence::write::batch::{Mode, Record, RowOutcome};
use thidua_persistence::{Error, Prefetch, Result as Stored, Transaction};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

/// Rows in a request, at most.
pub const MAX_ROWS: usize = 100_000;
/// Rows written in one commit at most when a batch may be written in part: others get their turn in between.
const PART: usize = 500;
/// Rows written as one set.
const SET: usize = 1000;
/// Refused rows that an answer tells of; the others are counted.
const REJECTIONS: usize = 1000;
/// Errors that are told of one row.
const ROW_ERRORS: usize = 20;
/// Bytes of what is told of refused rows; the others are counted.
const TOLD: usize = 4 << 20;

thidua_domain::string_enum! {
    /// Mode of a batch: what may become of its rows, and whether it is written as a whole or as far as possible.
    BatchMode {
        /// Rows that are there are changed, others created; all or none.
        Upsert = "upsert",
        /// New rows only; all or none.
        Create = "create",
        /// Rows that are there only; all or none.
        Update = "update",
        /// As `upsert`, as far as possible.
        Partial = "partial",
        /// As `upsert`, as far as possible.
        UpsertPartial = "upsert,partial",
        /// As `create`, as far as possible.
        CreatePartial = "create,partial",
        /// As `update`, as far as possible.
        UpdatePartial = "update,partial",
    }
}

/// A mode in the contract.
pub(crate) type BatchModeSchema = Spelling<BatchMode>;

impl BatchMode {
    fn mode(self) -> Mode {
        match self {
            Self::Upsert | Self::Partial | Self::UpsertPartial => Mode::Upsert,
            Self::Create | Self::CreatePartial => Mode::Create,
            Self::Update | Self::UpdatePartial => Mode::Update,
        }
    }

    fn is_partial(self) -> bool {
        matches!(self, Self::Partial | Self::UpsertPartial | Self::CreatePartial | Self::UpdatePartial)
    }
}

/// Mode in which to write a batch.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BatchQuery {
    /// `create` makes new rows only, `update` changes existing rows only, `upsert` (the default) does either. All or
    /// none, unless `partial` is said: then each row stands or falls by itself and the answer is a 207. At most 500
    /// rows are written at a time then: when the request fails on the way, or its sender loses rights, those written before stand.
    #[param(value_type = Option<BatchModeSchema>, default = "upsert")]
    mode: Option<BatchMode>,
}

impl BatchQuery {
    fn mode(&self) -> BatchMode {
        self.mode.unwrap_or(BatchMode::Upsert)
    }

    /// True when all rows are written in one commit: a dry run always is.
    fn is_atomic(&self, is_dry_run: bool) -> bool {
        is_dry_run || !self.mode().is_partial()
    }
}

/// A row known by a key that people outside have.
pub trait Keyed {
    /// Weight of a row where others wait for the batch: more than 1 when it is not written as one of a set.
    const WEIGHT: usize = 1;

    /// Rows of a commit when a batch may be written in part: those that take longer are fewer.
    const PART: usize = if Self::WEIGHT <= 4 { PART } else { PART / 5 };

    /// The key: its parts joined by `/`.
    fn key(&self) -> String;

    /// Collects what writing these rows will look up, for a resource that looks it up for all of them at once.
    fn prefetch<'a>(_inputs: impl Iterator<Item = &'a Self> + Clone) -> Prefetch
    where
        Self: 'a,
    {
        Prefetch::default()
    }
}

/// Writes one set of rows and says, in their order, what became of each.
pub type WriteSet<I> = fn(&mut Transaction<'_>, &Caller, &[&I], Mode) -> Stored<Vec<RowOutcome>>;


/// Writes the rows with a function that writes one set and says what became of each row.
pub async fn run<P, I: Keyed + Send + Sync + 'static>(
    store: &Store,
    write: Write<P>,
    query: &BatchQuery,
    rows: Rows<I>,
    write_set: WriteSet<I>,
) -> ApiResult {
    let Rows { sets, digest, held: _held } = rows;
    let write = write.prefetching(Prefetch { is_batch: true, ..Prefetch::default() });
    let mode = query.mode();
    let fingerprint = write.fingerprint(store, &(mode.as_str(), digest));
    let (report, language) = (BatchReport::default(), write.language());
    let tally = Tally { report, told: 0, language, mode, write_set };
    if query.is_atomic(write.is_dry_run()) {
        let work = move |transaction: &mut Transaction<'_>, caller: &Caller| tally.of_all(transaction, caller, &sets);
        return write.answer(store, fingerprint, work).await;
    }
    let sets = sets.all()?;
    if let Some(answered) = write.replayed(store, &fingerprint).await? {
        return Ok(answered);
    }
    in_parts(store, write, fingerprint, sets, tally).await
}

/// Writes sets part by part; the last part answers.
async fn in_parts<P, I: Keyed + Send + Sync + 'static>(
    store: &Store,
    write: Write<P>,
    fingerprint: String,
    sets: Vec<Set<I>>,
    mut tally: Tally<I>,
) -> ApiResult {
    let halves = sets.into_iter().flat_map(|set| {
        let starts = (0..set.len()).step_by(I::PART);
        starts.map(move |start| (Arc::clone(&set), start..set.len().min(start + I::PART)))
    });
    let mut parts = halves.peekable();
    while let Some((set, range)) = parts.next() {
        let work = move |transaction: &mut Transaction<'_>, caller: &Caller| {
            tally.write(transaction, caller, set.get(range).unwrap_or_default())?;
            Ok(tally)
        };
        if parts.peek().is_some() {
            tally = write.part(store, work).await?;
            continue;
        }
        let work =
            move |transaction: &mut Transaction<'_>, caller: &Caller| work(transaction, caller)?.outcome(transaction);
        return write.answer(store, fingerprint, work).await;
    }
    Err(Problem::internal("a batch without rows"))
}

/// Parses inputs and writes those that parse as one set; `known` is what was read of what they refer to.
pub fn write_records<I, R: Record>(
    transaction: &mut Transaction<'_>,
    known: &R::Known,
    inputs: &[&I],
    mode: Mode,
    mut parse: impl FnMut(&mut Transaction<'_>, &I) -> Stored<R>,
) -> Stored<Vec<RowOutcome>> {
    let Parsed { records, refused } = parsed(inputs, |input| parse(transaction, input))?;
    Ok(filled(refused, batch::write(transaction, known, records, mode)?))
}

/// Inputs, parsed as far as they can be.
struct Parsed<R> {
    records: Vec<R>,
    /// Refusals of the inputs that cannot be parsed, each in its input's place.
    refused: Vec<Option<RowOutcome>>,
}

fn parsed<I, R>(inputs: &[&I], mut parse: impl FnMut(&I) -> Stored<R>) -> Stored<Parsed<R>> {
    let (mut records, mut refused) = (Vec::new(), Vec::new());
    for input in inputs {
        match parse(input) {
            Ok(record) => {
                records.push(record);
                refused.push(None);
            }
            Err(error) => refused.push(Some(RowOutcome::Refused(refusal(error)?))),
        }
    }
    Ok(Parsed { records, refused })
}

/// Outcomes of all inputs: those of the inputs that were not refused fill the gaps, in their order.
fn filled(refused: Vec<Option<RowOutcome>>, of_others: Vec<RowOutcome>) -> Vec<RowOutcome> {
    let mut of_others = of_others.into_iter();
    let fill = |outcome: Option<RowOutcome>| outcome.or_else(|| of_others.next()).unwrap_or(RowOutcome::Unchanged);
    refused.into_iter().map(fill).collect()
}

/// Writes rows one after the other; a refused one leaves nothing behind.
pub fn write_each<I>(
    transaction: &mut Transaction<'_>,
    inputs: &[&I],
    mut work: impl FnMut(&mut Transaction<'_>, &I) -> Stored<RowOutcome>,
) -> Stored<Vec<RowOutcome>> {
    let mut outcomes = Vec::with_capacity(inputs.len());
    for input in inputs {
        outcomes.push(match transaction.attempt(|part| work(part, input)) {
            Ok(outcome) => outcome,
            Err(error) => RowOutcome::Refused(refusal(error)?),
        });
    }
    Ok(outcomes)
}

/// Refuses a new row where only existing ones may be changed.
pub fn require_new(mode: Mode) -> Stored<()> {
    if mode == Mode::Update { Err(batch::missing()) } else { Ok(()) }
}

/// Refuses a row that is there where only new ones may be made.
pub fn require_known(mode: Mode) -> Stored<()> {
    if mode == Mode::Create { Err(batch::exists()) } else { Ok(()) }
}

/// An error that refuses a row; a defect or an outage ends the whole batch.
fn refusal(error: Error) -> Stored<Error> {
    if error.is_refusal() { Ok(error) } else { Err(error) }
}

/// The report as far as the rows have been written, and how they are.
struct Tally<I> {
    report: BatchReport,
    /// Bytes of what it tells of refused rows.
    told: usize,
    language: Language,
    mode: BatchMode,
    write_set: WriteSet<I>,
}

impl<I: Keyed> Tally<I> {
    /// Writes all sets as a whole, or nothing.
    fn of_all(mut self, transaction: &mut Transaction<'_>, caller: &Caller, sets: &Sets<I>) -> Stored<Outcome> {
        let mut coming = sets.at(0);
        for next in 1.. {
            let set = match coming {
                Ok(Some(set)) => set,
                Ok(None) => break,
                Err(problem) => {
                    transaction.abandon();
                    return Ok(Outcome::Refused(Box::new(problem)));
                }
            };
            coming = sets.at(next);
            if let Ok(Some(coming)) = &coming {
                transaction.prefetch(I::prefetch(coming.iter().filter_map(Row::fit)));
            }
            self.write(transaction, caller, &set)?;
        }
        self.outcome(transaction)
    }

    /// Writes the next rows as a set.
    fn write(&mut self, transaction: &mut Transaction<'_>, caller: &Caller, rows: &[Row<I>]) -> Stored<()> {
        let inputs: Vec<_> = rows.iter().filter_map(Row::fit).collect();
        let mut outcomes = (self.write_set)(transaction, caller, &inputs, self.mode.mode())?.into_iter();
        for row in rows {
            match row {
                Row::Fit(input) => match outcomes.next() {
                    Some(RowOutcome::Created) => self.report.created += 1,
                    Some(RowOutcome::Updated) => self.report.updated += 1,
                    Some(RowOutcome::Refused(error)) => self.reject(Some(input.key()), violations(error)),
                    Some(RowOutcome::Unchanged) | None => self.report.unchanged += 1,
                },
                Row::Repeated(input) => self.reject(Some(input.key()), violations(batch::repeated())),
                Row::Unfit(violations) => self.reject(None, violations.clone()),
            }
            self.report.received += 1;
        }
        Ok(())
    }

    /// Notes that the next row is refused. One without violations is only counted: enough were told of already.
    fn reject(&mut self, key: Option<String>, violations: Vec<Violation>) {
        self.report.rejected += 1;
        if self.report.rejections.len() == REJECTIONS || self.told >= TOLD || violations.is_empty() {
            return;
        }
        let index = self.report.received;
        let place = format!("/{index}");
        let told = violations.into_iter().take(ROW_ERRORS);
        let errors: Vec<_> = told.map(|error| ProblemError::new(&error.under(&place), self.language)).collect();
        self.told += errors.iter().map(|error| error.pointer.len() + error.detail.len()).sum::<usize>();
        self.report.rejections.push(Rejection { index, key, errors });
    }

    /// The answer; a batch that must be written as a whole is undone when a row was refused.
    fn outcome(mut self, transaction: &mut Transaction<'_>) -> Stored<Outcome> {
        if self.mode.is_partial() {
            return Ok(Outcome::done(StatusCode::MULTI_STATUS, &self.report));
        }
        if self.report.rejected == 0 {
            return Ok(Outcome::done(StatusCode::OK, &self.report));
        }
        transaction.abandon();
        (self.report.created, self.report.updated) = (0, 0);
        Ok(Outcome::Refused(Box::new(Problem::batch_rejected(self.report))))
    }
}

impl<I> Clone for Tally<I> {
    fn clone(&self) -> Self {
        let Self { report, told, language, mode, write_set } = self;
        Self { report: report.clone(), told: *told, language: *language, mode: *mode, write_set: *write_set }
    }
}

fn violations(error: Error) -> Vec<Violation> {
    match error {
        Error::Invalid(violations) => violations,
        Error::Conflict(violation) => vec![violation],
        _ => vec![Violation::new(
            "",
            "not_found",
            "Không tìm thấy bản ghi liên quan.",
            "A row it refers to is not found.",
        )],
    }
}
