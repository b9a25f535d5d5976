//! Corrections of locked figures: asked for by one person, decided by another (`decisions.rs`), open for a limited time.

use crate::api::catalogue::{calendars, indicators};
use crate::api::closing::figure_filter::FigureFilter;
use crate::auth::caller::{Caller, ReadRecords, WriteRecords};
use crate::request::agency_identifier::identifier;
use crate::request::resource::{Find, PageRequest, PathParameter, Resource, Writing, operations};
use crate::request::time::LocalTime;
use chrono::Utc;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::HashMap;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::closing::corrections::{Correction, CorrectionState, Decision};
use thidua_domain::id::{AccountId, CorrectionId};
use thidua_domain::log::changes;
use thidua_domain::string_enum;
use thidua_domain::text::{AgencyIdentifier, Code, Reference, optional};
use thidua_domain::time::{Moment, Period};
use thidua_domain::violation::{Violation, Violations};
use thidua_persistence::accounts;
use thidua_persistence::closing::corrections;
use thidua_persistence::write::records::known;
use thidua_persistence::{Connection, Error, Page, Result as Stored, Transaction};
use utoipa::{IntoParams, ToSchema};

impl Resource for CorrectionInput {
    const PATH: &str = "corrections";
    const KEY: &[PathParameter] = &[PathParameter::identity("correction", "The correction's identity", 10693)];
    operations! {
        /// List corrections
        ///
        /// The corrections that concern agencies within your scope, those of agencies above included.
        LIST "listCorrections" => "A page of corrections";
        /// Request a correction
        ///
        /// Asks to change something that is locked. Another person, who has the right to, decides on it; once it is approved,
        /// whoever writes the agency's records may change exactly what it covers while its window is open, and an erratum tells
        /// what was changed. A frozen phase cannot be corrected. Dated records (training, monitoring) count in every calendar:
        /// each calendar in which they are locked needs a correction.
        CREATE "createCorrection" => "The request";
        /// Read a correction
        ///
        /// The correction with its present state. One that concerns no agency within your scope looks like a missing one.
        READ "getCorrection" => "The correction";
    }
    const KEY_OF: fn(&CorrectionView) -> String = |view| view.id.to_string();
    const FIND: Find<Self> = Find::Stored(|connection, catalogue, caller, id| {
        let correction = known(&catalogue.corrections, CorrectionId(id))?;
        if !caller.is_concerned(catalogue, correction.agency) {
            return Err(Error::NotFound(changes::Resource::Corrections));
        }
        CorrectionView::load(connection, catalogue, CorrectionId(id), correction)
    });

    type Reads = ReadRecords;
    type Writes = WriteRecords;
    type Key = i64;
    type View = CorrectionView;
    type Sort = Sort;
    type Filter = CorrectionFilter;
    type Writing = Self;

    fn example() -> Value {
        json!({
            "calendar": "nd09", "period": "2026-01", "agency": "H18.SKHCN.7", "indicator": "CT4",
            "reason": "Sót một báo cáo đã gửi trên hệ thống (ví dụ)", "document_number": "12/CV-CCTC (ví dụ)"
        })
    }

    fn list(request: PageRequest<'_, Self>) -> Stored<Page<CorrectionView>> {
        let PageRequest { connection, catalogue, caller, filter, sort: Sort::Id, slice } = request;
        let CorrectionFilter { calendar, period, agency, indicator, state } = filter;
        let (mut found, now) = (Violations::default(), Utc::now());
        let named = (calendar.as_deref(), period, agency.as_deref());
        let covered = FigureFilter::parse(&mut found, catalogue, caller, named);
        let indicator =
            found.take(optional(indicator.as_deref(), |text| indicators::require(catalogue, "/indicator", text)));
        let (covered, indicator) = found.finish(covered.zip(indicator))?;
        let is_wanted = covered.test(catalogue, caller);
        let corrections = catalogue.corrections.iter().filter(|(_, correction)| {
            is_wanted(correction.calendar, correction.period, correction.agency)
                && indicator.is_none_or(|indicator| Some(indicator) == correction.indicator)
                && state.is_none_or(|state| state == correction.state(now))
        });
        let page = Page::of(corrections, slice, |id, _| id.0)?;
        let people: Vec<_> = page.items.iter().flat_map(|(_, correction)| people(correction)).collect();
        let names = accounts::names(connection, &people)?;
        Ok(page.map(|(id, correction)| CorrectionView::new(catalogue, &names, id, &correction, now)))
    }
}

impl Writing<Self> for CorrectionInput {
    fn insert(input: Self, transaction: &mut Transaction<'_>, caller: &Caller) -> Stored<CorrectionView> {
        let correction = input.parse(transaction, caller)?;
        let id = corrections::insert(transaction, &correction)?;
        CorrectionView::after(transaction, id)
    }
}

string_enum! {
    /// Sort orders of corrections; the first is the default.
    Sort {
        /// In the order of creation.
        Id = "id",
    }
}

/// Filters of the list.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CorrectionFilter {
    /// Only the calendar with this code.
    calendar: Option<Code>,
    /// Only corrections of this period.
    #[param(value_type = Option<String>, format = "period", example = "2026-01")]
    period: Option<Period>,
    /// Only corrections for the agency with this identifier, one above or one below it.
    agency: Option<AgencyIdentifier>,
    /// Only corrections of the one indicator with this code.
    indicator: Option<Code>,
    /// Only corrections in this state now.
    state: Option<CorrectionState>,
}

/// A correction as it is requested.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "calendar": "nd09", "period": "2026-10", "agency": "H18.SKHCN", "indicator": "CT4",
    "reason": "Sót một báo cáo đã gửi trên hệ thống", "document_number": "12/CV-SKHCN",
}))]
pub struct CorrectionInput {
    /// Code of the calendar.
    calendar: Code,
    /// The period whose months are concerned: `2026-10`, `2026-Q4`, `2026-H2` or `2026`.
    period: Period,
    /// Identifier of the agency concerned, with everything below it.
    agency: AgencyIdentifier,
    /// Code of the one indicator concerned; all while absent.
    indicator: Option<Code>,
    /// Reason why the figures were wrong; public with the erratum.
    reason: Reference,
    /// Number of the document it rests on; public with the erratum.
    document_number: Reference,
}

/// A correction.
#[derive(Debug, Serialize, ToSchema)]
pub struct CorrectionView {
    /// Identity.
    pub(super) id: CorrectionId,
    /// The correction.
    #[serde(flatten)]
    correction: CorrectionInput,
    /// `requested`, `approved`, `rejected` or `closed`: the window of an approved one is over.
    state: CorrectionState,
    /// Name of the user who asked for it; null when the program itself did.
    #[schema(value_type = Option<String>, format = "code", example = "chuyen-vien")]
    requested_by: Option<Code>,
    /// Time of the request.
    requested_at: LocalTime,
    /// Name of the user who decided on it; null before, and when the program itself did.
    #[schema(value_type = Option<String>, format = "code", example = "lanh-dao")]
    decided_by: Option<Code>,
    /// Time of the decision; null before.
    decided_at: Option<LocalTime>,
    /// The first moment at which the figures may change; null unless it was approved.
    opens_at: Option<LocalTime>,
    /// The moment from which on they may not any more; null unless it was approved.
    closes_at: Option<LocalTime>,
    /// Reason for the rejection; null unless it was rejected.
    rejection: Option<Reference>,
}

/// The names of the users that corrections mention.
type UserNames = HashMap<AccountId, Code>;

impl CorrectionInput {
    fn parse(self, transaction: &Transaction<'_>, caller: &Caller) -> Result<Correction, Vec<Violation>> {
        let catalogue = transaction.catalogue();
        let mut found = Violations::default();
        let calendar = found.take(calendars::require(&catalogue, "/calendar", &self.calendar));
        let agency = found.take(caller.agency(&catalogue, "/agency", &self.agency));
        let indicator =
            found.take(optional(self.indicator.as_deref(), |text| indicators::require(&catalogue, "/indicator", text)));
        let correction = (|| {
            Some(Correction {
                calendar: calendar?,
                period: self.period,
                agency: agency?,
                indicator: indicator?,
                reason: self.reason,
                document_number: self.document_number,
                requested_by: transaction.author(),
                requested_at: transaction.now(),
                decision: Decision::Pending,
            })
        })();
        found.finish(correction)
    }
}

impl CorrectionView {
    fn new(catalogue: &Catalogue, names: &UserNames, id: CorrectionId, correction: &Correction, at: Moment) -> Self {
        let name = |user: Option<AccountId>| user.and_then(|user| names.get(&user)).cloned();
        let (decided_by, decided_at, window, rejection) = match &correction.decision {
            Decision::Pending => (None, None, None, None),
            Decision::Approved { by, at, window } => (*by, Some(*at), Some(*window), None),
            Decision::Rejected { by, at, reason } => (*by, Some(*at), None, Some(reason.clone())),
        };
        let input = CorrectionInput {
            calendar: calendars::code(catalogue, correction.calendar),
            period: correction.period,
            agency: identifier(catalogue, correction.agency),
            indicator: correction.indicator.map(|indicator| indicators::code(catalogue, indicator)),
            reason: correction.reason.clone(),
            document_number: correction.document_number.clone(),
        };
        Self {
            id,
            correction: input,
            state: correction.state(at),
            requested_by: name(correction.requested_by),
            requested_at: LocalTime(correction.requested_at),
            decided_by: name(decided_by),
            decided_at: decided_at.map(LocalTime),
            opens_at: window.map(|window| LocalTime(window.opens_at)),
            closes_at: window.map(|window| LocalTime(window.closes_at)),
            rejection,
        }
    }

    /// The view of a correction with the names of its people.
    pub(super) fn load(
        connection: &mut Connection,
        catalogue: &Catalogue,
        id: CorrectionId,
        correction: &Correction,
    ) -> Stored<Self> {
        let names = accounts::names(connection, &people(correction).collect::<Vec<_>>())?;
        Ok(Self::new(catalogue, &names, id, correction, connection.moment(Utc::now())))
    }

    /// The correction as a write has left it.
    pub(super) fn after(transaction: &mut Transaction<'_>, id: CorrectionId) -> Stored<Self> {
        let catalogue = transaction.catalogue();
        Self::load(transaction.connection(), &catalogue, id, known(&catalogue.corrections, id)?)
    }
}

/// The users whom a correction mentions.
fn people(correction: &Correction) -> impl Iterator<Item = AccountId> + use<> {
    let decided_by = match correction.decision {
        Decision::Pending => None,
        Decision::Approved { by, .. } | Decision::Rejected { by, .. } => by,
    };
    correction.requested_by.into_iter().chain(decided_by)
}
