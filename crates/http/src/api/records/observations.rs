//! Declared figures.

use crate::api::catalogue::{calendars, indicators};
use crate::api::records::counted_months::month_filter;
use crate::auth::caller::{Caller, ReadRecords, WriteRecords};
use crate::request::agency_identifier::identifier;
use crate::request::batch::Keyed;
use crate::request::resource::{
    BatchResource, Find, PageRequest, Parsing, PathParameter, RecordResource, Records, Resource, found, operations,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use thidua_domain::catalogue::Catalogue;
use thidua_domain::id::ObservationId;
use thidua_domain::records::observations::{Nature, Observation};
use thidua_domain::text::{AgencyIdentifier, Code, optional};
use thidua_domain::time::Month;
use thidua_domain::violation::{Violation, Violations};
use thidua_persistence::records::observations;
use thidua_persistence::records::observations::{Filter, Sort};
use thidua_persistence::{Connection, Page, Result as Stored};
use utoipa::{IntoParams, ToSchema};

impl Resource for ObservationInput {
    const PATH: &str = "observations";
    const KEY: &[PathParameter] = &[PathParameter::identity("observation", "The observation's identity", 6834)];
    operations! {
        /// List observations
        ///
        /// The figures declared by the agencies within your scope.
        LIST "listObservations" => "A page of observations";
        /// Declare an observation
        ///
        /// One figure per indicator, agency, calendar and month, and only for an indicator of declared source. A denominator of
        /// 0 says that nothing arose.
        CREATE "createObservation" => "The new observation";
        /// Read an observation
        ///
        /// One declared figure with its evidence.
        READ "getObservation" => "The observation";
        /// Change an observation
        ///
        /// A JSON merge patch (RFC 7396). The agency must lie within your scope before and after.
        UPDATE "updateObservation" => "The observation as it is now";
        /// Delete an observation
        ///
        /// Refused while its month is locked or its phase frozen.
        DELETE "deleteObservation" => "It is gone";
    }
    const KEY_OF: fn(&ObservationView) -> String = |view| view.id.to_string();
    const WRITTEN: fn(&ObservationView) -> Option<&Self> = |view| Some(&view.observation);
    const FIND: Find<Self> = Find::Stored(|connection, catalogue, caller, id| {
        found::<Self>((connection, catalogue), caller, id, |observation| observation.agency)
    });

    type Reads = ReadRecords;
    type Writes = WriteRecords;
    type Key = i64;
    type View = ObservationView;
    type Sort = Sort;
    type Filter = ObservationFilter;
    type Writing = Records;

    fn example() -> Value {
        json!({
            "indicator": "CT2", "agency": "H18.SKHCN", "calendar": "nd09", "month": "2026-11", "numerator": 45,
            "denominator": 50, "nature": "actual"
        })
    }

    fn patch_example() -> Value {
        json!({"note": "Số liệu đã được rà soát"})
    }

    fn list(request: PageRequest<'_, Self>) -> Stored<Page<ObservationView>> {
        let PageRequest { connection, catalogue, caller, filter, sort, slice } = request;
        let filter = filter.parse(catalogue, caller)?;
        let page = observations::list(connection, &filter, sort, slice)?;
        Ok(page.map(|(id, observation)| ObservationView::new(catalogue, id, &observation)))
    }
}

impl BatchResource for ObservationInput {
    operations! {
        /// Declare many figures
        ///
        /// A row is known by indicator, agency, calendar and month.
        BATCH "batchObservations" => "All rows were written";
    }
}

/// Filters of the list.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ObservationFilter {
    /// Only the indicator with this code.
    indicator: Option<Code>,
    /// Only the agency with this identifier and those below it.
    agency: Option<AgencyIdentifier>,
    /// Only the calendar with this code.
    calendar: Option<Code>,
    /// Only from this month on.
    #[param(value_type = Option<String>, format = "month", example = "2026-01")]
    from: Option<Month>,
    /// Only up to this month.
    #[param(value_type = Option<String>, format = "month", example = "2026-12")]
    to: Option<Month>,
    /// Only estimates, or only actual figures.
    nature: Option<Nature>,
}

/// An observation as it is written.
pub type ObservationInput = Observation<Code, AgencyIdentifier, Code>;

/// An observation.
#[derive(Debug, Serialize, ToSchema)]
pub struct ObservationView {
    /// Identity.
    id: ObservationId,
    /// The observation.
    #[serde(flatten)]
    observation: ObservationInput,
}

impl ObservationFilter {
    fn parse(&self, catalogue: &Catalogue, caller: &Caller) -> Result<Filter, Vec<Violation>> {
        let mut found = Violations::default();
        let indicator =
            found.take(optional(self.indicator.as_deref(), |text| indicators::require(catalogue, "/indicator", text)));
        let named = (self.agency.as_deref(), self.calendar.as_deref());
        let months = month_filter(&mut found, (catalogue, caller), named, (self.from, self.to));
        let filter = indicator.zip(months);
        let filter = filter.map(|(indicator, months)| Filter { months, indicator, nature: self.nature });
        found.finish(filter)
    }
}

impl Keyed for ObservationInput {
    fn key(&self) -> String {
        format!("{}/{}/{}/{}", self.indicator, self.agency, self.calendar, self.month)
    }
}

impl ObservationView {
    fn new(catalogue: &Catalogue, id: ObservationId, observation: &Observation) -> Self {
        let indicator = indicators::code(catalogue, observation.indicator);
        let agency = identifier(catalogue, observation.agency);
        let calendar = calendars::code(catalogue, observation.calendar);
        Self { id, observation: observation.clone().of(indicator, agency, calendar) }
    }
}

impl RecordResource for ObservationInput {
    type Record = Observation;
    type Named = ();
    const ID: fn(&ObservationView) -> ObservationId = |view| view.id;

    fn check(&self) -> Result<(), Vec<Violation>> {
        self.check()
    }

    fn parse(&self, by: &Parsing<'_, Self>) -> Stored<Observation> {
        let Parsing { catalogue, caller, .. } = *by;
        let mut found = Violations::default();
        let indicator = found.take(indicators::require(catalogue, "/indicator", &self.indicator));
        let agency = found.take(caller.agency(catalogue, "/agency", &self.agency));
        let calendar = found.take(calendars::require(catalogue, "/calendar", &self.calendar));
        let observation = (|| Some(self.clone().of(indicator?, agency?, calendar?)))();
        Ok(found.finish(observation)?)
    }

    fn view(
        _: &mut Connection,
        catalogue: &Catalogue,
        id: ObservationId,
        observation: &Observation,
    ) -> Stored<ObservationView> {
        Ok(ObservationView::new(catalogue, id, observation))
    }
}
