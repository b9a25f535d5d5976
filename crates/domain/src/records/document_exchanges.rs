//! E-document exchange counts. Counts only: nothing about a single secret document is ever stored (QĐ 28/2018).

use crate::Date;
use crate::catalogue::Catalogue;
use crate::catalogue::record_kinds::Direction;
use crate::catalogue::sources::{DocumentMeasure, Source};
use crate::cells::{Cell, CellKey, Cells};
use crate::fraction::{Count, MAX_COUNT};
use crate::id::{AgencyId, CalendarId};
use crate::records::future;
use crate::time::{Month, Window};
use crate::violation::{Violation, Violations};
use serde::{Deserialize, Serialize};

/// The documents of one agency, month and direction.
///
/// `A` and `C` name the agency and the calendar: by their identities, or as they are written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = DocumentExchangeInput))]
#[cfg_attr(feature = "openapi", schema(description = "An e-document exchange count as it is written."))]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", schema(example = json!({"month": "2026-11"})))]
pub struct DocumentExchange<A = AgencyId, C = CalendarId> {
    /// Identifier of the agency.
    pub agency: A,
    /// Code of the calendar of the month.
    pub calendar: C,
    /// The month, which must have begun.
    pub month: Month,
    /// Incoming (đến) or outgoing (đi).
    pub direction: Direction,
    /// All documents.
    pub total: Count,
    /// Secret ones, out of scope (QĐ 28/2018); at most `total`.
    pub secret: Count,
    /// Exchanged electronically; at most `total` − `secret`.
    pub electronic: Count,
    /// Of these, digitally signed; at most `electronic`.
    pub signed: Count,
    /// Of these, not followed by paper; at most `signed`.
    pub paperless: Count,
    /// Of the electronic ones, how many failed to arrive; at most `electronic`.
    pub failed: Count,
}

impl<A, C> DocumentExchange<A, C> {
    /// The count with its agency and its calendar named another way.
    pub fn of<B, D>(self, agency: B, calendar: D) -> DocumentExchange<B, D> {
        let Self { month, direction, total, secret, electronic, signed, paperless, failed, .. } = self;
        DocumentExchange { agency, calendar, month, direction, total, secret, electronic, signed, paperless, failed }
    }
}

impl<A, C> DocumentExchange<A, C> {
    /// Checks the chain paperless ≤ signed ≤ electronic ≤ total − secret, and failed ≤ electronic.
    pub fn check(&self) -> Result<(), Vec<Violation>> {
        let mut found = Violations::default();
        let counts = [
            ("/total", self.total),
            ("/secret", self.secret),
            ("/electronic", self.electronic),
            ("/signed", self.signed),
            ("/paperless", self.paperless),
            ("/failed", self.failed),
        ];
        for (pointer, count) in counts {
            found.require(Count::holds(&count), || invalid_count(pointer));
        }
        found.require(self.secret <= self.total, || Violation::new("/secret", "secret_exceeds_total"));
        found.require(*self.electronic <= self.open().max(0) || self.secret > self.total, || {
            Violation::new("/electronic", "electronic_exceeds_open")
        });
        found.require(self.signed <= self.electronic, || Violation::new("/signed", "signed_exceeds_electronic"));
        found.require(self.failed <= self.electronic, || Violation::new("/failed", "failed_exceeds_electronic"));
        found.require(self.paperless <= self.signed, || Violation::new("/paperless", "paperless_exceeds_signed"));
        found.finish(Some(()))
    }

    /// All documents but the secret ones.
    pub fn open(&self) -> i64 {
        self.total.saturating_sub(*self.secret)
    }
}

impl DocumentExchange {
    /// Refuses counts of a month that has not begun; `window` holds its days.
    pub fn check_happened(&self, window: Window, today: Date) -> Result<(), Violation> {
        future::require_month("/month", window, today)
    }

    fn measure(&self, measure: DocumentMeasure) -> i64 {
        match measure {
            DocumentMeasure::Electronic => *self.electronic,
            DocumentMeasure::Signed => *self.signed,
            DocumentMeasure::Paperless => *self.paperless,
            // Rows of version 0.1.0 may count more failures than documents.
            DocumentMeasure::Delivered => self.electronic.saturating_sub(*self.failed).max(0),
        }
    }
}

/// The contribution of a count: to its own month in its own calendar, never guessed into another.
pub fn contribution(catalogue: &Catalogue, exchange: &DocumentExchange) -> Cells {
    let mut cells = Cells::default();
    for indicator in catalogue.indicators() {
        let source = &indicator.entity.definition_in(exchange.month).source;
        let Source::DocumentExchanges { numerator, .. } = source else { continue };
        if !source.counts_direction(exchange.direction) {
            continue;
        }
        let key = CellKey {
            indicator: indicator.id,
            agency: exchange.agency,
            calendar: exchange.calendar,
            month: exchange.month,
        };
        cells.add(key, Cell { numerator: exchange.measure(*numerator), denominator: exchange.open(), reports: 1 });
    }
    cells
}

/// A count outside 0..=[`MAX_COUNT`].
pub(crate) fn invalid_count(pointer: &str) -> Violation {
    Violation::new(pointer, "invalid_count").with("max_count", &MAX_COUNT)
}
