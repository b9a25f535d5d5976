//! Checks of agencies against other rows: names, circles, records outside their dates, and closed answers.

use crate::closing::closed_answers::named;
use crate::engine::schema::{document_exchanges, observations};
use crate::error::{Error, Result};
use crate::model::stays;
use crate::write::rules::require_on;
use crate::write::transaction::Transaction;
use diesel::prelude::*;
use std::collections::BTreeSet;
use thidua_domain::Date;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::agencies::Agency;
use thidua_domain::figures::closed_answers::{Concerned, first_open_day};
use thidua_domain::figures::question::Question;
use thidua_domain::id::AgencyId;
use thidua_domain::message::ToArgument;
use thidua_domain::time::Month;
use thidua_domain::violation::Violation;

/// Refuses an agency that contradicts others: a name that is taken, a circle, or a parent that did not exist.
pub(crate) fn check_facts(catalogue: &Catalogue, id: Option<AgencyId>, agency: &Agency) -> Result<()> {
    let others = || catalogue.agencies.iter().filter(|(other, _)| Some(**other) != id);
    if others().any(|(_, other)| other.identifier == agency.identifier) {
        return Err(Error::taken("/identifier", &agency.identifier));
    }
    if let Some(former) = &agency.former_identifier
        && others().any(|(_, other)| other.former_identifier.as_ref() == Some(former))
    {
        return Err(Error::taken("/former_identifier", former));
    }
    if id.is_some_and(|id| catalogue.would_circle(id, agency)) {
        return Err(Violation::new("/parent", "cycle.parent").into());
    }
    if agency.predecessors.iter().any(|predecessor| Some(*predecessor) == id) {
        return Err(Violation::new("/predecessors", "cycle.predecessor").into());
    }
    let before = id.and_then(|id| catalogue.agencies.get(&id));
    match moved(agency).filter(|now| before.and_then(moved) != Some(*now)) {
        Some((day, parent)) => require_on(catalogue, "/parent", parent, day),
        None => Ok(()),
    }
}

/// The day on which an agency was last moved, with its parent since then.
fn moved(agency: &Agency) -> Option<(Date, AgencyId)> {
    Some((agency.placed_from()?, agency.parent?))
}

/// Reach of a change of an agency.
pub(crate) struct AgencyChange {
    /// The answers it may move: its own, and those of all agencies that ever lay above it or below it.
    pub(crate) answers: Concerned,
    /// The agencies that ever lay at or below it: the cells of the others stay where they are.
    pub(crate) below: Vec<AgencyId>,
}

/// The day from which a change of an agency holds, by the member in which it is given.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ChangeDay {
    /// Its first day.
    Founded,
    /// Its first day in its place in the tree.
    Placed,
    /// The day after its last.
    Closed,
    /// The day after its last, taken back or put off.
    Reopened,
    /// The day of a merger.
    Merged,
}

impl ChangeDay {
    /// The day that matters for a change.
    pub(crate) fn of(before: &Agency, after: &Agency) -> Self {
        if (before.place(), &before.earlier_places) != (after.place(), &after.earlier_places) {
            Self::Placed
        } else if before.valid_from != after.valid_from {
            Self::Founded
        } else if after.valid_to.is_some_and(|to| before.valid_to.is_none_or(|before| to < before)) {
            Self::Closed
        } else {
            Self::Reopened
        }
    }

    fn pointer(self) -> &'static str {
        match self {
            Self::Founded => "/valid_from",
            Self::Placed => "/placed_from",
            Self::Closed | Self::Reopened => "/valid_to",
            Self::Merged => "/on",
        }
    }
}

/// The reach of a change of an agency; `since` is the first month whose answers may differ.
pub(crate) fn concerned(catalogue: &Catalogue, id: AgencyId, since: Month, after: Option<&Agency>) -> AgencyChange {
    let (below, mut above) = catalogue.ever_beside(id);
    let earlier = after.into_iter().flat_map(|agency| agency.earlier_places.all()).map(|place| place.parent);
    for parent in earlier.chain([after.and_then(|agency| agency.parent)]).flatten() {
        above.extend(catalogue.ever_beside(parent).1);
    }
    let there = |agency: &AgencyId| catalogue.agencies.contains_key(agency);
    let agencies: BTreeSet<AgencyId> = above.into_iter().chain(below.iter().copied()).filter(there).collect();
    let answers = Concerned {
        since,
        indicators: catalogue.indicators.keys().copied().collect(),
        agencies: agencies.into_iter().collect(),
    };
    AgencyChange { answers, below: below.into_iter().collect() }
}

impl AgencyChange {
    /// The refusal of a change that would move a closed answer: it names the first day from which it can hold.
    pub(crate) fn refusal(&self, today: Date, dated: ChangeDay) -> impl FnOnce(&Catalogue, Question) -> Error {
        move |catalogue, question| {
            let open = first_open_day(&self.answers, catalogue, today);
            let key = match dated {
                ChangeDay::Placed => "closed_figures.placed",
                ChangeDay::Closed => "closed_figures.closed",
                ChangeDay::Reopened => "closed_figures.reopened",
                ChangeDay::Founded | ChangeDay::Merged => "closed_figures.dated",
            };
            let open = open.map_or_else(|| "".to_argument(), |day| day.to_argument());
            Error::Conflict(
                Violation::new(dated.pointer(), key).with("answer", &named(catalogue, question)).with("open", &open),
            )
        }
    }
}

/// Refuses validity dates that would leave people, systems or figures outside them.
pub(crate) fn require_nothing_outside(
    transaction: &mut Transaction<'_>,
    catalogue: &Catalogue,
    id: AgencyId,
    after: &Agency,
) -> Result<()> {
    let held_outside = stays::any_outside(transaction.connection(), id, after.valid_from, after.valid_to)?;
    let mut months: Vec<(i64, i32)> = document_exchanges::table
        .filter(document_exchanges::agency_id.eq(id.0))
        .select((document_exchanges::calendar_id, document_exchanges::month))
        .distinct()
        .load(transaction.raw())?;
    months.extend::<Vec<(i64, i32)>>(
        observations::table
            .filter(observations::agency_id.eq(id.0))
            .select((observations::calendar_id, observations::month))
            .distinct()
            .load(transaction.raw())?,
    );
    let mut figures_outside = false;
    for (calendar, month) in months {
        let month = crate::engine::decode::month(month)?;
        let calendar = catalogue.calendars.get(&calendar.into());
        figures_outside |= calendar.is_some_and(|calendar| !after.exists_within(calendar.month_window(month)));
    }
    if held_outside || figures_outside {
        return Err(Error::Conflict(Violation::new("/valid_to", "records_outside_validity")));
    }
    Ok(())
}
