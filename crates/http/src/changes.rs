//! Changes as the log holds them.

use crate::respond::local;
use crate::schemas;
use chrono::{DateTime, FixedOffset};
use serde::Serialize;
use thidua_domain::changes::{ActorKind, Change, Operation, Resource};
use utoipa::ToSchema;

/// A change, named.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChangeReference {
    /// Its position in the log.
    #[schema(minimum = 1)]
    pub seq: i64,
    /// When it was made.
    pub at: DateTime<FixedOffset>,
    /// Who made it: a person, a machine or the program itself.
    #[schema(value_type = schemas::ActorKind)]
    pub actor: ActorKind,
    /// Of which resource a row was changed.
    #[schema(value_type = schemas::Resource)]
    pub resource: Resource,
    /// Identity of the row.
    #[schema(minimum = 1)]
    pub id: i64,
    /// What was done to it.
    #[schema(value_type = schemas::Operation)]
    pub operation: Operation,
    /// Why, when it was said.
    #[schema(format = "reference")]
    pub reason: Option<String>,
}

impl ChangeReference {
    /// The name of a change.
    pub fn new(change: &Change) -> Self {
        Self {
            seq: change.seq,
            at: local(change.moment()),
            actor: change.actor.kind,
            resource: change.resource,
            id: change.resource_id,
            operation: change.operation,
            reason: change.reason.clone(),
        }
    }
}
