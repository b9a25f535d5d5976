//! Many rows in one request: a JSON array, or one JSON object a line (NDJSON), written as one set or part by part.

use crate::arrival::Arrival;
use crate::auth::Caller;
use crate::extract::{Query, malformed_json, shaped};
use crate::preferences::{Preference, Preferences};
use crate::problem::{Language, Problem, ProblemError};
use crate::schemas;
use crate::store::Store;
use crate::strict_json::Strict;
use crate::writes::{Answered, Outcome, Write};
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Buf, BytesMut, Data};
use actix_web::{FromRequest, HttpRequest};
use aws_lc_rs::digest::{Context, SHA256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::LocalBoxFuture;
use serde::de::{DeserializeOwned, Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::HashSet;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;
use thidua_domain::violation::Violation;
use thidua_persistence::batch::{self, Mode, Record, RowOutcome};
use thidua_persistence::{Error, Foreseen, Result as Stored, Transaction};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

/// Rows in a request, at most.
pub const MAX_ROWS: usize = 100_000;
/// Rows written in one commit when a batch may be written in part: others get their turn in between.
const PART: usize = 500;
/// Rows written as one set.
const SET: usize = 1000;

thidua_domain::spelled! {
    /// What may become of the rows of a batch, and whether it is written as a whole or as far as possible.
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

/// How to write a batch.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BatchQuery {
    /// `create` makes new rows only, `update` changes existing rows only, `upsert` (the default) does either. All or
    /// none, unless `partial` is said: then each row stands or falls by itself and the answer is a 207.
    #[param(value_type = Option<schemas::BatchMode>, default = "upsert")]
    mode: Option<BatchMode>,
}

impl BatchQuery {
    fn mode(&self) -> BatchMode {
        self.mode.unwrap_or(BatchMode::Upsert)
    }

    /// Whether all rows are written in one commit: a dry run always is.
    fn is_atomic(&self, is_dry_run: bool) -> bool {
        is_dry_run || !self.mode().is_partial()
    }
}

/// A row known by a key that people outside have.
pub trait Keyed {
    /// How many rows it counts for where others wait: more than one when it is not written as one of a set.
    const WEIGHT: usize = 1;

    /// The key: its parts joined by `/`.
    fn key(&self) -> String;

    /// What writing these will look up, if it looks anything up for all of them at once.
    fn foreseen<'a>(_inputs: impl Iterator<Item = &'a Self> + Clone) -> Foreseen
    where
        Self: 'a,
    {
        Foreseen::default()
    }
}

/// Writes one set of rows and says, in their order, what became of each.
pub type WriteSet<I> = fn(&mut Transaction<'_>, &Caller, Vec<I>, Mode) -> Stored<Vec<RowOutcome>>;

/// The rows of a request, each of the right shape or with what is wrong with it.
pub struct Rows<I> {
    rows: Vec<Row<I>>,
    digest: String,
    /// Given back when they are written.
    turn: OwnedSemaphorePermit,
}

type Row<I> = Result<I, Vec<Violation>>;

/// What became of the rows of a batch.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct BatchReport {
    /// Rows received.
    #[schema(minimum = 0, maximum = 100000)]
    received: usize,
    /// Rows created.
    #[schema(minimum = 0, maximum = 100000)]
    created: usize,
    /// Rows changed.
    #[schema(minimum = 0, maximum = 100000)]
    updated: usize,
    /// Rows that were there as given.
    #[schema(minimum = 0, maximum = 100000)]
    unchanged: usize,
    /// Rows refused.
    #[schema(minimum = 0, maximum = 100000)]
    rejected: usize,
    /// The rows refused, in the order given.
    #[schema(max_items = 100000)]
    rejections: Vec<Rejection>,
}

/// A refused row.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
struct Rejection {
    /// Its place in the batch, from 0.
    #[schema(minimum = 0, maximum = 99999)]
    index: usize,
    /// Its key, as far as it could be read.
    #[schema(max_length = 2000, pattern = r"^[\s\S]*$")]
    key: Option<String>,
    /// What is wrong with it; pointers begin with the index.
    #[schema(max_items = 1000)]
    errors: Vec<ProblemError>,
}

/// Writes the rows with a function that writes one set and says what became of each row.
pub async fn run<P, I: Keyed + Clone + Send + 'static>(
    store: &Store,
    write: Write<P>,
    query: &BatchQuery,
    rows: Rows<I>,
    write_set: WriteSet<I>,
) -> Answered {
    let mode = query.mode();
    let language = write.language();
    let Rows { mut rows, digest, turn: _turn } = rows;
    let fingerprint = write.fingerprint(store, &(mode.as_str(), digest));
    let mut tally = Tally { report: BatchReport::of(rows.len()), language };
    if query.is_atomic(write.is_dry_run()) {
        let work = move |transaction: &mut Transaction<'_>, caller: &Caller| {
            let mut first = 0;
            while !rows.is_empty() {
                let rest = rows.split_off(rows.len().min(SET));
                transaction.foresee(I::foreseen(rest.iter().take(SET).flatten()));
                let count = rows.len();
                tally.write(transaction, caller, first, rows, mode.mode(), write_set)?;
                (rows, first) = (rest, first + count);
            }
            tally.outcome(transaction, mode)
        };
        return write.answer(store, fingerprint, work).await;
    }
    if let Some(answered) = write.answered_before(store, &fingerprint).await? {
        return Ok(answered);
    }
    let mut first = 0;
    while rows.len() > PART {
        let rest = rows.split_off(PART);
        let part = move |transaction: &mut Transaction<'_>, caller: &Caller| {
            tally.write(transaction, caller, first, rows, mode.mode(), write_set)?;
            Ok(tally)
        };
        tally = write.part(store, part).await?;
        (rows, first) = (rest, first + PART);
    }
    let work = move |transaction: &mut Transaction<'_>, caller: &Caller| {
        tally.write(transaction, caller, first, rows, mode.mode(), write_set)?;
        tally.outcome(transaction, mode)
    };
    write.answer(store, fingerprint, work).await
}

/// Parses inputs and writes those that parse as one set; `known` is what was read of what they refer to.
pub fn write_records<I, R: Record>(
    transaction: &mut Transaction<'_>,
    known: &R::Known,
    inputs: &[I],
    mode: Mode,
    mut parse: impl FnMut(&mut Transaction<'_>, &I) -> Stored<R>,
) -> Stored<Vec<RowOutcome>> {
    let mut outcomes: Vec<Option<RowOutcome>> = Vec::new();
    let mut records = Vec::new();
    for input in inputs {
        match parse(transaction, input) {
            Ok(record) => {
                records.push(record);
                outcomes.push(None);
            }
            Err(error) => outcomes.push(Some(RowOutcome::Refused(refusal(error)?))),
        }
    }
    let mut written = batch::write(transaction, known, records, mode)?.into_iter();
    let fill = |outcome: Option<RowOutcome>| outcome.or_else(|| written.next()).unwrap_or(RowOutcome::Unchanged);
    Ok(outcomes.into_iter().map(fill).collect())
}

/// Writes rows one after the other; a refused one leaves nothing behind.
pub fn write_each<I: Keyed>(
    transaction: &mut Transaction<'_>,
    inputs: Vec<I>,
    mut work: impl FnMut(&mut Transaction<'_>, I) -> Stored<RowOutcome>,
) -> Stored<Vec<RowOutcome>> {
    let mut seen = HashSet::new();
    let mut outcomes = Vec::new();
    for input in inputs {
        let first = seen.insert(input.key());
        let outcome = if first { transaction.attempt(|part| work(part, input)) } else { Err(batch::repeated()) };
        outcomes.push(match outcome {
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

/// The report as far as the rows have been written.
#[derive(Clone)]
struct Tally {
    report: BatchReport,
    language: Language,
}

impl Tally {
    fn write<I: Keyed>(
        &mut self,
        transaction: &mut Transaction<'_>,
        caller: &Caller,
        first: usize,
        rows: Vec<Row<I>>,
        mode: Mode,
        write_set: WriteSet<I>,
    ) -> Stored<()> {
        let mut refused = Vec::new();
        let mut inputs = Vec::new();
        let mut places = Vec::new();
        for (index, row) in (first..).zip(rows) {
            match row {
                Ok(input) => {
                    places.push((index, input.key()));
                    inputs.push(input);
                }
                Err(errors) => refused.push((index, None, errors)),
            }
        }
        for ((index, key), outcome) in places.into_iter().zip(write_set(transaction, caller, inputs, mode)?) {
            match outcome {
                RowOutcome::Created => self.report.created += 1,
                RowOutcome::Updated => self.report.updated += 1,
                RowOutcome::Unchanged => self.report.unchanged += 1,
                RowOutcome::Refused(error) => refused.push((index, Some(key), violations(error))),
            }
        }
        refused.sort_by_key(|(index, ..)| *index);
        self.report.rejected += refused.len();
        self.report.rejections.extend(refused.into_iter().map(|(index, key, errors)| {
            let errors =
                errors.into_iter().map(|error| ProblemError::new(&error.under(&format!("/{index}")), self.language));
            Rejection { index, key, errors: errors.collect() }
        }));
        Ok(())
    }

    /// The answer; a batch that must be written as a whole is undone when a row was refused.
    fn outcome(mut self, transaction: &mut Transaction<'_>, mode: BatchMode) -> Stored<Outcome> {
        if mode.is_partial() {
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

impl BatchReport {
    fn of(received: usize) -> Self {
        Self { received, created: 0, updated: 0, unchanged: 0, rejected: 0, rejections: Vec::new() }
    }

    /// The errors of the refused rows, as many as a problem lists.
    pub fn errors(&self) -> impl Iterator<Item = &ProblemError> {
        self.rejections.iter().flat_map(|rejection| &rejection.errors)
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

/// What batches may have, as the installation says.
#[derive(Debug, Clone)]
pub struct BatchLimits {
    /// Rows that are written in one commit, each counted with its weight: others wait for them.
    atomic_rows: usize,
    /// A turn for each batch that is held in memory.
    turns: Arc<Semaphore>,
}

/// Batches held in memory at once.
const AT_ONCE: usize = 8;
/// How long a batch waits until it is taken in.
const PATIENCE: Duration = Duration::from_secs(4);

impl BatchLimits {
    /// With so many rows in a commit.
    pub fn new(atomic_rows: usize) -> Self {
        Self { atomic_rows, turns: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// Waits until a batch can be taken in.
    async fn turn(&self) -> Result<OwnedSemaphorePermit, Problem> {
        let turn = timeout(PATIENCE, Arc::clone(&self.turns).acquire_owned()).await;
        turn.map_err(|_| Problem::unavailable())?.map_err(Problem::internal)
    }

    /// The rows a request may have, by what becomes of them.
    fn most<I: Keyed>(&self, request: &HttpRequest) -> Result<Most, Problem> {
        let Query(query) = Query::<BatchQuery>::extract(request).into_inner()?;
        let preferences = Preferences::read(request.headers(), &[Preference::DryRun])?;
        let atomic = query.is_atomic(preferences.has(Preference::DryRun));
        Ok(if atomic { Most::AtOnce((self.atomic_rows / I::WEIGHT).max(1)) } else { Most::InParts })
    }
}

/// How many rows a batch may have.
#[derive(Debug, Clone, Copy)]
enum Most {
    /// This many, since they are written in one commit.
    AtOnce(usize),
    /// [`MAX_ROWS`], since they are written part by part.
    InParts,
}

impl Most {
    /// Refuses one row more than there may be.
    fn require_room(self, rows: usize) -> Result<(), Violation> {
        match self {
            Self::AtOnce(most) if rows >= most => Err(Violation::new(
                "",
                "too_many_rows_at_once",
                format!(
                    "Lô ghi trọn vẹn hoặc ghi thử có nhiều nhất {most} dòng; hãy gửi với mode=partial, hoặc chia thành các lô không quá {most} dòng."
                ),
                format!(
                    "A batch written all or none, or only tried, has at most {most} rows; send it with mode=partial, or in parts of at most {most} rows."
                ),
            )),
            Self::InParts if rows >= MAX_ROWS => Err(Violation::new(
                "",
                "too_many_rows",
                format!("Một lô có nhiều nhất {MAX_ROWS} dòng; hãy chia thành nhiều lô."),
                format!("A batch has at most {MAX_ROWS} rows; divide it."),
            )),
            _ => Ok(()),
        }
    }
}

/// The media types of a batch.
const MEDIA_TYPES: &[&str] = &["application/json", "application/x-ndjson"];

impl<I: Keyed + DeserializeOwned + Validate + ToSchema + 'static> FromRequest for Rows<I> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let media_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let limits = request.app_data::<Data<BatchLimits>>().cloned();
        let limits = limits.ok_or_else(|| Problem::internal("a batch without limits"));
        let limited = limits.and_then(|limits| Ok((limits.most::<I>(request)?, limits)));
        let body = Arrival::of(request, payload, |limits| limits.batch);
        Box::pin(async move {
            let by_line = match essence.as_str() {
                "application/json" => false,
                "application/x-ndjson" => true,
                _ => return Err(Problem::media_type(MEDIA_TYPES)),
            };
            let (most, limits) = limited?;
            let turn = limits.turn().await?;
            read(body?, Reader::<I>::new(by_line, most), turn).await
        })
    }
}

async fn read<I: DeserializeOwned + Validate + ToSchema>(
    mut body: Arrival,
    mut reader: Reader<I>,
    turn: OwnedSemaphorePermit,
) -> Result<Rows<I>, Problem> {
    let mut digest = Context::new(&SHA256);
    while let Some(bytes) = body.next().await? {
        digest.update(&bytes);
        reader.take(&bytes)?;
    }
    let rows = reader.finish()?;
    if rows.is_empty() {
        return Err(
            Violation::new("", "empty_batch", "Lô phải có ít nhất một dòng.", "A batch has at least one row.").into()
        );
    }
    Ok(Rows { rows, digest: URL_SAFE_NO_PAD.encode(digest.finish()), turn })
}

/// Reads rows as the bytes arrive. Lines are read one by one; an array is kept until it ends.
struct Reader<I> {
    by_line: bool,
    most: Most,
    kept: BytesMut,
    rows: Vec<Row<I>>,
}

impl<I: DeserializeOwned + Validate + ToSchema> Reader<I> {
    fn new(by_line: bool, most: Most) -> Self {
        Self { by_line, most, kept: BytesMut::new(), rows: Vec::new() }
    }

    fn take(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        self.kept.extend_from_slice(bytes);
        while self.by_line
            && let Some(end) = self.kept.iter().position(|byte| *byte == b'\n')
        {
            let line = self.kept.split_to(end);
            self.kept.advance(1);
            self.line(&line)?;
        }
        Ok(())
    }

    fn line(&mut self, line: &[u8]) -> Result<(), Problem> {
        let line = line.trim_ascii();
        if line.is_empty() {
            return Ok(());
        }
        self.most.require_room(self.rows.len())?;
        self.rows.push(match serde_json::from_slice(line) {
            Ok(Strict(value)) => value.and_then(shaped),
            Err(error) => Err(vec![Violation::new(
                "",
                "malformed_row",
                format!("Dòng không phải JSON hợp lệ (cột {}).", error.column()),
                format!("The line is not valid JSON (column {}).", error.column()),
            )]),
        });
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<Row<I>>, Problem> {
        let rest = self.kept.split();
        if self.by_line {
            self.line(&rest)?;
            return Ok(self.rows);
        }
        let mut deserializer = serde_json::Deserializer::from_slice(&rest);
        let mut refused = None;
        let array = Array { most: self.most, refused: &mut refused, row: PhantomData };
        let rows = deserializer.deserialize_seq(array);
        if let Some(violation) = refused {
            return Err(violation.into());
        }
        let rows = rows.map_err(|error| malformed_json(&error))?;
        deserializer.end().map_err(|error| malformed_json(&error))?;
        Ok(rows)
    }
}

/// Reads an array row by row, so that no more than one of them is held as a tree, until there is one too many.
struct Array<'a, I> {
    most: Most,
    refused: &'a mut Option<Violation>,
    row: PhantomData<I>,
}

impl<'de, I: DeserializeOwned + Validate + ToSchema> Visitor<'de> for Array<'_, I> {
    type Value = Vec<Row<I>>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array of rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut rows = Vec::new();
        while let Some(Strict(value)) = access.next_element()? {
            if let Err(violation) = self.most.require_room(rows.len()) {
                *self.refused = Some(violation);
                return Err(A::Error::custom("too many rows"));
            }
            rows.push(value.and_then(shaped));
        }
        Ok(rows)
    }
}
