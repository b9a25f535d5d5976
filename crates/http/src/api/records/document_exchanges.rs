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
use validator::Validate;

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
        Ok(page.map(|(id, exchange)| DocumentExchangeView { id, exchange: Self::new(catalogue, &exchange) }))
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
#[derive(Debug, Deserialize, Validate, IntoParams)]
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
#[derive(Debug, Clone, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DocumentExchangeInput {
    /// Identifier of the agency.
    agency: AgencyIdentifier,
    /// Code of the calendar of the month.
    calendar: Code,
    /// The month, which must have begun.
    #[schema(value_type = String, format = "month", example = "2026-11")]
    month: Month,
    /// Incoming (đến) or outgoing (đi).
    direction: Direction,
    /// All documents.
    #[validate(range(min = 0, max = 100_000_000_000i64))]
    #[schema(minimum = 0, maximum = 100000000000i64)]
    total: i64,
    /// Secret ones, out of scope (QĐ 28/2018); at most `total`.
    #[validate(range(min = 0, max = 100_000_000_000i64))]
    #[schema(minimum = 0, maximum = 100000000000i64)]
    secret: i64,
    /// Exchanged electronically; at most `total` − `secret`.
    #[validate(range(min = 0, max = 100_000_000_000i64))]
    #[schema(minimum = 0, maximum = 100000000000i64)]
    electronic: i64,
    /// Of these, digitally signed; at most `electronic`.
    #[validate(range(min = 0, max = 100_000_000_000i64))]
    #[schema(minimum = 0, maximum = 100000000000i64)]
    signed: i64,
    /// Of these, not followed by paper; at most `signed`.
    #[validate(range(min = 0, max = 100_000_000_000i64))]
    #[schema(minimum = 0, maximum = 100000000000i64)]
    paperless: i64,
    /// Of the electronic ones, how many failed to arrive; at most `electronic`.
    #[validate(range(min = 0, max = 100_000_000_000i64))]
    #[schema(minimum = 0, maximum = 100000000000i64)]
    failed: i64,
}

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

impl DocumentExchangeInput {
    fn new(catalogue: &Catalogue, exchange: &DocumentExchange) -> Self {
        let DocumentExchange { month, direction, total, secret, electronic, signed, paperless, failed, .. } = *exchange;
        let agency = identifier(catalogue, exchange.agency);
        let calendar = calendars::code(catalogue, exchange.calendar);
        Self { agency, calendar, month, direction, total, secret, electronic, signed, paperless, failed }
    }
}

impl RecordResource for DocumentExchangeInput {
    type Record = DocumentExchange;
    type Named = ();
    const ID: fn(&DocumentExchangeView) -> DocumentExchangeId = |view| view.id;

    fn parse(&self, by: &Parsing<'_, Self>) -> Stored<DocumentExchange> {
        let Parsing { catalogue, caller, .. } = *by;
        let mut found = Violations::default();
        let agency = found.take(caller.agency(catalogue, "/agency", &self.agency));
        let calendar = found.take(calendars::require(catalogue, "/calendar", &self.calendar));
        let Self { month, direction, total, secret, electronic, signed, paperless, failed, .. } = *self;
        let exchange = agency.zip(calendar).map(|(agency, calendar)| DocumentExchange {
            agency,
            calendar,
            month,
            direction,
            total,
            secret,
            electronic,
            signed,
            paperless,
            failed,
        });
        Ok(found.finish(exchange)?)
    }

    fn view(
        _: &mut Connection,
        catalogue: &Catalogue,
        id: DocumentExchangeId,
        exchange: &DocumentExchange,
    ) -> Stored<DocumentExchangeView> {
        Ok(DocumentExchangeView { id, exchange: Self::new(catalogue, exchange) })
    }
}
