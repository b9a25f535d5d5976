//! Movements.

use crate::api::catalogue::movement_codes::find;
use crate::api::catalogue::phases;
use crate::api::catalogue::phases::PhaseView;
use crate::auth::caller::{Caller, Manage, Read};
use crate::request::body::NoParameters;
use crate::request::resource::{
    CatalogueResource, Catalogued, Find, PageRequest, PathParameter, Resource, Verbs, in_catalogue, operations,
};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::movements::Movement;
use thidua_domain::id::MovementId;
use thidua_persistence::catalogue::movements;
use thidua_persistence::{Page, Result as Stored};
use utoipa::ToSchema;

impl Resource for Movement {
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
    const WRITTEN: fn(&MovementView) -> Option<&Self> = |view| Some(&view.movement);
    const FIND: Find<Self> =
        Find::Catalogue(|catalogue, _, code: String| in_catalogue::<Self>(catalogue, find(catalogue, &code)?));

    type Reads = Read;
    type Writes = Manage;
    type Key = String;
    type View = MovementView;
    type Sort = Sort;
    type Filter = NoParameters;
    type Writing = Catalogued;

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
        let PageRequest { catalogue, sort: Sort::Code, slice, .. } = request;
        let page = Page::of(catalogue.movements.iter(), slice, |_, movement| movement.code.to_string())?;
        Ok(page.map(|(id, movement)| MovementView::new(catalogue, id, &movement)))
    }
}

thidua_domain::string_enum! {
    /// Sort orders of movements; the first is the default.
    Sort {
        /// By code.
        Code = "code",
    }
}

/// A movement.
#[derive(Debug, Serialize, ToSchema)]
pub struct MovementView {
    /// Identity.
    pub id: MovementId,
    /// The movement.
    #[serde(flatten)]
    pub movement: Movement,
    /// Its phases in the order of time.
    #[schema(max_items = 200)]
    pub phases: Vec<PhaseView>,
}

impl CatalogueResource for Movement {
    type Entity = Self;
    const ID: fn(&MovementView) -> MovementId = |view| view.id;
    const ROWS: fn(&Catalogue) -> &BTreeMap<MovementId, Movement> = |catalogue| &catalogue.movements;
    const VERBS: Verbs<Movement> =
        Verbs { insert: movements::insert, update: movements::update, delete: movements::delete };

    fn parse(self, _: &Catalogue, _: &Caller, _: Option<&Movement>) -> Stored<Movement> {
        Ok(self)
    }

    fn view(catalogue: &Catalogue, id: MovementId, movement: &Movement) -> MovementView {
        MovementView::new(catalogue, id, movement)
    }
}

impl MovementView {
    /// The view of a movement.
    pub fn new(catalogue: &Catalogue, id: MovementId, movement: &Movement) -> Self {
        Self { id, movement: movement.clone(), phases: phases::views(catalogue, id) }
    }
}
