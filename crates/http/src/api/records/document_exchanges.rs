//! E-document exchange counts.

use crate::api::catalogue::calendars;
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
use thidua_domain::catalogue::record_kinds::Direction;
use thidua_domain::id::DocumentExchangeId;
use thidua_domain::records::document_exchanges::DocumentExchange;
use thidua_domain::text::{AgencyIdentifier, Code};
use thidua_domain::time::Month;
use thidua_domain::violation::{Violation, Violations};
use thidua_persistence::records::document_exchanges;
use thidua_persistence::records::document_exchanges::{Filter, Sort};
use thidua_persistence::{Connection, Page, Result as Stored};
use utoipa::{IntoParams, ToSchema};

impl Resource for DocumentExchangeInput {
    const PATH: &str = "document-exchanges";
    const KEY: &[PathParameter] = &[PathParameter::identity("document_exchange", "The count's identity", 6832)];
    operations! {
        /// List document exchanges
        ///
        /// The counts of the agencies within your scope.
        LIST "listDocumentExchanges" => "A page of counts";
        /// Record document exchanges
        ///
        /// One row per agency, calendar, month and direction. Counts only: never particulars of a secret document. Paperless ≤
        /// signed ≤ electronic ≤ total − secret.
        CREATE "createDocumentExchange" => "The new count";
        /// Read a document exchange
        ///
        /// The counts of one agency, calendar, month and direction.
        READ "getDocumentExchange" => "The count";
        /// Change a document exchange
        ///
        /// A JSON merge patch (RFC 7396). The agency must lie within your scope before and after.
        UPDATE "updateDocumentExchange" => "The count as it is now";
        /// Delete a document exchange
        ///
        /// Refused while its month is locked or its phase frozen.
        DELETE "deleteDocumentExchange" => "It is gone";
    }
    const KEY_OF: fn(&DocumentExchangeView) -> String = |view| view.id.to_string();
    const WRITTEN: fn(&DocumentExchangeView) -> Option<&Self> = |view| Some(&view.exchange);
    const FIND: Find<Self> = Find::Stored(|connection, catalogue, caller, id| {
        found::<Self>((connection, catalogue), caller, id, |exchange| exchange.agency)
    });

    type Reads = ReadRecords;
    type Writes = WriteRecords;
    type Key = i64;
    type View = DocumentExchangeView;
    type Sort = Sort;
    type Filter = DocumentExchangeFilter;
    type Writing = Records;

    fn example() -> Value {
        json!({
            "agency": "H18.SKHCN", "calendar": "nd09", "month": "2026-11", "direction": "incoming", "total": 120,
            "secret": 5, "electronic": 112, "signed": 110, "paperless": 104, "failed": 1
        })
    }

    fn patch_example() -> Value {
        json!({"failed": 2})
    }

    fn list(request: PageRequest<'_, Self>) -> Stored<Page<DocumentExchangeView>> {
        let PageRequest { connection, catalogue, caller, filter, sort, slice } = request;
        let filter = filter.parse(catalogue, caller)?;
        let page = document_exchanges::list(connection, &filter, sort, slice)?;
        Ok(page.map(|(id, exchange)| DocumentExchangeView::new(catalogue, id, &exchange)))
    }
}

impl BatchResource for DocumentExchangeInput {
    operations! {
        /// Record many document exchanges
        ///
        /// A row is known by agency, calendar, month and direction.
        BATCH "batchDocumentExchanges" => "All rows were written";
    }
}

/// Filters of the list.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DocumentExchangeFilter {
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
    /// Only this direction.
    direction: Option<Direction>,
}

/// An e-document exchange count as it is written.
pub type DocumentExchangeInput = DocumentExchange<AgencyIdentifier, Code>;

/// An e-document exchange count.
#[derive(Debug, Serialize, ToSchema)]
pub struct DocumentExchangeView {
    /// Identity.
    id: DocumentExchangeId,
    /// The count.
    #[serde(flatten)]
    exchange: DocumentExchangeInput,
}

impl DocumentExchangeFilter {
    fn parse(&self, catalogue: &Catalogue, caller: &Caller) -> Result<Filter, Vec<Violation>> {
        let mut found = Violations::default();
        let named = (self.agency.as_deref(), self.calendar.as_deref());
        let months = month_filter(&mut found, (catalogue, caller), named, (self.from, self.to));
        let filter = months.map(|months| Filter { months, direction: self.direction });
        found.finish(filter)
    }
}

impl Keyed for DocumentExchangeInput {
    fn key(&self) -> String {
        format!("{}/{}/{}/{}", self.agency, self.calendar, self.month, self.direction)
    }
}

impl DocumentExchangeView {
    fn new(catalogue: &Catalogue, id: DocumentExchangeId, exchange: &DocumentExchange) -> Self {
        let (agency, calendar) =
            (identifier(catalogue, exchange.agency), calendars::code(catalogue, exchange.calendar));
        Self { id, exchange: exchange.clone().of(agency, calendar) }
    }
}

impl RecordResource for DocumentExchangeInput {
    type Record = DocumentExchange;
    type Named = ();
    const ID: fn(&DocumentExchangeView) -> DocumentExchangeId = |view| view.id;

    fn check(&self) -> Result<(), Vec<Violation>> {
        self.check()
    }

    fn parse(&self, by: &Parsing<'_, Self>) -> Stored<DocumentExchange> {
        let Parsing { catalogue, caller, .. } = *by;
        let mut found = Violations::default();
        let agency = found.take(caller.agency(catalogue, "/agency", &self.agency));
        let calendar = found.take(calendars::require(catalogue, "/calendar", &self.calendar));
        let exchange = agency.zip(calendar).map(|(agency, calendar)| self.clone().of(agency, calendar));
        Ok(found.finish(exchange)?)
    }

    fn view(
        _: &mut Connection,
        catalogue: &Catalogue,
        id: DocumentExchangeId,
        exchange: &DocumentExchange,
    ) -> Stored<DocumentExchangeView> {
        Ok(DocumentExchangeView::new(catalogue, id, exchange))
    }
}
