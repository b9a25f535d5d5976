//! Movements.

use crate::api::catalogue::movement_codes::find;
use crate::api::catalogue::phases;
use crate::api::catalogue::phases::PhaseView;
use crate::auth::caller::{Caller, Manage, Read};
use crate::request::body::NoParameters;
use crate::request::resource::{Find, PageRequest, PathParameter, Resource, Writing, operations};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::movements::Movement;
use thidua_domain::id::MovementId;
use thidua_domain::log::changes;
use thidua_domain::text::{Code, Name, Reference};
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
    const KEY_OF: fn(&MovementView) -> String = |view| view.movement.code.to_string();
    const WRITTEN: fn(&MovementView) -> &Self = |view| &view.movement;
    const FIND: Find<Self> = Find::Catalogue(|catalogue, _, code: String| view(catalogue, find(catalogue, &code)?));

    type Reads = Read;
    type Writes = Manage;
    type Key = String;
    type View = MovementView;
    type Sort = Sort;
    type Filter = NoParameters;
    type Writing = Self;

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
}

impl Writing<Self> for MovementInput {
    fn insert(input: Self, transaction: &mut Transaction<'_>, _: &Caller) -> Stored<MovementView> {
        let id = movements::insert(transaction, &input.into())?;
        view(&transaction.catalogue(), id)
    }

    fn update(
        input: Self,
        transaction: &mut Transaction<'_>,
        _: &Caller,
        current: MovementView,
    ) -> Stored<MovementView> {
        movements::update(transaction, current.id, &input.into())?;
        view(&transaction.catalogue(), current.id)
    }

    fn delete(transaction: &mut Transaction<'_>, _: &Caller, current: MovementView) -> Stored<()> {
        movements::delete(transaction, current.id)
    }
}

/// A movement as it is written.
#[derive(Debug, Clone, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MovementInput {
    /// Code.
    #[schema(value_type = String, format = "code", example = "CDS-2023-2030")]
    pub code: Code,
    /// Vietnamese name.
    pub name_vi: Name,
    /// English name.
    pub name_en: Option<Name>,
    /// Documents it rests on, at most 500 characters each.
    #[serde(default)]
    #[validate(length(max = 100))]
    #[schema(max_items = 100)]
    pub basis: Vec<Reference>,
}

/// A movement.
#[derive(Debug, Serialize, ToSchema)]
pub struct MovementView {
    /// Identity.
    pub id: MovementId,
    /// The movement.
    #[serde(flatten)]
    pub movement: MovementInput,
    /// Its phases in the order of time.
    #[schema(max_items = 200)]
    pub phases: Vec<PhaseView>,
}

impl From<Movement> for MovementInput {
    fn from(Movement { code, name_vi, name_en, basis }: Movement) -> Self {
        Self { code, name_vi, name_en, basis }
    }
}

impl From<MovementInput> for Movement {
    fn from(MovementInput { code, name_vi, name_en, basis }: MovementInput) -> Self {
        Self { code, name_vi, name_en, basis }
    }
}

impl MovementView {
    /// The view of a movement.
    pub fn new(catalogue: &Catalogue, id: MovementId, movement: &Movement) -> Self {
        Self { id, movement: movement.clone().into(), phases: phases::views(catalogue, id) }
    }
}

fn view(catalogue: &Catalogue, id: MovementId) -> Stored<MovementView> {
    let movement = catalogue.movements.get(&id).ok_or(Error::NotFound(changes::Resource::Movements))?;
    Ok(MovementView::new(catalogue, id, movement))
}
