//! Corrections of locked figures.

use crate::engine::connection::{AnyBackend, Connection};
use crate::engine::decode::{moment, stored};
use crate::engine::in_list::one_of;
use crate::engine::paging::{Page, Slice, paged};
use crate::engine::schema::corrections;
use crate::error::{Error, Result};
use crate::log::expected_rows::impl_row_check;
use crate::write::transaction::Transaction;
use diesel::prelude::*;
use thidua_domain::closing::corrections::{Correction, CorrectionState, CorrectionWindow, Decision};
use thidua_domain::id::{AccountId, AgencyId, CalendarId, CorrectionId, IndicatorId};
use thidua_domain::log::changes::Resource;
use thidua_domain::text::Reference;
use thidua_domain::time::{Moment, Period};
use thidua_domain::violation::Violation;

/// Filter of a list of corrections.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only this calendar's.
    pub calendar: Option<CalendarId>,
    /// Only those of this period.
    pub period: Option<Period>,
    /// Only those for these agencies.
    pub agencies: Option<Vec<AgencyId>>,
    /// Only those of this one indicator.
    pub indicator: Option<IndicatorId>,
    /// Only those in this state at a moment.
    pub state: Option<(CorrectionState, Moment)>,
}

thidua_domain::string_enum! {
    /// Sort orders of corrections; the first is the default.
    Sort {
        /// In the order of creation.
        Id = "id",
    }
}

/// Lists corrections.
pub fn list(
    connection: &mut Connection,
    filter: &Filter,
    sort: Sort,
    slice: &Slice,
) -> Result<Page<(CorrectionId, Correction)>> {
    match sort {
        Sort::Id => paged!(connection, selected(filter), slice, id = corrections::id, by = corrections::id => i64,
                           |row: Row| (row.id, row.id), Row::parse),
    }
}

/// The rows that a filter lets through.
fn selected(filter: &Filter) -> corrections::BoxedQuery<'_, AnyBackend> {
    let mut query = corrections::table.into_boxed::<AnyBackend>();
    if let Some(calendar) = filter.calendar {
        query = query.filter(corrections::calendar_id.eq(calendar.0));
    }
    if let Some(period) = filter.period {
        query = query.filter(corrections::period.eq(period.to_string()));
    }
    if let Some(agencies) = &filter.agencies {
        query = query.filter(one_of(corrections::agency_id, agencies.iter().map(|id| id.0)));
    }
    if let Some(indicator) = filter.indicator {
        query = query.filter(corrections::indicator_id.eq(indicator.0));
    }
    if let Some((state, now)) = filter.state {
        // The end of a window follows from the clock and is not stored.
        let stored = if state == CorrectionState::Closed { CorrectionState::Approved } else { state };
        query = query.filter(corrections::state.eq(stored.as_str()));
        let now = now.timestamp_micros();
        match state {
            CorrectionState::Approved => query = query.filter(corrections::closes_at.gt(now)),
            CorrectionState::Closed => query = query.filter(corrections::closes_at.le(now)),
            CorrectionState::Requested | CorrectionState::Rejected => {}
        }
    }
    query
}

/// Asks for a correction of locked figures.
pub fn insert(transaction: &mut Transaction<'_>, correction: &Correction) -> Result<CorrectionId> {
    check_facts(transaction, correction)?;
    let id = CorrectionId(transaction.created(Resource::Corrections, correction)?);
    diesel::insert_into(corrections::table).values(Row::new(id, correction)).execute(transaction.raw())?;
    transaction.update_catalogue()?;
    Ok(id)
}

/// Approves a correction: from now on, or from another moment, the figures may change until the window is over.
pub fn approve(
    transaction: &mut Transaction<'_>,
    id: CorrectionId,
    opens_at: Option<Moment>,
    closes_at: Option<Moment>,
) -> Result<()> {
    let (by, at) = (transaction.author(), transaction.now());
    let window = CorrectionWindow::parse(opens_at.unwrap_or(at), closes_at)?;
    let before = undecided(transaction, id)?;
    check_facts(transaction, &before)?;
    update(transaction, id, &before, &Correction { decision: Decision::Approved { by, at, window }, ..before.clone() })
}

/// Rejects a correction, for a reason.
pub fn reject(transaction: &mut Transaction<'_>, id: CorrectionId, reason: Reference) -> Result<()> {
    let (by, at) = (transaction.author(), transaction.now());
    let before = undecided(transaction, id)?;
    update(transaction, id, &before, &Correction { decision: Decision::Rejected { by, at, reason }, ..before.clone() })
}

/// Closes a correction before its time.
pub fn close(transaction: &mut Transaction<'_>, id: CorrectionId) -> Result<()> {
    let before = get(transaction, id)?;
    let after = before.closed(transaction.now()).map_err(Error::Conflict)?;
    update(transaction, id, &before, &after)
}

fn get(transaction: &Transaction<'_>, id: CorrectionId) -> Result<Correction> {
    transaction.catalogue().corrections.get(&id).cloned().ok_or(Error::NotFound(Resource::Corrections))
}

/// The correction, if the author of this write may decide on it.
fn undecided(transaction: &Transaction<'_>, id: CorrectionId) -> Result<Correction> {
    let correction = get(transaction, id)?;
    correction.check_decider(transaction.author()).map_err(Error::Conflict)?;
    Ok(correction)
}

fn update(transaction: &mut Transaction<'_>, id: CorrectionId, before: &Correction, after: &Correction) -> Result<()> {
    transaction.updated(Resource::Corrections, id.0, before, after)?;
    diesel::update(corrections::table.find(id.0)).set(Row::new(id, after)).execute(transaction.raw())?;
    transaction.update_catalogue()
}

/// Refuses a correction of a frozen phase, and one of figures that can change without it.
fn check_facts(transaction: &Transaction<'_>, correction: &Correction) -> Result<()> {
    let Correction { calendar, period, agency, .. } = *correction;
    transaction.rules().require_thawed("/period", period.first_month())?;
    if transaction.catalogue().is_locked_within(calendar, period, agency, transaction.today()) {
        return Ok(());
    }
    Err(Error::Conflict(Violation::new("/period", "not_locked").with("period", &period)))
}

impl_row_check!(corrections, |id, row: &Correction| Ok(Row::new(id.into(), row)));

#[derive(PartialEq, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = corrections, treat_none_as_null = true, treat_none_as_default_value = false)]
struct Row {
    id: i64,
    calendar_id: i64,
    period: String,
    agency_id: i64,
    indicator_id: Option<i64>,
    reason: String,
    document_number: String,
    requested_by: Option<i64>,
    requested_at: i64,
    state: String,
    decided_by: Option<i64>,
    decided_at: Option<i64>,
    opens_at: Option<i64>,
    closes_at: Option<i64>,
    rejection: Option<String>,
}

impl Row {
    fn new(id: CorrectionId, correction: &Correction) -> Self {
        let micros = |moment: Moment| moment.timestamp_micros();
        let (state, decided, window, rejection) = match &correction.decision {
            Decision::Pending => (CorrectionState::Requested, None, None, None),
            Decision::Approved { by, at, window } => (CorrectionState::Approved, Some((*by, *at)), Some(*window), None),
            Decision::Rejected { by, at, reason } => {
                (CorrectionState::Rejected, Some((*by, *at)), None, Some(reason.to_string()))
            }
        };
        Self {
            id: id.0,
            calendar_id: correction.calendar.0,
            period: correction.period.to_string(),
            agency_id: correction.agency.0,
            indicator_id: correction.indicator.map(|indicator| indicator.0),
            reason: correction.reason.to_string(),
            document_number: correction.document_number.to_string(),
            requested_by: correction.requested_by.map(|user| user.0),
            requested_at: micros(correction.requested_at),
            state: state.as_str().to_owned(),
            decided_by: decided.and_then(|(by, _)| by).map(|user| user.0),
            decided_at: decided.map(|(_, at)| micros(at)),
            opens_at: window.map(|window| micros(window.opens_at)),
            closes_at: window.map(|window| micros(window.closes_at)),
            rejection,
        }
    }

    fn parse(self) -> Result<(CorrectionId, Correction)> {
        let correction = Correction {
            decision: self.decision()?,
            calendar: CalendarId(self.calendar_id),
            period: stored(Period::parse("", &self.period))?,
            agency: AgencyId(self.agency_id),
            indicator: self.indicator_id.map(IndicatorId),
            reason: stored(Reference::parse("", &self.reason))?,
            document_number: stored(Reference::parse("", &self.document_number))?,
            requested_by: self.requested_by.map(AccountId),
            requested_at: moment(self.requested_at)?,
        };
        Ok((CorrectionId(self.id), correction))
    }

    fn decision(&self) -> Result<Decision> {
        let by = self.decided_by.map(AccountId);
        let parts = (CorrectionState::from_spelling(&self.state), self.decided_at, self.opens_at, self.closes_at);
        match (parts, &self.rejection) {
            ((Some(CorrectionState::Requested), None, None, None), None) => Ok(Decision::Pending),
            ((Some(CorrectionState::Approved), Some(at), Some(opens_at), Some(closes_at)), None) => {
                let window = CorrectionWindow { opens_at: moment(opens_at)?, closes_at: moment(closes_at)? };
                Ok(Decision::Approved { by, at: moment(at)?, window })
            }
            ((Some(CorrectionState::Rejected), Some(at), None, None), Some(reason)) => {
                Ok(Decision::Rejected { by, at: moment(at)?, reason: stored(Reference::parse("", reason))? })
            }
            _ => Err(Error::internal(format!("correction {} is in no known state", self.id))),
        }
    }
}
