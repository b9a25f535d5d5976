//! Phases of movements.

use crate::api::catalogue::movement_codes;
use crate::auth::caller::{Allowed, Caller, Manage, Read, permission};
use crate::problem::Problem;
use crate::request::body::{Body, NoParameters};
use crate::request::list::{CountParams, Items, Whole, WholeParams};
use crate::request::resource::{
    CatalogueResource, Catalogued, Find, PathParameter, Resource, Unlisted, Verbs, in_catalogue, operations, verbs,
};
use crate::request::write::{ApiResult, Created, Write};
use crate::store::Store;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, get, post};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use thidua_domain::Date;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::calendars::Calendar;
use thidua_domain::catalogue::movements::Phase;
use thidua_domain::id::{MovementId, PhaseId};
use thidua_domain::log::changes;
use thidua_domain::text::{Code, Name};
use thidua_domain::time::Year;
use thidua_domain::violation::Violation;
use thidua_persistence::catalogue::phases;
use thidua_persistence::{Error, Result as Stored};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

/// Phases.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list).service(create);
    verbs::<PhaseInput>(config);
}

impl Resource for PhaseInput {
    const PATH: &str = "movements/{movement}/phases";
    const TAG: &str = "movements";
    const KEY: &[PathParameter] = &[
        PathParameter::text("movement", 50, "The movement's code", ["CDS-2023-2030", "CDS-2023-2030", "CDS-2023-2030"]),
        PathParameter::text("phase", 50, "The phase's code", ["II", "II", "III"]),
    ];
    operations! {
        /// Read a phase
        ///
        /// The phase with the exact dates it covers in every calendar.
        READ "getPhase" => "The phase";
        /// Change or freeze a phase
        ///
        /// A JSON merge patch (RFC 7396). `{"frozen": true}` closes the phase for good: from then on no figure and no target of
        /// its months can change. The years of a frozen phase cannot change either. `{"frozen": false}` thaws it; the header
        /// `Change-Reason` must say why, and errata tell which figures change from then on.
        UPDATE "updatePhase" => "The phase as it is now";
        /// Delete a phase
        ///
        /// Only a phase that is not frozen and that no target refers to.
        DELETE "deletePhase" => "It is gone";
    }
    const KEY_OF: fn(&PhaseView) -> String = |view| view.phase.code.to_string();
    const WRITTEN: fn(&PhaseView) -> Option<&Self> = |view| Some(&view.phase);
    const FIND: Find<Self> = Find::Catalogue(|catalogue, _, (movement, phase): (String, String)| {
        in_catalogue::<Self>(catalogue, find(catalogue, &movement, &phase)?)
    });

    type Reads = Read;
    type Writes = Manage;
    type Key = (String, String);
    type View = PhaseView;
    type Sort = Unlisted;
    type Filter = NoParameters;
    type Writing = Catalogued;

    fn patch_example() -> Value {
        json!({"name_en": "Second phase (2026–2030)"})
    }
}

/// List the phases of a movement
///
/// All of them on one page, in the order of time.
#[utoipa::path(
    operation_id = "listPhases",
    extensions(("x-required-roles" = json!(permission::<Read>()))),
    tag = "movements",
    params(
        ("movement" = String, Path, description = "The movement's code", example = "CDS-2023-2030", max_length = 50),
        WholeParams<PhaseView>,
        CountParams
    ),
    responses((status = OK, body = Items<PhaseView>, description = "The phases"))
)]
#[get("/movements/{movement}/phases")]
async fn list(
    request: HttpRequest,
    store: Data<Store>,
    _caller: Allowed<Read>,
    path: Path<String>,
    list: Whole<PhaseView, NoParameters>,
) -> Result<HttpResponse, Problem> {
    let catalogue = store.catalogue();
    let movement = movement_codes::find(&catalogue, &path)?;
    list.answer(request.headers(), views(&catalogue, movement))
}

/// Create a phase
///
/// Whole years that overlap no other phase of the movement. Figures that accumulate start anew with each phase.
#[utoipa::path(
    operation_id = "createPhase",
    extensions(("x-required-roles" = json!(permission::<Manage>()))),
    tag = "movements",
    params(("movement" = String, Path, description = "The movement's code", example = "CDS-2023-2030", max_length = 50)),
    request_body(content = PhaseInput, example = json!({
        "code": "III", "name_vi": "Giai đoạn III (ví dụ)", "first_year": 2031, "last_year": 2035
    })),
    responses((status = CREATED, body = PhaseView, description = "The new phase"))
)]
#[post("/movements/{movement}/phases")]
async fn create(
    store: Data<Store>,
    write: Write<Manage>,
    path: Path<String>,
    Body(input): Body<PhaseInput>,
) -> ApiResult {
    let path = path.into_inner();
    write
        .create(&store, input, move |transaction, _, input| {
            let movement = movement_codes::find(&transaction.catalogue(), &path)?;
            let id = phases::insert(transaction, &input.on(movement))?;
            let catalogue = transaction.catalogue();
            let view = in_catalogue::<PhaseInput>(&catalogue, id)?;
            let movement = movement_codes::code(&catalogue, movement);
            Ok(Created::at(format!("movements/{movement}/phases/{}", view.phase.code), view))
        })
        .await
}

/// A phase as it is written.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "II", "first_year": 2026, "last_year": 2030}))]
pub struct PhaseInput {
    /// Code within the movement.
    pub code: Code,
    /// Vietnamese name.
    pub name_vi: Name,
    /// English name.
    pub name_en: Option<Name>,
    /// First year.
    pub first_year: Year,
    /// Last year; a phase is 1 to 30 years.
    pub last_year: Year,
    /// True once it is closed for good: no figure and no target of its months may change.
    #[serde(default)]
    pub frozen: bool,
}

/// A phase.
#[derive(Debug, Serialize, ToSchema)]
pub struct PhaseView {
    /// Identity.
    pub id: PhaseId,
    /// The phase.
    #[serde(flatten)]
    pub phase: PhaseInput,
    /// The exact dates it covers, one entry per calendar.
    #[schema(max_items = 100)]
    pub windows: Vec<PhaseWindow>,
}

/// The dates a phase covers in a calendar, both ends included.
#[derive(Debug, Serialize, ToSchema)]
pub struct PhaseWindow {
    /// The calendar's code.
    #[schema(value_type = String, format = "code", example = "nd09")]
    pub calendar: Code,
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
}

impl PhaseInput {
    fn new(phase: Phase) -> Self {
        let Phase { code, name_vi, name_en, first_year, last_year, frozen, .. } = phase;
        let [first_year, last_year] = [first_year, last_year].map(Year::stored);
        Self { code, name_vi, name_en, first_year, last_year, frozen }
    }

    /// The phase of a movement.
    pub(crate) fn on(self, movement: MovementId) -> Phase {
        let Self { code, name_vi, name_en, first_year, last_year, frozen } = self;
        let [first_year, last_year] = [*first_year, *last_year];
        Phase { movement, code, name_vi, name_en, first_year, last_year, frozen }
    }
}

impl CatalogueResource for PhaseInput {
    type Entity = Phase;
    const ID: fn(&PhaseView) -> PhaseId = |view| view.id;
    const ROWS: fn(&Catalogue) -> &BTreeMap<PhaseId, Phase> = |catalogue| &catalogue.phases;
    const VERBS: Verbs<Phase> = Verbs { insert: phases::insert, update: phases::update, delete: phases::delete };

    /// A phase stays with its movement; a new one is created below one.
    fn parse(self, _: &Catalogue, _: &Caller, before: Option<&Phase>) -> Stored<Phase> {
        Ok(self.on(before.ok_or(Error::NotFound(changes::Resource::Movements))?.movement))
    }

    fn view(catalogue: &Catalogue, id: PhaseId, phase: &Phase) -> PhaseView {
        PhaseView::new(catalogue, id, phase)
    }
}

impl PhaseView {
    /// The view of a phase.
    pub fn new(catalogue: &Catalogue, id: PhaseId, phase: &Phase) -> Self {
        let windows = catalogue.calendars.values().map(|calendar| PhaseWindow::new(calendar, phase)).collect();
        Self { id, phase: PhaseInput::new(phase.clone()), windows }
    }
}

impl PhaseWindow {
    fn new(calendar: &Calendar, phase: &Phase) -> Self {
        Self {
            calendar: calendar.code.clone(),
            from: calendar.month_window(phase.first_month()).from,
            to: calendar.month_window(phase.last_month()).to,
        }
    }
}

/// The phases of a movement in the order of time.
pub fn views(catalogue: &Catalogue, movement: MovementId) -> Vec<PhaseView> {
    let mut phases: Vec<_> = catalogue.phases_of(movement).collect();
    phases.sort_by_key(|phase| phase.entity.first_year);
    phases.into_iter().map(|phase| PhaseView::new(catalogue, phase.id, phase.entity)).collect()
}

/// The code of a phase.
pub fn code(catalogue: &Catalogue, id: PhaseId) -> Code {
    catalogue.phases.get(&id).map(|phase| phase.code.clone()).unwrap_or_default()
}

/// The phase of a movement that an input names, which must exist.
pub fn require(catalogue: &Catalogue, pointer: &str, movement: MovementId, code: &str) -> Result<PhaseId, Violation> {
    let found = catalogue.phase_called(movement, code);
    found.map(|phase| phase.id).ok_or_else(|| Violation::new(pointer, "unknown_phase").with("code", &code))
}

/// The phase in an address.
pub fn find(catalogue: &Catalogue, movement: &str, code: &str) -> Stored<PhaseId> {
    let movement = movement_codes::find(catalogue, movement)?;
    let found = catalogue.phase_called(movement, code);
    found.map(|phase| phase.id).ok_or(Error::NotFound(changes::Resource::Phases))
}
