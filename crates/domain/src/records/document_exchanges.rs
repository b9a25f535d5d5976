//! E-document exchange counts. Counts only: nothing about a single secret document is ever stored (QĐ 28/2018).

use crate::Date;
use crate::catalogue::Catalogue;
use crate::catalogue::record_kinds::Direction;
use crate::catalogue::sources::{DocumentMeasure, Source};
use crate::cells::{Cell, CellKey, Cells};
use crate::fraction::MAX_COUNT;
use crate::id::{AgencyId, CalendarId};
use crate::records::future;
use crate::time::{Month, Window};
use crate::violation::{Violation, Violations};
use serde::{Deserialize, Serialize};

/// The documents of one agency, month and direction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentExchange {
    /// The agency.
    pub agency: AgencyId,
    /// The calendar of the month.
    pub calendar: CalendarId,
    /// The month.
    pub month: Month,
    /// Incoming or outgoing.
    pub direction: Direction,
    /// All documents.
    pub total: i64,
    /// Secret ones, out of scope.
    pub secret: i64,
    /// Exchanged electronically.
    pub electronic: i64,
    /// Of these, digitally signed.
    pub signed: i64,
    /// Of these, not followed by paper.
    pub paperless: i64,
    /// Of the electronic ones, those that failed to arrive.
    pub failed: i64,
}

impl DocumentExchange {
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
            found.require((0..=MAX_COUNT).contains(&count), || invalid_count(pointer));
        }
        found.require(self.secret <= self.total, || Violation::new("/secret", "secret_exceeds_total"));
        found.require(self.electronic <= self.open().max(0) || self.secret > self.total, || {
            Violation::new("/electronic", "electronic_exceeds_open")
        });
        found.require(self.signed <= self.electronic, || Violation::new("/signed", "signed_exceeds_electronic"));
        found.require(self.failed <= self.electronic, || Violation::new("/failed", "failed_exceeds_electronic"));
        found.require(self.paperless <= self.signed, || Violation::new("/paperless", "paperless_exceeds_signed"));
        found.finish(Some(()))
    }

    /// Refuses counts of a month that has not begun; `window` holds its days.
    pub fn check_happened(&self, window: Window, today: Date) -> Result<(), Violation> {
        future::require_month("/month", window, today)
    }

    /// All documents but the secret ones.
    pub fn open(&self) -> i64 {
        self.total.saturating_sub(self.secret)
    }

    fn measure(&self, measure: DocumentMeasure) -> i64 {
        match measure {
            DocumentMeasure::Electronic => self.electronic,
            DocumentMeasure::Signed => self.signed,
            DocumentMeasure::Paperless => self.paperless,
            // Rows of version 0.1.0 may count more failures than documents.
            DocumentMeasure::Delivered => self.electronic.saturating_sub(self.failed).max(0),
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
