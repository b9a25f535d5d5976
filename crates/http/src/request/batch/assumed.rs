//! Assumed records, for what-ifs and dry runs: parsed and judged as a batch that is written, off the writer.

use super::parsed::{Parsed, filled, parsed, refusal};
use crate::auth::caller::Caller;
use thidua_domain::spelling::{folded, is_same};
use thidua_persistence::write::batch::{Mode, Record, RowOutcome};
use thidua_persistence::{Result as Stored, WhatIf};

/// Assumes one set of rows and says, in their order, what would become of each.
pub type Assume<I> = fn(&mut WhatIf<'_>, &Caller, &[&I], Mode) -> Stored<Vec<RowOutcome>>;

/// Parses inputs and assumes those that parse; `known` is what was read of what they refer to.
pub fn assume_records<I, R: Record>(
    what_if: &mut WhatIf<'_>,
    known: &R::References,
    inputs: &[&I],
    mode: Mode,
    parse: impl FnMut(&I) -> Stored<R>,
) -> Stored<Vec<RowOutcome>> {
    let Parsed { records, refused } = parsed(inputs, parse)?;
    Ok(filled(refused, what_if.assume(known, records, mode)?))
}

/// Judges rows one after the other: they do not depend on each other.
pub fn assume_each<I>(
    what_if: &mut WhatIf<'_>,
    inputs: &[&I],
    mut judge: impl FnMut(&mut WhatIf<'_>, &I) -> Stored<RowOutcome>,
) -> Stored<Vec<RowOutcome>> {
    inputs.iter().map(|input| judge(what_if, input).or_else(|error| refusal(error).map(RowOutcome::Refused))).collect()
}

/// Owners whose assumed records are judged at a time.
const OWNERS_AT_ONCE: usize = 50;

/// Assumes records in sets, so that what a set is judged by is held only while it is; returns the outcomes in the order
/// of the inputs. Records of one owner, a person or a system, are judged together.
pub fn assume_by_owner<I>(
    inputs: &[&I],
    owner: impl Fn(&I) -> &str,
    mut assume: impl FnMut(&[&I]) -> Stored<Vec<RowOutcome>>,
) -> Stored<Vec<RowOutcome>> {
    let mut ordered: Vec<(usize, &I)> = inputs.iter().copied().enumerate().collect();
    // A stable order: of records with one key the last counts.
    ordered.sort_by_cached_key(|(_, record)| folded(owner(record)));
    let is_one = |one: &I, other: &I| is_same(owner(one), owner(other));
    let owners: Vec<&[(usize, &I)]> = ordered.chunk_by(|(_, one), (_, other)| is_one(one, other)).collect();
    let mut outcomes = Vec::with_capacity(inputs.len());
    for set in owners.chunks(OWNERS_AT_ONCE) {
        let set = set.concat();
        let records: Vec<&I> = set.iter().map(|(_, record)| *record).collect();
        outcomes.extend(set.iter().map(|(index, _)| *index).zip(assume(&records)?));
    }
    outcomes.sort_by_key(|(index, _)| *index);
    Ok(outcomes.into_iter().map(|(_, outcome)| outcome).collect())
}
