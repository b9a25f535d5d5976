//! Codes of movements, by which requests and answers name them.

use thidua_domain::catalogue::Catalogue;
use thidua_domain::id::MovementId;
use thidua_domain::log::changes::Resource;
use thidua_domain::text::Code;
use thidua_domain::violation::Violation;
use thidua_persistence::{Error, Result as Stored};

/// The code of a movement.
pub fn code(catalogue: &Catalogue, id: MovementId) -> Code {
    catalogue.movements.get(&id).map(|movement| movement.code.clone()).unwrap_or_default()
}

/// The movement an input names, which must exist.
pub fn require(catalogue: &Catalogue, pointer: &str, code: &str) -> Result<MovementId, Violation> {
    catalogue
        .movement(code)
        .map(|(id, _)| id)
        .ok_or_else(|| Violation::new(pointer, "unknown_movement").with("code", &code))
}

/// The movement in an address.
pub fn find(catalogue: &Catalogue, code: &str) -> Stored<MovementId> {
    catalogue.movement(code).map(|(id, _)| id).ok_or(Error::NotFound(Resource::Movements))
}
