//! Callers and permissions: the permission an operation needs stands in its handler's signature.

use crate::auth::change_reason;
use crate::auth::context::RequestContext;
use crate::auth::credentials::{Credential, Grant};
use crate::problem::Problem;
use crate::store::Store;
use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::net::IpAddr;
use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use thidua_domain::accounts::scopes::Scope;
use thidua_domain::accounts::users::Role;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::figures::small_cells::SmallCells;
use thidua_domain::id::{AccountId, AgencyId, ClientKeyId};
use thidua_domain::log::changes::{Actor, ActorKind};
use thidua_domain::violation::Violation;
use thidua_persistence::Error;

/// A caller: the account that sends a request, with the rights its credential gives. Shared: a write takes it along
/// into the writer's thread, where its rights are asked again.
#[derive(Debug, Clone)]
pub struct Caller(Arc<CallerFacts>);

impl Deref for Caller {
    type Target = CallerFacts;

    fn deref(&self) -> &CallerFacts {
        &self.0
    }
}

/// All that is known of a caller.
#[derive(Debug)]
pub struct CallerFacts {
    /// The account: a user or a client.
    pub user: AccountId,
    /// The account's name.
    pub username: String,
    /// A person or a machine.
    pub kind: ActorKind,
    /// The account's role, from which its rights follow.
    pub role: Role,
    /// The scopes of the credential: the part of these rights that it may use.
    pub scopes: Vec<Scope>,
    /// The agency whose subtree bounds it; the whole province while absent.
    pub scope: Option<AgencyId>,
    /// The rule by which small counts of people are withheld from it.
    pub small_cells: SmallCells,
    /// The reason for a change, as the `Change-Reason` header or the query says.
    pub reason: Option<String>,
    /// The session that logging out ends: a user's, or a client's token; none for an API key.
    pub session: Option<String>,
    /// True while it may do nothing but change its password.
    pub must_change_password: bool,
    /// The credential, checked again where a right takes effect.
    pub credential: Arc<Credential>,
    /// The address the request comes from.
    pub address: Option<IpAddr>,
    /// Count of the codes it has given to rows though rows outside its scope have them.
    pub taken_codes: AtomicU32,
}

impl Caller {
    /// The program itself, at the machine: it sees the whole province. It sends no requests, and the credential, which no
    /// account has, would let nobody in.
    pub(crate) fn of_program() -> Self {
        let user = AccountId(0);
        Self(Arc::new(CallerFacts {
            user,
            username: String::new(),
            kind: ActorKind::System,
            role: Role::Admin,
            scopes: Vec::new(),
            scope: None,
            small_cells: SmallCells::default(),
            reason: None,
            session: None,
            must_change_password: false,
            credential: Arc::new(Credential::ApiKey { client: user, key: ClientKeyId(0) }),
            address: None,
            taken_codes: AtomicU32::default(),
        }))
    }

    /// The caller as the logs name it.
    pub fn actor(&self) -> Actor {
        Actor { kind: self.kind, id: self.user.0 }
    }

    /// A user with a role as the logs name it.
    pub fn actor_of(user: AccountId, role: Role) -> Actor {
        let kind = if role.is_machine() { ActorKind::Machine } else { ActorKind::Person };
        Actor { kind, id: user.0 }
    }

    /// True when an agency lies within the caller's scope.
    pub fn sees(&self, catalogue: &Catalogue, agency: AgencyId) -> bool {
        self.scope.is_none_or(|scope| catalogue.is_within(agency, scope))
    }

    /// The agencies to restrict a list to: all the caller sees at or below `wanted`; `None` means no restriction.
    pub fn within(&self, catalogue: &Catalogue, wanted: Option<AgencyId>) -> Option<Vec<AgencyId>> {
        match (wanted, self.scope) {
            (None, None) => None,
            (None, Some(scope)) => Some(catalogue.subtree(scope)),
            (Some(wanted), _) if self.sees(catalogue, wanted) => Some(catalogue.subtree(wanted)),
            (Some(_), _) => Some(Vec::new()),
        }
    }

    /// True when something set for an agency and everything below it concerns an agency the caller sees.
    pub fn is_concerned(&self, catalogue: &Catalogue, agency: AgencyId) -> bool {
        self.sees(catalogue, agency) || self.scope.is_some_and(|scope| catalogue.is_within(scope, agency))
    }

    /// The agencies to restrict a list to, where a row holds for an agency and everything below it: `wanted`, or all
    /// the caller sees, with the agencies below and above; `None` means no restriction.
    pub fn concerning(&self, catalogue: &Catalogue, wanted: Option<AgencyId>) -> Option<Vec<AgencyId>> {
        let agency = wanted.or(self.scope)?;
        let mut agencies = catalogue.subtree(agency);
        agencies.extend(catalogue.line(agency).skip(1));
        Some(agencies)
    }

    /// The agency with an identifier, which must exist within the caller's scope: another one looks like a missing one.
    pub fn agency(&self, catalogue: &Catalogue, pointer: &str, identifier: &str) -> Result<AgencyId, Violation> {
        let found = catalogue.agency(identifier).map(|(id, _)| id).filter(|id| self.sees(catalogue, *id));
        found.ok_or_else(|| Violation::new(pointer, "unknown_agency").with("identifier", &identifier))
    }

    /// Hides a row of an agency outside the caller's scope: it looks like a missing one.
    pub fn require(
        &self,
        catalogue: &Catalogue,
        agency: AgencyId,
        resource: thidua_domain::log::changes::Resource,
    ) -> Result<(), Error> {
        if self.sees(catalogue, agency) { Ok(()) } else { Err(Error::NotFound(resource)) }
    }
}

/// A caller with a permission.
pub struct Allowed<P>(Caller, PhantomData<P>);

impl<P> Deref for Allowed<P> {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.0
    }
}

impl<P> Allowed<P> {
    /// The caller, to take along into a write.
    pub fn caller(&self) -> Caller {
        self.0.clone()
    }
}

/// A permission that a handler asks of its caller.
pub trait Permission {
    /// The scope that a credential needs for it. The roles that have it follow from the scope.
    const SCOPE: Scope;
    /// The roles that have it.
    const ROLES: &'static [Role] = Self::SCOPE.roles();
    /// True when it is left to a caller whose password must be changed first.
    const BEFORE_PASSWORD_CHANGE: bool = false;
    /// True when a role has it for the whole province only, and not when an agency bounds the account.
    const WHOLE_PROVINCE: bool = Self::SCOPE.is_of_the_whole_province();

    /// True when a caller has it by its role, and by the scopes of its credential.
    fn allows(caller: &CallerFacts) -> bool {
        let by_role = Self::ROLES.contains(&caller.role) && (caller.scope.is_none() || !Self::WHOLE_PROVINCE);
        by_role && caller.scopes.contains(&Self::SCOPE)
    }

    /// Refuses a caller who does not have it.
    fn require(caller: &CallerFacts) -> Result<(), Problem> {
        if caller.must_change_password && !Self::BEFORE_PASSWORD_CHANGE {
            return Err(Problem::password_must_be_changed());
        }
        if Self::allows(caller) { Ok(()) } else { Err(Problem::forbidden()) }
    }
}

/// A permission as the contract writes it at an operation: `x-required-roles`.
pub fn permission<P: Permission>() -> serde_json::Value {
    let roles: Vec<_> = P::ROLES.iter().map(|role| role.as_str()).collect();
    serde_json::json!({ "roles": roles, "whole_province": P::WHOLE_PROVINCE, "scope": P::SCOPE })
}

/// Reads the catalogue and aggregates: every role.
pub struct Read;
/// Keeps one's own way in: every role, also while its password must be changed.
pub struct OwnAccount;
/// Reads single records: every role but that of a puller.
pub struct ReadRecords;
/// Writes records within the scope.
pub struct WriteRecords;
/// Audits: administrators and auditors of the whole province.
pub struct Audit;
/// Locks figures and decides on corrections within the scope.
pub struct Approve;
/// Manages the catalogue, users and clients: administrators of the whole province.
pub struct Manage;

impl Permission for Read {
    const SCOPE: Scope = Scope::Read;
}

impl Permission for OwnAccount {
    const SCOPE: Scope = Scope::Read;
    const BEFORE_PASSWORD_CHANGE: bool = true;
}

impl Permission for ReadRecords {
    const SCOPE: Scope = Scope::ReadRecords;
}

impl Permission for WriteRecords {
    const SCOPE: Scope = Scope::WriteRecords;
}

impl Permission for Audit {
    const SCOPE: Scope = Scope::Audit;
}

impl Permission for Approve {
    const SCOPE: Scope = Scope::Approve;
}

impl Permission for Manage {
    const SCOPE: Scope = Scope::Manage;
}

impl<P: Permission> FromRequest for Allowed<P> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        ready(caller(request).and_then(|caller| {
            P::require(&caller)?;
            Ok(Self(caller, PhantomData))
        }))
    }
}

/// The caller of a request; fails when its credential does not count.
pub(crate) fn caller(request: &HttpRequest) -> Result<Caller, Problem> {
    let call = request.extensions().get::<Rc<RequestContext>>().cloned().ok_or_else(|| Problem::internal("no call"))?;
    caller_of(request, &call)
}

/// A caller known from the head of a request, to be checked again when there is more of it.
pub(crate) struct AtHead(Data<Store>, Caller);

impl AtHead {
    /// The caller of a request; none without a credential that counts.
    pub(crate) fn of(request: &HttpRequest) -> Option<Self> {
        let store = request.app_data::<Data<Store>>()?.clone();
        let call = request.extensions().get::<Rc<RequestContext>>().cloned()?;
        let caller = recognized(request, &call, &store).ok()?;
        Some(Self(store, caller))
    }

    /// Refuses a caller who may no longer do what it was let in for.
    pub(crate) fn require_still(&self) -> Result<(), Problem> {
        self.0.require_still(&self.1)
    }
}

/// As [`caller`], with a context that is read already.
pub(crate) fn caller_of(request: &HttpRequest, call: &RequestContext) -> Result<Caller, Problem> {
    let store = request.app_data::<Data<Store>>().ok_or_else(|| Problem::internal("no store"))?;
    let caller = recognized(request, call, store)?;
    caller.credential.note_use(store, caller.actor());
    Ok(caller)
}

fn recognized(request: &HttpRequest, call: &RequestContext, store: &Store) -> Result<Caller, Problem> {
    let credential = call.credential.as_ref().map_err(|problem| (**problem).clone())?;
    let user = credential.account().ok_or_else(Problem::invalid_token)?;
    let mut facts = {
        let model = store.model();
        let standing = credential.standing(&model.access, call.address).ok_or_else(Problem::invalid_token)?;
        let Grant { username, kind, role, agency, scopes, session, must_change_password } = standing;
        CallerFacts {
            user,
            username: username.to_owned(),
            kind,
            role,
            scopes: scopes.into_owned(),
            scope: agency,
            small_cells: SmallCells::default(),
            reason: change_reason::of(request)?,
            session: session.map(str::to_owned),
            must_change_password,
            credential: Arc::clone(credential),
            address: call.address,
            taken_codes: AtomicU32::default(),
        }
    };
    if !ReadRecords::allows(&facts) {
        facts.small_cells = rule(request);
    }
    Ok(Caller(Arc::new(facts)))
}

/// The small-cell rule for those who read no records.
fn rule(request: &HttpRequest) -> SmallCells {
    request.app_data::<Data<SmallCells>>().map(|rule| ***rule).unwrap_or_default()
}
