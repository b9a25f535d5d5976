//! Corrections: leave to change locked figures for a limited time, asked for by one person and given by another.

use crate::id::{AccountId, AgencyId, CalendarId, CorrectionId, IndicatorId};
use crate::string_enum;
use crate::text::Reference;
use crate::time::{Moment, Month, Period};
use crate::violation::Violation;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// A correction (đính chính) of locked figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// The calendar.
    pub calendar: CalendarId,
    /// The period whose months are concerned.
    pub period: Period,
    /// The agency concerned, with everything below it.
    pub agency: AgencyId,
    /// The one indicator concerned; all while absent.
    pub indicator: Option<IndicatorId>,
    /// The reason why the figures were wrong.
    pub reason: Reference,
    /// The document it rests on.
    pub document_number: Reference,
    /// The account that asked for it; the program itself while absent.
    pub requested_by: Option<AccountId>,
    /// Time of the request.
    pub requested_at: Moment,
    /// The decision.
    pub decision: Decision,
}

/// Decision about a correction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Decision {
    /// Nothing yet.
    Pending,
    /// The figures may change within a window of time.
    Approved {
        /// The account that approved; the program itself while absent.
        by: Option<AccountId>,
        /// Time of the approval.
        at: Moment,
        /// The window.
        window: CorrectionWindow,
    },
    /// They stay as they are.
    Rejected {
        /// The account that rejected; the program itself while absent.
        by: Option<AccountId>,
        /// Time of the rejection.
        at: Moment,
        /// The reason given for it.
        reason: Reference,
    },
}

/// The time in which the figures may change: from the first moment up to, and without, the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorrectionWindow {
    /// The first moment.
    pub opens_at: Moment,
    /// The moment it is over.
    pub closes_at: Moment,
}

string_enum! {
    /// State of a correction.
    CorrectionState {
        /// Nobody has decided yet.
        Requested = "requested",
        /// It was approved, and its window is not over.
        Approved = "approved",
        /// It was rejected.
        Rejected = "rejected",
        /// Its window is over, by itself or by hand.
        Closed = "closed",
    }
}

impl CorrectionWindow {
    /// The longest window, in days.
    pub const MAX_DAYS: i64 = 30;

    /// Parses a window; without an end it is as long as allowed.
    pub fn parse(opens_at: Moment, closes_at: Option<Moment>) -> Result<Self, Violation> {
        let latest = opens_at.checked_add_signed(TimeDelta::days(Self::MAX_DAYS)).unwrap_or(Moment::MAX_UTC);
        let closes_at = closes_at.unwrap_or(latest);
        if (opens_at..=latest).contains(&closes_at) {
            return Ok(Self { opens_at, closes_at });
        }
        let days = Self::MAX_DAYS;
        Err(Violation::new("/closes_at", "invalid_window").with("days", &days))
    }

    /// True for a moment within the window.
    pub fn is_open(self, now: Moment) -> bool {
        self.opens_at <= now && now < self.closes_at
    }
}

impl Correction {
    /// Its state at a moment.
    pub fn state(&self, now: Moment) -> CorrectionState {
        match &self.decision {
            Decision::Pending => CorrectionState::Requested,
            Decision::Rejected { .. } => CorrectionState::Rejected,
            Decision::Approved { window, .. } if window.closes_at <= now => CorrectionState::Closed,
            Decision::Approved { .. } => CorrectionState::Approved,
        }
    }

    /// True for a moment at which figures may change under it.
    pub fn is_open(&self, now: Moment) -> bool {
        matches!(&self.decision, Decision::Approved { window, .. } if window.is_open(now))
    }

    /// Refuses a second decision, and one by the account that asked for the correction.
    pub fn check_decider(&self, who: Option<AccountId>) -> Result<(), Violation> {
        if self.decision != Decision::Pending {
            return Err(Violation::new("", "correction_decided"));
        }
        if who.is_some() && who == self.requested_by {
            return Err(Violation::new("", "requester_decides"));
        }
        Ok(())
    }

    /// The correction with its window ended at a moment. Refused for one that is not approved, or whose window is over
    /// already.
    pub fn closed(&self, now: Moment) -> Result<Self, Violation> {
        match self.decision {
            Decision::Approved { by, at, window } if now < window.closes_at => {
                let window = CorrectionWindow { closes_at: now, ..window };
                Ok(Self { decision: Decision::Approved { by, at, window }, ..self.clone() })
            }
            _ => Err(Violation::new("", "correction_not_open")),
        }
    }
}

/// The approved corrections by calendar, month and agency.
#[derive(Debug, Clone, Default)]
pub(crate) struct CorrectedMonths(HashMap<(CalendarId, Month), HashMap<AgencyId, Vec<CorrectionId>>>);

impl CorrectedMonths {
    /// Adds a correction; one that was not approved opens nothing.
    pub(crate) fn add(&mut self, id: CorrectionId, correction: &Correction) {
        if !matches!(correction.decision, Decision::Approved { .. }) {
            return;
        }
        for month in correction.period.months() {
            let there = self.0.entry((correction.calendar, month)).or_default();
            there.entry(correction.agency).or_default().push(id);
        }
    }

    /// The corrections of a month for these agencies, in their order, then in the order of requests.
    pub(crate) fn of<'a>(
        &'a self,
        calendar: CalendarId,
        month: Month,
        line: impl Iterator<Item = AgencyId> + 'a,
    ) -> impl Iterator<Item = CorrectionId> + 'a {
        let there = self.0.get(&(calendar, month));
        line.filter_map(move |agency| there?.get(&agency)).flatten().copied()
    }
}
