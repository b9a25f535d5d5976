//! A batch as it is read: a JSON array, or one JSON object a line (NDJSON).

use super::bounds::REJECTIONS;
use super::keyed::Keyed;
use super::limits::{BatchLimits, SetSize};
use super::sets::{Intake, PlacedRow, Sets, shelf};
use super::text::{Arrived, BLOCK, Line, RowBytes, Text, row_too_large};
use crate::auth::context::RequestContext;
use crate::problem::{Language, Problem};
use crate::request::body::malformed_json;
use crate::request::json::UniqueKeys;
use crate::request::payload::Arrival;
use crate::store::room::Reservation;
use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures_util::future::LocalBoxFuture;
use serde::Deserializer;
use serde::de::{DeserializeOwned, Error as _, SeqAccess, Visitor};
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;
use thidua_domain::violation::Violation;
use tokio::sync::oneshot;
use utoipa::ToSchema;

/// The rows of a request, each of the right shape or with what is wrong with it.
pub struct Rows<I> {
    pub(super) sets: Sets<I>,
    /// Digest that tells the body from others.
    pub(super) digest: String,
    /// Memory and turn, given back when the rows are written.
    pub(super) held: Arc<BatchReservations>,
}

/// Memory and turn that the rows of a batch take for as long as they are there.
pub(super) struct BatchReservations {
    _room: Arc<Reservation>,
    _turn: Reservation,
}

/// The media types of a batch.
const MEDIA_TYPES: &[&str] = &["application/json", "application/x-ndjson"];
/// Bodies up to this size are read at once, which takes less than a millisecond; others by a thread of their own.
const SMALL: usize = BLOCK;
/// Bytes that a row takes beside its text, and its members as they are read: its key, to find a repeated one.
const PER_ROW: usize = 128;
/// Bytes that the errors of a refused row take: as they are found, as they are reported, and as they are answered.
const PER_REFUSED_ROW: usize = 16 << 10;

impl<I: Keyed + DeserializeOwned + ToSchema + Send + Sync + 'static> FromRequest for Rows<I> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let media_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let limits = request.app_data::<Data<BatchLimits>>().cloned();
        let limits = limits.ok_or_else(|| Problem::internal("a batch without limits"));
        let limited = limits.and_then(|limits| Ok((limits.most::<I>(request)?, limits)));
        let body = Arrival::of(request, payload, |limits| limits.batch);
        let language = Language::of(request.headers());
        let call =
            request.extensions().get::<Rc<RequestContext>>().cloned().ok_or_else(|| Problem::internal("no call"));
        Box::pin(async move {
            let format = match essence.as_str() {
                "application/json" => Format::Array,
                "application/x-ndjson" => Format::Lines,
                _ => return Err(Problem::media_type(MEDIA_TYPES)),
            };
            let ((most, limits), call) = (limited?, call?);
            let Arrived { text, digest } = Text::of(body?, |byte| *byte == format.end(), beside::<I>(most)).await?;
            // The turn is taken after the body has arrived, so that nobody waits for one whose body is still under way.
            let held =
                Arc::new(BatchReservations { _room: Arc::clone(&call.room), _turn: limits.turn(call.claimant).await? });
            Ok(Self { sets: sets(text, (format, most), &held, language).await?, digest, held })
        })
    }
}

/// Bytes that the rows of a text take beside it, at most, by the number of places where one may end.
fn beside<I>(most: SetSize) -> impl Fn(usize) -> usize {
    move |ends| {
        let read = ends.min(most.rows()).saturating_mul(size_of::<PlacedRow<I>>() + PER_ROW);
        read + ends.min(REJECTIONS) * PER_REFUSED_ROW
    }
}

/// The rows of a body. Those of a large one are still being read, if all of them stand or fall together; others are known
/// to be a batch before the first is written.
async fn sets<I>(
    text: Text,
    (format, most): (Format, SetSize),
    held: &Arc<BatchReservations>,
    language: Language,
) -> Result<Sets<I>, Problem>
where
    I: Keyed + DeserializeOwned + ToSchema + Send + Sync + 'static,
{
    let held: Arc<BatchReservations> = Arc::clone(held);
    let (intake, sets) = shelf(held, language);
    if text.len() <= SMALL {
        read(text, format, most, intake);
        return sets.all().map(|_| sets);
    }
    let (done, end) = oneshot::channel();
    let work = move || {
        read(text, format, most, intake);
        // The receiver is gone where the rows are written while they are read.
        let _ = done.send(());
    };
    // A thread of its own, as the writer waits for it: those of the pool are what other requests wait for.
    std::thread::Builder::new().name("batch".to_owned()).spawn(work).map_err(|error| {
        log::error!("no thread to read a batch: {error}");
        Problem::unavailable()
    })?;
    if most.in_parts() {
        end.await.map_err(Problem::internal)?;
    }
    Ok(sets)
}

#[derive(Clone, Copy)]
enum Format {
    Array,
    Lines,
}

impl Format {
    /// Byte before which a row may end: every row but the last does.
    fn end(self) -> u8 {
        match self {
            Self::Array => b',',
            Self::Lines => b'\n',
        }
    }
}

/// Reads rows to their end, and tells the intake how that was.
fn read<I: Keyed + DeserializeOwned + ToSchema>(text: Text, format: Format, most: SetSize, mut intake: Intake<I>) {
    let read = match format {
        Format::Array => array(text, most, &mut intake),
        Format::Lines => lines(text, most, &mut intake),
    };
    let how = read.and_then(|()| if intake.count() == 0 { Err(empty().into()) } else { Ok(()) });
    intake.end(how);
}

/// Reads an array row by row, so that no more than one of them is held as a tree.
fn array<I>(text: Text, most: SetSize, intake: &mut Intake<I>) -> Result<(), Problem>
where
    I: Keyed + DeserializeOwned + ToSchema,
{
    let row = RowBytes::default();
    match text.short() {
        Some(short) => rows_of(serde_json::Deserializer::from_slice(short), most, intake, &row),
        None => rows_of(serde_json::Deserializer::from_reader(text.reader(&row)), most, intake, &row),
    }
}

fn rows_of<'de, I, R>(
    mut deserializer: serde_json::Deserializer<R>,
    most: SetSize,
    intake: &mut Intake<I>,
    row: &RowBytes,
) -> Result<(), Problem>
where
    I: Keyed + DeserializeOwned + ToSchema,
    R: serde_json::de::Read<'de>,
{
    let mut refused = None;
    let read = deserializer.deserialize_seq(Array { most, intake, refused: &mut refused, row });
    if let Some(problem) = refused {
        return Err(problem);
    }
    if row.are_too_many() {
        return Err(row_too_large(intake.count()).into());
    }
    row.begin();
    read.and_then(|()| deserializer.end()).map_err(|error| match error.is_data() {
        true => Problem::malformed("malformed_request.rows"),
        false => malformed_json(&error),
    })
}

/// Reads lines, of which empty ones are none.
fn lines<I>(text: Text, most: SetSize, intake: &mut Intake<I>) -> Result<(), Problem>
where
    I: Keyed + DeserializeOwned + ToSchema,
{
    text.lines(|line| {
        most.require_room(intake.count())?;
        let row = match serde_json::from_slice(line.text) {
            Ok(UniqueKeys(value)) => value.and_then(|value| intake.shaped(value)),
            Err(error) => Err(vec![malformed_row(&line, &error)]),
        };
        intake.put(row, Some(line.number))
    })
}

/// The refusal of a line that is not JSON, with the place in the whole text; columns are characters.
fn malformed_row(line: &Line<'_>, error: &serde_json::Error) -> Violation {
    let before = line.text.get(..error.column()).unwrap_or(line.text);
    let column = line.indent + String::from_utf8_lossy(before).chars().count();
    Violation::new("", "malformed_row").with("line", &line.number.to_string()).with("column", &column.to_string())
}

fn empty() -> Violation {
    Violation::new("", "empty_batch")
}

/// Takes in the rows of an array, until there is one too many, or none fits.
struct Array<'a, I> {
    most: SetSize,
    intake: &'a mut Intake<I>,
    refused: &'a mut Option<Problem>,
    row: &'a RowBytes,
}

impl<'de, I: Keyed + DeserializeOwned + ToSchema> Visitor<'de> for Array<'_, I> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array of rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        while let Some(UniqueKeys(value)) = access.next_element()? {
            let room = self.most.require_room(self.intake.count()).map_err(Problem::from);
            if let Err(problem) = room.and_then(|()| {
                let row = value.and_then(|value| self.intake.shaped(value));
                self.intake.put(row, None)
            }) {
                *self.refused = Some(problem);
                return Err(A::Error::custom("no more rows are read"));
            }
            self.row.begin();
        }
        Ok(())
    }
}
