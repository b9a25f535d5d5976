//! Context in which a write is made.

use crate::write::rights::Right;
use thidua_domain::id::AgencyId;
use thidua_domain::log::changes::Actor;
use thidua_domain::time::Moment;

/// Context of a write: its author, time, reason and right.
#[derive(Debug, Clone)]
pub struct Context {
    /// The author.
    pub actor: Actor,
    /// The time.
    pub at: Moment,
    /// The reason, where one was given.
    pub reason: Option<String>,
    /// The right to write, which is judged again when its turn comes.
    pub right: Right,
    /// The agency with whose other accounts the author shares turns at writing; none for one that has turns of its own.
    pub agency: Option<AgencyId>,
}

impl Context {
    /// The context of the program's own writes.
    pub fn of_program(at: Moment, reason: Option<String>) -> Self {
        Self { actor: Actor::SYSTEM, at, reason, right: Right::of_program(), agency: None }
    }
}
