//! Windows of months and periods, on the wire.

use serde::Serialize;
use thidua_domain::Date;
use utoipa::ToSchema;

/// The dates of a period, both ends included.
#[derive(Debug, Serialize, ToSchema)]
pub struct WindowView {
    /// First day.
    #[schema(example = "2026-09-15")]
    pub from: Date,
    /// Last day.
    #[schema(example = "2026-10-14")]
    pub to: Date,
}
