//! The catalogue: everything small that gives figures their meaning.

pub mod agencies;
pub mod calendars;
pub mod compared_with;
pub mod definitions;
pub mod holidays;
pub mod indicators;
pub mod movement_codes;
pub mod movements;
pub mod periods;
pub mod phases;
pub mod target_versions;
pub mod targets;
