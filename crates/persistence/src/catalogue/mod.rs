//! The catalogue: everything small that gives figures their meaning.

pub mod agencies;
pub(crate) mod agency_checks;
pub mod calendars;
pub mod holidays;
pub mod indicators;
pub mod movements;
pub mod periods;
pub mod phases;
pub mod targets;
pub mod upgrade_steps;
