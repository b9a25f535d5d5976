//! Many rows in one request: a JSON array, or one JSON object a line (NDJSON), written as one set or part by part.

mod assumed;
mod bounds;
mod keyed;
mod limits;
mod mode;
mod parsed;
mod rows;
pub mod sets;
pub mod text;
mod told_rows;
mod write_sets;

pub use assumed::{Assume, assume_by_owner, assume_each, assume_records};
pub use bounds::{MAX_ROWS, SET};
pub use keyed::Keyed;
pub use limits::BatchLimits;
pub use mode::{BatchMode, BatchQuery, NewRowsMode, NewRowsQuery};
pub use rows::Rows;
pub use write_sets::{WriteSet, WriteSets};

use crate::auth::caller::Caller;
use crate::problem::{Language, Problem};
use crate::request::write::{ApiResult, Outcome, Write};
use crate::store::Store;
use actix_web::http::StatusCode;
use parsed::{Parsed, filled, parsed, refusal};
use sets::{BatchRow, PlacedRow, Set, Sets};
use std::sync::Arc;
use thidua_persistence::write::batch;
use thidua_persistence::write::batch::{Mode, Record, RowOutcome};
use thidua_persistence::{Prefetch, Result as Stored, Transaction, WhatIf};
use told_rows::ToldRows;

/// Writes the rows set by set. A dry run is judged by `assume`, off the writer, or where there is none by writing the rows
/// and taking them back.
pub async fn run<P, W>(
    store: &Store,
    write: Write<P>,
    query: &BatchQuery,
    rows: Rows<W::Row>,
    (write_sets, assume): (W, Option<Assume<W::Row>>),
) -> ApiResult
where
    W: WriteSets<Row: Keyed + Send + Sync + 'static>,
{
    let Rows { sets, digest, held: _held } = rows;
    let write = write.prefetching(Prefetch { is_batch: true, ..Prefetch::default() });
    let mode = query.mode();
    let fingerprint = write.fingerprint(store, &(mode.as_str(), digest));
    let (told, language) = (ToldRows::default(), write.language());
    let tally = Tally { told, language, mode, write_sets };
    if let (true, Some(assume)) = (write.is_dry_run(), assume) {
        return write.dry_run(store, move |what_if, caller| tally.assumed(what_if, caller, &sets, assume)).await;
    }
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
async fn in_parts<P, W>(
    store: &Store,
    write: Write<P>,
    fingerprint: String,
    sets: Vec<Set<W::Row>>,
    mut tally: Tally<W>,
) -> ApiResult
where
    W: WriteSets<Row: Keyed + Send + Sync + 'static>,
{
    let halves = sets.into_iter().flat_map(|set| {
        let starts = (0..set.len()).step_by(W::Row::PART);
        starts.map(move |start| (Arc::clone(&set), start..set.len().min(start + W::Row::PART)))
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
            move |transaction: &mut Transaction<'_>, caller: &Caller| work(transaction, caller)?.written(transaction);
        return write.answer(store, fingerprint, work).await;
    }
    Err(Problem::internal("a batch without rows"))
}

/// Parses inputs and writes those that parse as one set; `known` is what was read of what they refer to.
pub fn write_records<I, R: Record>(
    transaction: &mut Transaction<'_>,
    known: &R::References,
    inputs: &[&I],
    mode: Mode,
    parse: impl FnMut(&I) -> Stored<R>,
) -> Stored<Vec<RowOutcome>> {
    let Parsed { records, refused } = parsed(inputs, parse)?;
    Ok(filled(refused, batch::write(transaction, known, records, mode)?))
}

/// Writes rows one after the other; a refused one leaves nothing behind.
pub fn write_each<I>(
    transaction: &mut Transaction<'_>,
    inputs: &[&I],
    mut work: impl FnMut(&mut Transaction<'_>, &I) -> Stored<RowOutcome>,
) -> Stored<Vec<RowOutcome>> {
    let mut outcomes = Vec::with_capacity(inputs.len());
    for input in inputs {
        outcomes.push(match transaction.savepoint(|part| work(part, input)) {
            Ok(outcome) => outcome,
            Err(error) => RowOutcome::Refused(refusal(error)?),
        });
    }
    Ok(outcomes)
}

/// The report as far as the rows have been written, and how they are.
#[derive(Clone)]
struct Tally<W> {
    told: ToldRows,
    language: Language,
    mode: BatchMode,
    write_sets: W,
}

impl<W: WriteSets<Row: Keyed>> Tally<W> {
    /// Writes all sets as a whole, or nothing.
    fn of_all(mut self, transaction: &mut Transaction<'_>, caller: &Caller, sets: &Sets<W::Row>) -> Stored<Outcome> {
        let mut coming = sets.at(0);
        for next in 1.. {
            let set = match coming {
                Ok(Some(set)) => set,
                Ok(None) => break,
                Err(problem) => {
                    transaction.roll_back();
                    return Ok(Outcome::Refused(Box::new(problem)));
                }
            };
            coming = sets.at(next);
            if let Ok(Some(coming)) = &coming {
                transaction.prefetch(W::Row::prefetch(coming.iter().filter_map(PlacedRow::fit)));
            }
            self.write(transaction, caller, &set)?;
        }
        self.written(transaction)
    }

    /// Judges all sets as if they were written.
    fn assumed(
        mut self,
        what_if: &mut WhatIf<'_>,
        caller: &Caller,
        sets: &Sets<W::Row>,
        assume: Assume<W::Row>,
    ) -> Stored<Outcome> {
        let sets = match sets.all() {
            Ok(sets) => sets,
            Err(problem) => return Ok(Outcome::Refused(Box::new(problem))),
        };
        // All at once, since assumed records are not seen by later calls, and those of one owner are counted together.
        let inputs: Vec<_> = sets.iter().flat_map(|set| set.iter()).filter_map(PlacedRow::fit).collect();
        let mut outcomes = assume(what_if, caller, &inputs, self.mode.mode())?.into_iter();
        sets.iter().for_each(|set| self.count(set, &mut outcomes));
        Ok(self.outcome())
    }

    /// Writes the next rows as a set.
    fn write(&mut self, transaction: &mut Transaction<'_>, caller: &Caller, rows: &[PlacedRow<W::Row>]) -> Stored<()> {
        let inputs: Vec<_> = rows.iter().filter_map(PlacedRow::fit).collect();
        let outcomes = self.write_sets.write(transaction, caller, &inputs, self.mode.mode())?;
        self.count(rows, &mut outcomes.into_iter());
        Ok(())
    }

    /// Notes what became of the next rows; `outcomes` are those of the rows that fit.
    fn count(&mut self, rows: &[PlacedRow<W::Row>], outcomes: &mut impl Iterator<Item = RowOutcome>) {
        let language = self.language;
        for PlacedRow { row, line } in rows {
            let mut reject = |key, violations| self.told.reject(*line, key, violations, language);
            match row {
                BatchRow::Fit(input) => match outcomes.next() {
                    Some(RowOutcome::Refused(error)) => reject(Some(input.key()), error.into_violations()),
                    outcome => self.told.report.count(&outcome.unwrap_or(RowOutcome::Unchanged)),
                },
                BatchRow::Repeated(input) => reject(Some(input.key()), batch::repeated().into_violations()),
                BatchRow::Unfit(violations) => reject(None, violations.clone()),
            }
            self.told.report.received += 1;
        }
    }

    /// The answer to rows that were written; those that must stand as a whole are undone when one was refused.
    fn written(self, transaction: &mut Transaction<'_>) -> Stored<Outcome> {
        let outcome = self.outcome();
        if matches!(outcome, Outcome::Refused(_)) {
            transaction.roll_back();
        }
        Ok(outcome)
    }

    fn outcome(mut self) -> Outcome {
        let report = &mut self.told.report;
        if self.mode.is_partial() {
            return self.write_sets.answer(StatusCode::MULTI_STATUS, report);
        }
        if report.rejected == 0 {
            return self.write_sets.answer(StatusCode::OK, report);
        }
        (report.created, report.updated, report.stays_removed) = (0, 0, 0);
        Outcome::Refused(Box::new(Problem::batch_rejected(self.told.report)))
    }
}
