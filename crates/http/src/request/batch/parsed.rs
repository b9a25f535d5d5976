//! Inputs of a batch, parsed as far as they can be: the others are refused, each in its place.

use thidua_persistence::write::batch::RowOutcome;
use thidua_persistence::{Error, Result as Stored};

/// Inputs, parsed as far as they can be.
pub(super) struct Parsed<R> {
    pub(super) records: Vec<R>,
    /// Refusals of the inputs that cannot be parsed, each in its input's place.
    pub(super) refused: Vec<Option<RowOutcome>>,
}

/// Parses inputs; fails where one cannot be judged.
pub(super) fn parsed<I, R>(inputs: &[&I], mut parse: impl FnMut(&I) -> Stored<R>) -> Stored<Parsed<R>> {
    let (mut records, mut refused) = (Vec::new(), Vec::new());
    for input in inputs {
        match parse(input) {
            Ok(record) => {
                records.push(record);
                refused.push(None);
            }
            Err(error) => refused.push(Some(RowOutcome::Refused(refusal(error)?))),
        }
    }
    Ok(Parsed { records, refused })
}

/// Outcomes of all inputs: those of the inputs that were not refused fill the gaps, in their order.
pub(super) fn filled(refused: Vec<Option<RowOutcome>>, of_others: Vec<RowOutcome>) -> Vec<RowOutcome> {
    let mut of_others = of_others.into_iter();
    let fill = |outcome: Option<RowOutcome>| outcome.or_else(|| of_others.next()).unwrap_or(RowOutcome::Unchanged);
    refused.into_iter().map(fill).collect()
}

/// An error that refuses a row; a defect or an outage ends the whole batch.
pub(super) fn refusal(error: Error) -> Stored<Error> {
    if error.is_refusal() { Ok(error) } else { Err(error) }
}
