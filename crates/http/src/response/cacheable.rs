//! Marks of answers that may be kept, and given again as they went out.

use crate::auth::caller::Caller;
use crate::response::etag;
use crate::response::etag::Basis;
use crate::store::exports::ExportRecord;
use actix_web::HttpResponse;
use thidua_domain::Date;
use thidua_domain::accounts::scopes::Scope;
use thidua_domain::accounts::users::Role;
use thidua_domain::figures::small_cells::SmallCells;
use thidua_domain::id::AgencyId;
use thidua_domain::log::changes::{ActorKind, Hash};

/// Mark in an answer's extensions: all that the answer depends on, besides the request.
#[derive(Debug, Clone)]
pub struct Cacheable {
    /// The state of the data: the number of the last change, and its hash.
    pub state: (i64, Hash),
    /// The day on which it was made, if it is about a period that runs: on the next day it is another answer.
    pub today: Option<Date>,
    /// The sight of its caller.
    pub sight: CallerKey,
    /// The answer's tag, without its quotes and whatever its encoding.
    pub tag: String,
    /// The name of the key that signed it.
    pub signed_by: Option<String>,
    /// The export to be recorded of each caller. A caller without the record gets no kept answer, so that it is
    /// recorded first.
    pub taken: Option<ExportRecord>,
}

/// All of a caller that an answer may depend on. Two callers who are alike in this are given the same answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerKey {
    kind: ActorKind,
    role: Role,
    scopes: Vec<Scope>,
    agency: Option<AgencyId>,
    small_cells: SmallCells,
}

impl Cacheable {
    /// The mark of an answer to a caller, made on a basis.
    pub fn new(caller: &Caller, basis: Basis<'_>) -> Self {
        let tag = etag::model_tag(caller, basis, etag::DocumentForm::Plain);
        let (Basis { state, today, .. }, sight) = (basis, CallerKey::of(caller));
        Self { state: (state.0, state.1.to_owned()), today, sight, tag, signed_by: None, taken: None }
    }

    /// Puts the mark on an answer.
    pub fn mark(self, mut response: HttpResponse) -> HttpResponse {
        response.extensions_mut().insert(self);
        response
    }
}

impl CallerKey {
    /// The sight of a caller.
    pub fn of(caller: &Caller) -> Self {
        Self {
            kind: caller.kind,
            role: caller.role,
            scopes: caller.scopes.clone(),
            agency: caller.scope,
            small_cells: caller.small_cells,
        }
    }

    /// True when it is the sight of a caller.
    pub(crate) fn is_of(&self, caller: &Caller) -> bool {
        let Self { kind, role, scopes, agency, small_cells } = self;
        let same =
            (*kind, *role, *agency, *small_cells) == (caller.kind, caller.role, caller.scope, caller.small_cells);
        same && *scopes == caller.scopes
    }
}
