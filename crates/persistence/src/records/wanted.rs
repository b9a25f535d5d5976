//! Records wanted: those behind a figure, a page at a time.

use thidua_domain::figures::question::Question;
use thidua_domain::id::AgencyId;
use thidua_domain::time::Month;

/// A page of the rows behind a question.
pub(crate) struct Wanted<'a> {
    pub(crate) question: &'a Question,
    pub(crate) agencies: &'a [AgencyId],
    pub(crate) months: (Month, Month),
    pub(crate) after: i64,
    pub(crate) limit: i64,
}
