//! Questions about figures, and the judgement of one by its target.

use crate::Date;
use crate::catalogue::target_versions::TargetVersion;
use crate::figure::{Figure, Verdict};
use crate::id::{AgencyId, CalendarId, IndicatorId};
use crate::time::Period;

/// A question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Question {
    /// The indicator.
    pub indicator: IndicatorId,
    /// The agency, with everything below it.
    pub agency: AgencyId,
    /// The calendar.
    pub calendar: CalendarId,
    /// The period.
    pub period: Period,
    /// The day it is asked on: a period that runs then is judged as of it.
    pub day: Date,
}

/// The verdict on a figure, and the units lacking.
pub fn judge(figure: Figure, target: Option<&TargetVersion>) -> (Verdict, Option<i64>) {
    match target {
        _ if !figure.reported => (Verdict::Missing, None),
        _ if figure.denominator <= 0 => (Verdict::NotApplicable, None),
        None => (Verdict::NotApplicable, None),
        Some(target) => {
            let met = target.met_by(figure.numerator, figure.denominator);
            let verdict = if met { Verdict::Met } else { Verdict::NotMet };
            (verdict, Some(target.shortfall(figure.numerator, figure.denominator)))
        }
    }
}
