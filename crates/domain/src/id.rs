//! Identities. An identity is the `seq` of the change that created the row, so it is unique across all resources,
//! never reused, and the same on every node and engine.

use crate::limits::{GREATEST, Within};
use serde::{Deserialize, Serialize};
use std::fmt;

/// An identity as a number.
pub type Number = Within<i64, 1, GREATEST>;

/// A position in the change log; 0 is before the first change.
pub type Position = Within<i64, 0, { i64::MAX }>;

/// A value that is kept as one whole number.
pub trait WholeNumber: Sized {
    /// The number.
    fn number(&self) -> i64;

    /// The value that is kept as a number, if there is one.
    fn from_number(number: i64) -> Option<Self>;
}

impl WholeNumber for i64 {
    fn number(&self) -> i64 {
        *self
    }

    fn from_number(number: i64) -> Option<Self> {
        Some(number)
    }
}

impl<const LEAST: i64, const MOST: i64> WholeNumber for Within<i64, LEAST, MOST> {
    fn number(&self) -> i64 {
        **self
    }

    fn from_number(number: i64) -> Option<Self> {
        Some(Self::stored(number))
    }
}

macro_rules! identities {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl From<i64> for $name {
            fn from(seq: i64) -> Self {
                Self(seq)
            }
        }

        $crate::schema!($name, $crate::schema::whole(size_of::<i64>(), 1, GREATEST));

        impl WholeNumber for $name {
            fn number(&self) -> i64 {
                self.0
            }

            fn from_number(number: i64) -> Option<Self> {
                Some(Self(number))
            }
        }
    )*};
}

identities! {
    /// The account of a person (a user) or of a machine (a client). Log and events name actors by it.
    AccountId,
    /// An agency.
    AgencyId,
    /// A calendar.
    CalendarId,
    /// A key of a client.
    ClientKeyId,
    /// A correction of locked figures.
    CorrectionId,
    /// A course.
    CourseId,
    /// A document-exchange count.
    DocumentExchangeId,
    /// An export profile.
    ExportProfileId,
    /// An erratum of a corrected figure.
    ErratumId,
    /// A holiday or make-up day.
    HolidayId,
    /// An incident or early warning.
    IncidentId,
    /// An indicator.
    IndicatorId,
    /// An information system.
    InformationSystemId,
    /// A lock on figures.
    LockId,
    /// A monitoring status.
    MonitoringStatusId,
    /// A movement.
    MovementId,
    /// A declared observation.
    ObservationId,
    /// The stored dates of a period.
    PeriodId,
    /// A phase of a movement.
    PhaseId,
    /// A reopening of closed figures.
    ReopeningId,
    /// A member of staff.
    StaffId,
    /// A target.
    TargetId,
    /// A training record.
    TrainingRecordId,
}
