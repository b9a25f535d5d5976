//! A batch as it is read: a JSON array, or one JSON object a line (NDJSON).

use super::Keyed;
use super::limits::{BatchLimits, Most};
use super::sets::{Intake, Sets, shelf};
use crate::arrival::Arrival;
use crate::extract::{malformed_json, shaped};
use crate::problem::Problem;
use crate::strict_json::Strict;
use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Bytes, Data};
use actix_web::{FromRequest, HttpRequest};
use aws_lc_rs::digest::{Context, SHA256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::LocalBoxFuture;
use serde::Deserializer;
use serde::de::{DeserializeOwned, Error as _, SeqAccess, Visitor};
use std::fmt;
use thidua_domain::violation::Violation;
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use utoipa::ToSchema;
use validator::Validate;

/// The rows of a request, each of the right shape or with what is wrong with it.
pub struct Rows<I> {
    pub(super) sets: Sets<I>,
    /// What tells the body from others.
    pub(super) digest: String,
    /// Given back when they are written.
    pub(super) turn: OwnedSemaphorePermit,
}

/// The media types of a batch.
const MEDIA_TYPES: &[&str] = &["application/json", "application/x-ndjson"];
/// Bodies up to this size are read at once, which takes less than a millisecond; others by a thread of their own.
const SMALL: usize = 1 << 16;

impl<I: Keyed + DeserializeOwned + Validate + ToSchema + Send + Sync + 'static> FromRequest for Rows<I> {
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
            let format = match essence.as_str() {
                "application/json" => Format::Array,
                "application/x-ndjson" => Format::Lines,
                _ => return Err(Problem::media_type(MEDIA_TYPES)),
            };
            let (most, limits) = limited?;
            let turn = limits.turn().await?;
            let mut digest = Context::new(&SHA256);
            let body = body?.whole_seen(|bytes| digest.update(bytes)).await?;
            let digest = URL_SAFE_NO_PAD.encode(digest.finish());
            Ok(Self { sets: sets(body, format, most).await?, digest, turn })
        })
    }
}

/// The rows of a body. Those of a large one are still being read, if all of them stand or fall together; others are known
/// to be a batch before the first is written.
async fn sets<I>(body: Bytes, format: Format, most: Most) -> Result<Sets<I>, Problem>
where
    I: Keyed + DeserializeOwned + Validate + ToSchema + Send + Sync + 'static,
{
    let (intake, sets) = shelf();
    if body.len() <= SMALL {
        read(&body, format, most, intake);
        return sets.all().map(|_| sets);
    }
    let (done, end) = oneshot::channel();
    let work = move || {
        read(&body, format, most, intake);
        // Nobody waits for those that are written meanwhile.
        let _ = done.send(());
    };
    // Not one of those that other requests wait for: the writer waits for it.
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

/// Reads rows to their end, and says how that was.
fn read<I: Keyed + DeserializeOwned + Validate + ToSchema>(
    body: &[u8],
    format: Format,
    most: Most,
    mut intake: Intake<I>,
) {
    let read = match format {
        Format::Array => array(body, most, &mut intake),
        Format::Lines => lines(body, most, &mut intake),
    };
    let how = read.and_then(|()| if intake.count() == 0 { Err(empty().into()) } else { Ok(()) });
    intake.end(how);
}

/// Reads an array row by row, so that no more than one of them is held as a tree.
fn array<I>(body: &[u8], most: Most, intake: &mut Intake<I>) -> Result<(), Problem>
where
    I: Keyed + DeserializeOwned + Validate + ToSchema,
{
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let mut refused = None;
    let read = deserializer.deserialize_seq(Array { most, intake, refused: &mut refused });
    if let Some(violations) = refused {
        return Err(violations.into());
    }
    read.and_then(|()| deserializer.end()).map_err(|error| malformed_json(&error))
}

/// Reads lines, of which empty ones are none.
fn lines<I>(body: &[u8], most: Most, intake: &mut Intake<I>) -> Result<(), Problem>
where
    I: Keyed + DeserializeOwned + Validate + ToSchema,
{
    for line in body.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty()) {
        most.require_room(intake.count())?;
        let row = match serde_json::from_slice(line) {
            Ok(Strict(value)) => value.and_then(shaped),
            Err(error) => Err(vec![Violation::new(
                "",
                "malformed_row",
                format!("Dòng không phải JSON hợp lệ (cột {}).", error.column()),
                format!("The line is not valid JSON (column {}).", error.column()),
            )]),
        };
        intake.put(row)?;
    }
    Ok(())
}

fn empty() -> Violation {
    Violation::new("", "empty_batch", "Lô phải có ít nhất một dòng.", "A batch has at least one row.")
}

/// Takes in the rows of an array, until there is one too many, or none fits.
struct Array<'a, I> {
    most: Most,
    intake: &'a mut Intake<I>,
    refused: &'a mut Option<Vec<Violation>>,
}

impl<'de, I: Keyed + DeserializeOwned + Validate + ToSchema> Visitor<'de> for Array<'_, I> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array of rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        while let Some(Strict(value)) = access.next_element()? {
            let room = self.most.require_room(self.intake.count()).map_err(|violation| vec![violation]);
            if let Err(violations) = room.and_then(|()| self.intake.put(value.and_then(shaped))) {
                *self.refused = Some(violations);
                return Err(A::Error::custom("no more rows are read"));
            }
        }
        Ok(())
    }
}
