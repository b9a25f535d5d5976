//! Reopenings of closed figures.

use crate::api::catalogue::{calendars, movement_codes, phases};
use crate::auth::caller::{Allowed, Caller, Read, permission};
use crate::problem::Problem;
use crate::request::agency_identifier::identifier;
use crate::request::body::NoParameters;
use crate::request::list::{CountParams, Items, Whole, WholeParams};
use crate::request::time::LocalTime;
use crate::store::Store;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use serde::Serialize;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::closing::reopenings::{ReopenedScope, Reopening};
use thidua_domain::id::ReopeningId;
use thidua_domain::text::{AgencyIdentifier, Code, Reference};
use thidua_domain::time::Period;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

/// Reopenings.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list);
}

/// List reopenings
///
/// Closed figures that may change again, since a lock was taken away or a phase was thawed, and why: those that concern
/// agencies within your scope, in the order in which they were made. Errata tell which figures have changed since.
#[utoipa::path(
    operation_id = "listReopenings",
    extensions(("x-required-roles" = json!(permission::<Read>()))),
    tag = "locks",
    params(WholeParams<ReopeningView>, CountParams),
    responses((status = OK, body = Items<ReopeningView>, description = "The reopenings"))
)]
#[get("/reopenings")]
async fn list(
    request: HttpRequest,
    store: Data<Store>,
    caller: Allowed<Read>,
    list: Whole<ReopeningView, NoParameters>,
) -> Result<HttpResponse, Problem> {
    let catalogue = store.catalogue();
    let concerning = catalogue.reopenings.iter().filter(|(_, reopening)| is_concerned(&catalogue, &caller, reopening));
    let views = concerning.map(|(id, reopening)| ReopeningView::new(&catalogue, *id, reopening)).collect();
    list.answer(request.headers(), views)
}

/// A reopening: of a period's months for an agency, or of a phase.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReopeningView {
    /// Identity.
    id: ReopeningId,
    /// Code of the calendar of the period; null for a phase, which is reopened in all of them.
    #[schema(value_type = Option<String>, format = "code", example = "nd09")]
    calendar: Option<Code>,
    /// The period; null for a phase.
    #[schema(value_type = Option<String>, format = "period", example = "2026-10")]
    period: Option<Period>,
    /// Identifier of the agency, with those below it; null for the whole province.
    #[schema(value_type = Option<String>, format = "agency-identifier", example = "H18.SKHCN")]
    agency: Option<AgencyIdentifier>,
    /// Code of the phase's movement; null for a period.
    #[schema(value_type = Option<String>, format = "code", example = "CDS-2023-2030")]
    movement: Option<Code>,
    /// Code of the phase; null for a period.
    #[schema(value_type = Option<String>, format = "code", example = "I")]
    phase: Option<Code>,
    /// Reason.
    #[schema(value_type = String, format = "reference", example = "Sở Khoa học và Công nghệ báo cáo nhầm số liệu (ví dụ)")]
    reason: Reference,
    /// Time from which on the figures may change again.
    reopened_at: LocalTime,
}

impl ReopeningView {
    fn new(catalogue: &Catalogue, id: ReopeningId, reopening: &Reopening) -> Self {
        let mut view = Self {
            id,
            calendar: None,
            period: None,
            agency: None,
            movement: None,
            phase: None,
            reason: reopening.reason.clone(),
            reopened_at: LocalTime(reopening.reopened_at),
        };
        match reopening.scope {
            ReopenedScope::Period { calendar, period, agency, .. } => {
                view.calendar = Some(calendars::code(catalogue, calendar));
                view.period = Some(period);
                view.agency = agency.map(|agency| identifier(catalogue, agency));
            }
            ReopenedScope::Phase { phase, .. } => {
                let movement = catalogue.phases.get(&phase).map(|phase| phase.movement);
                view.movement = movement.map(|movement| movement_codes::code(catalogue, movement));
                view.phase = Some(phases::code(catalogue, phase));
            }
        }
        view
    }
}

fn is_concerned(catalogue: &Catalogue, caller: &Caller, reopening: &Reopening) -> bool {
    match reopening.scope {
        ReopenedScope::Period { agency: Some(agency), .. } => caller.is_concerned(catalogue, agency),
        _ => true,
    }
}
