//! Modes of a batch.

use serde::Deserialize;
use thidua_persistence::write::batch::Mode;
use utoipa::IntoParams;

thidua_domain::string_enum! {
    /// Mode of a batch: what may become of its rows, and whether it is written as a whole or as far as possible.
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
    pub(super) fn mode(self) -> Mode {
        match self {
            Self::Upsert | Self::Partial | Self::UpsertPartial => Mode::Upsert,
            Self::Create | Self::CreatePartial => Mode::Create,
            Self::Update | Self::UpdatePartial => Mode::Update,
        }
    }

    pub(super) fn is_partial(self) -> bool {
        matches!(self, Self::Partial | Self::UpsertPartial | Self::CreatePartial | Self::UpdatePartial)
    }
}

thidua_domain::string_enum! {
    /// Mode of a batch that makes new rows only: whether it is written as a whole or as far as possible.
    NewRowsMode {
        /// All or none.
        Create = "create",
        /// As far as possible.
        Partial = "partial",
        /// As far as possible.
        CreatePartial = "create,partial",
    }
}

/// Mode in which to write a batch.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BatchQuery {
    /// `create` makes new rows only, `update` changes existing rows only, `upsert` (the default) does either. All or
    /// none, unless `partial` is said: then each row stands or falls by itself and the answer is a 207. At most 500
    /// rows are written at a time then: when the request fails on the way, or its sender loses rights, those written before stand.
    #[param(default = "upsert")]
    mode: Option<BatchMode>,
}

impl BatchQuery {
    pub(super) fn mode(&self) -> BatchMode {
        self.mode.unwrap_or(BatchMode::Upsert)
    }

    /// True when all rows are written in one commit: a dry run always is.
    pub(super) fn is_atomic(&self, is_dry_run: bool) -> bool {
        is_dry_run || !self.mode().is_partial()
    }
}

/// Mode in which to write a batch that makes new rows only.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct NewRowsQuery {
    /// `create` (the default) writes all rows or none. With `partial`, or `create,partial`, each row stands or falls by
    /// itself and the answer is a 207. At most 100 rows are written at a time then: when the request fails on the way, or its sender
    /// loses rights, those written before stand.
    #[param(default = "create")]
    mode: Option<NewRowsMode>,
}

impl From<NewRowsQuery> for BatchQuery {
    fn from(query: NewRowsQuery) -> Self {
        Self {
            mode: Some(match query.mode {
                None | Some(NewRowsMode::Create) => BatchMode::Create,
                Some(NewRowsMode::Partial | NewRowsMode::CreatePartial) => BatchMode::CreatePartial,
            }),
        }
    }
}
