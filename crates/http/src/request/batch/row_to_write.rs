//! Rows of batches that are written one after the other.

use thidua_persistence::Result as Stored;
use thidua_persistence::write::batch;
use thidua_persistence::write::batch::{Mode, RowOutcome};

/// The decision on a row that fits, which is then judged, and written unless the batch is only tried.
pub enum RowToWrite<Id> {
    /// It is created.
    New,
    /// The row with this identity is changed.
    Changed(Id),
    /// The row is as it is given.
    Unchanged,
}

impl<Id> RowToWrite<Id> {
    /// Decides on a row by the stored one with its key. Refuses a new row where only existing ones may be changed,
    /// and one that is there where only new ones may be made. `is_same` compares both, and may refuse to.
    pub fn new<E>(mode: Mode, stored: Option<(Id, E)>, is_same: impl FnOnce(&E) -> Stored<bool>) -> Stored<Self> {
        match (stored, mode) {
            (None, Mode::Update) => Err(batch::missing()),
            (None, _) => Ok(Self::New),
            (Some(_), Mode::Create) => Err(batch::exists()),
            (Some((id, before)), _) => Ok(if is_same(&before)? { Self::Unchanged } else { Self::Changed(id) }),
        }
    }

    /// The outcome of the row once it has been judged; an unchanged one is not.
    pub fn assume(self, judge: impl FnOnce(Option<Id>) -> Stored<()>) -> Stored<RowOutcome> {
        match self {
            Self::New => judge(None).map(|()| RowOutcome::Created),
            Self::Changed(id) => judge(Some(id)).map(|()| RowOutcome::Updated),
            Self::Unchanged => Ok(RowOutcome::Unchanged),
        }
    }
}
