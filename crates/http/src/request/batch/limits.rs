//! Limits of batches: the rows in one, and the batches at once.

use super::keyed::Keyed;
use super::mode::BatchQuery;
use crate::problem::Problem;
use crate::request::body::Query;
use crate::request::preferences::{Preference, Preferences};
use crate::store::claimants::Claimant;
use crate::store::room::{Measure, Reservation, Room};
use actix_web::{FromRequest, HttpRequest};
use std::time::Duration;
use thidua_domain::violation::Violation;

/// Limits of batches, as the installation says.
#[derive(Debug, Clone)]
pub struct BatchLimits {
    /// Rows that are written in one commit, each counted with its weight: others wait for them.
    atomic_rows: usize,
    /// A turn for each batch that is read and written.
    turns: Room,
}

/// Batches read and written at once: of all, of an agency, and of one account, which others need not wait for.
const TURNS: Measure =
    Measure { all: 32, group: 16, share: 8, patience: Duration::from_secs(10), ..Measure::BOUNDLESS };

impl BatchLimits {
    /// Limits with so many rows in a commit.
    pub fn new(atomic_rows: usize) -> Self {
        Self { atomic_rows, turns: Room::new(TURNS) }
    }

    /// Waits until a batch can be read and written.
    pub(super) async fn turn(&self, claimant: Claimant) -> Result<Reservation, Problem> {
        self.turns.take(claimant, 1).await.map_err(|_| Problem::unavailable())
    }

    /// The rows a request may have, by what becomes of them.
    pub(super) fn most<I: Keyed>(&self, request: &HttpRequest) -> Result<SetSize, Problem> {
        let Query(query) = Query::<BatchQuery>::extract(request).into_inner()?;
        let preferences = Preferences::read(request.headers(), &[Preference::DryRun])?;
        let atomic = query.is_atomic(preferences.has(Preference::DryRun));
        let at_once = if atomic { (self.atomic_rows / I::WEIGHT).max(1) } else { I::MOST };
        Ok(SetSize { rows: at_once.min(I::MOST), in_parts: !atomic, whole: I::MOST })
    }
}

/// The most rows that a batch may have.
#[derive(Debug, Clone, Copy)]
pub(super) struct SetSize {
    rows: usize,
    /// True when they are written part by part, and not in one commit.
    in_parts: bool,
    /// The most in any mode.
    whole: usize,
}

impl SetSize {
    /// True when they are written part by part.
    pub(super) fn in_parts(self) -> bool {
        self.in_parts
    }

    /// Number of rows.
    pub(super) fn rows(self) -> usize {
        self.rows
    }

    /// Refuses one row more than there may be.
    pub(super) fn require_room(self, rows: usize) -> Result<(), Violation> {
        match self.rows {
            most if rows < most => Ok(()),
            most if most < self.whole => Err(Violation::new("", "too_many_rows_at_once").with("most", &most)),
            most => Err(Violation::new("", "too_many_rows").with("max_rows", &most)),
        }
    }
}
