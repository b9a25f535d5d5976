//! Movements.

use crate::api::catalogue::movement_codes::find;
use crate::api::catalogue::phases;
use crate::api::catalogue::phases::PhaseView;
use crate::auth::caller::{Caller, Manage, Read};
use crate::request::body::NoParameters;
use crate::request::resource::{Find, PageRequest, PathParameter, Resource, operations};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::movements::Movement;
use thidua_domain::id::MovementId;
use thidua_domain::log::changes;
use thidua_domain::text::{Code, Name, Reference, optional};
use thidua_domain::violation::{Violation, Violations};
use thidua_persistence::catalogue::movements;
use thidua_persistence::catalogue::movements::Sort;
use thidua_persistence::{Error, Page, Result as Stored, Transaction};
use utoipa::ToSchema;
use validator::Validate;

impl Resource for MovementInput {
    const PATH: &str = "movements";
    const KEY: &[PathParameter] = &[PathParameter::text(
        "movement",
        50,
        "The movement's code",
        ["CDS-2023-2030", "CDS-2023-2030", "CCHC-2026-2030"],
    )];
    operations! {
        /// List movements
        ///
        /// The emulation movements (phong trào thi đua), each with its phases.
        LIST "listMovements" => "A page of movements";
        /// Create a movement
        ///
        /// Give it phases next: figures that accumulate do so within a phase.
        CREATE "createMovement" => "The new movement";
        /// Read a movement
        ///
        /// The movement with its phases in the order of time.
        READ "getMovement" => "The movement";
        /// Change a movement
        ///
        /// A JSON merge patch (RFC 7396). Phases have addresses of their own.
        UPDATE "updateMovement" => "The movement as it is now";
        /// Delete a movement
        ///
        /// Only a movement without phases, indicators and targets.
        DELETE "deleteMovement" => "It is gone";
    }
    const KEY_OF: fn(&MovementView) -> String = |view| view.movement.code.clone();
    const WRITTEN: fn(&MovementView) -> &Self = |view| &view.movement;
    const FIND: Find<Self> = Find::Catalogue(|catalogue, _, code: String| view(catalogue, find(catalogue, &code)?));

    type Reads = Read;
    type Writes = Manage;
    type Key = String;
    type View = MovementView;
    type Sort = Sort;
    type Filter = NoParameters;

    fn example() -> Value {
        json!({
            "code": "CCHC-2026-2030", "name_vi": "Phong trào thi đua đẩy mạnh cải cách hành chính (ví dụ)",
            "name_en": "Emulation movement for administrative reform (example)",
            "basis": ["Kế hoạch của UBND tỉnh về phong trào thi đua (ví dụ)"]
        })
    }

    fn patch_example() -> Value {
        json!({"name_en": "Digital transformation 2023–2030"})
    }

    fn list(request: PageRequest<'_, Self>) -> Stored<Page<MovementView>> {
        let PageRequest { connection, catalogue, sort, slice, .. } = request;
        Ok(movements::list(connection, sort, slice)?.map(|(id, movement)| MovementView::new(catalogue, id, &movement)))
    }

    fn insert(self, transaction: &mut Transaction<'_>, _: &Caller) -> Stored<MovementView> {
        let id = movements::insert(transaction, &self.parse()?)?;
        view(&transaction.catalogue(), id)
    }

    fn update(self, transaction: &mut Transaction<'_>, _: &Caller, current: MovementView) -> Stored<MovementView> {
        let id = MovementId(current.id);
        movements::update(transaction, id, &self.parse()?)?;
        view(&transaction.catalogue(), id)
    }

    fn delete(transaction: &mut Transaction<'_>, _: &Caller, current: MovementView) -> Stored<()> {
        movements::delete(transaction, MovementId(current.id))
    }
}

/// A movement as it is written.
#[derive(Debug, Clone, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MovementInput {
    /// Code.
    #[validate(length(min = 1, max = 50))]
    #[schema(format = "code", example = "CDS-2023-2030")]
    pub code: String,
    /// Vietnamese name.
    #[validate(length(min = 1, max = 300))]
    #[schema(format = "name")]
    pub name_vi: String,
    /// English name.
    #[validate(length(min = 1, max = 300))]
    #[schema(format = "name")]
    pub name_en: Option<String>,
    /// Documents it rests on, at most 500 characters each.
    #[serde(default)]
    #[validate(length(max = 100))]
    #[schema(max_items = 100, format = "reference")]
    pub basis: Vec<String>,
}

/// A movement.
#[derive(Debug, Serialize, ToSchema)]
pub struct MovementView {
    /// Identity.
    #[schema(minimum = 1)]
    pub id: i64,
    /// The movement.
    #[serde(flatten)]
    pub movement: MovementInput,
    /// Its phases in the order of time.
    #[schema(max_items = 200)]
    pub phases: Vec<PhaseView>,
}

impl MovementInput {
    fn new(movement: &Movement) -> Self {
        Self {
            code: movement.code.to_string(),
            name_vi: movement.name_vi.to_string(),
            name_en: movement.name_en.as_ref().map(ToString::to_string),
            basis: movement.basis.iter().map(ToString::to_string).collect(),
        }
    }

    fn parse(&self) -> Result<Movement, Vec<Violation>> {
        let mut found = Violations::default();
        let code = found.take(Code::parse("/code", &self.code));
        let name_vi = found.take(Name::parse("/name_vi", &self.name_vi));
        let name_en = found.take(optional(self.name_en.as_deref(), |text| Name::parse("/name_en", text)));
        let documents = self.basis.iter().enumerate();
        let basis = documents
            .filter_map(|(index, text)| found.take(Reference::parse(&format!("/basis/{index}"), text)))
            .collect();
        let movement = (|| Some(Movement { code: code?, name_vi: name_vi?, name_en: name_en?, basis }))();
        found.finish(movement)
    }
}

impl MovementView {
    /// The view of a movement.
    pub fn new(catalogue: &Catalogue, id: MovementId, movement: &Movement) -> Self {
        Self { id: id.0, movement: MovementInput::new(movement), phases: phases::views(catalogue, id) }
    }
}

fn view(catalogue: &Catalogue, id: MovementId) -> Stored<MovementView> {
    let movement = catalogue.movements.get(&id).ok_or(Error::NotFound(changes::Resource::Movements))?;
    Ok(MovementView::new(catalogue, id, movement))
}
