//! Information systems.

use crate::api::closing::late::{CountedFrom, roll_counted_from};
use crate::api::records::tenures;
use crate::api::records::tenures::{Stays, Transfer};
use crate::auth::caller::{Caller, ReadRecords, WriteRecords, permission};
use crate::request::agency_identifier::identifier;
use crate::request::batch::Keyed;
use crate::request::body::Body;
use crate::request::resource::{
    BatchResource, Coded, CodedResource, Find, PageRequest, PathParameter, Resource, operations, verbs_and_batch,
    writable_row,
};
use crate::request::write::{ApiResult, Write};
use crate::store::Store;
use actix_web::post;
use actix_web::web::{Data, Path};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::HashMap;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::closing::late::ToldHolders;
use thidua_domain::id::{AgencyId, InformationSystemId};
use thidua_domain::log::changes;
use thidua_domain::records::information_systems::Level;
use thidua_domain::records::information_systems::{InformationSystem, LevelBasis};
use thidua_domain::text::{AgencyIdentifier, Code, Name};
use thidua_domain::violation::{Violation, Violations};
use thidua_persistence::records::information_systems;
use thidua_persistence::records::information_systems::{Filter, Sort};
use thidua_persistence::{Connection, Error, Page, Result as Stored, Transaction, WhatIf};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

/// Information systems and their moves.
pub fn routes(config: &mut ServiceConfig<'_>) {
    verbs_and_batch::<InformationSystemInput>(config);
    config.service(transfer);
}

impl Resource for InformationSystemInput {
    const PATH: &str = "information-systems";
    const KEY: &[PathParameter] = &[PathParameter::text("code", 50, "The system's code", ["HT-01", "HT-01", "HT-99"])];
    operations! {
        /// List information systems
        ///
        /// The systems whose current or last agency lies within your scope.
        LIST "listInformationSystems" => "A page of information systems";
        /// Add an information system
        ///
        /// The code must be new. A level and its legal basis go together; leave both out until the level is determined.
        CREATE "createInformationSystem" => "The new information system";
        /// Read an information system
        ///
        /// Its level with the legal basis, and the agencies that run or ran it.
        READ "getInformationSystem" => "The information system";
        /// Change an information system
        ///
        /// A JSON merge patch (RFC 7396). `tenures` is replaced as a whole; stays outside your scope must be kept. A system is
        /// retired by giving its last stay a last day.
        UPDATE "updateInformationSystem" => "The information system as it is now";
        /// Delete an information system
        ///
        /// Only one without monitoring statuses and incidents, and without stays outside your scope.
        DELETE "deleteInformationSystem" => "It is gone";
    }
    const KEY_OF: fn(&InformationSystemView) -> String = |view| view.system.code.to_string();
    const WRITTEN: fn(&InformationSystemView) -> Option<&Self> = |view| Some(&view.system);
    const FIND: Find<Self> = Find::Stored(shown);

    type Reads = ReadRecords;
    type Writes = WriteRecords;
    type Key = String;
    type View = InformationSystemView;
    type Sort = Sort;
    type Filter = InformationSystemFilter;
    type Writing = Coded;

    fn example() -> Value {
        json!({
            "code": "HT-99", "name": "Hệ thống quản lý nhiệm vụ khoa học và công nghệ (ví dụ)", "level": 2,
            "level_basis": "nd331_2026", "tenures": [{"agency": "H18.SKHCN", "from": "2026-11-01"}]
        })
    }

    fn patch_example() -> Value {
        json!({"level": 3, "level_basis": "nd331_2026"})
    }

    fn list(request: PageRequest<'_, Self>) -> Stored<Page<InformationSystemView>> {
        let PageRequest { connection, catalogue, caller, filter, sort, slice } = request;
        let agency = filter.agency.as_deref().map(|text| caller.agency(catalogue, "/agency", text)).transpose()?;
        let filter = Filter { within: caller.within(catalogue, agency), level: filter.level.map(Level::get) };
        let page = information_systems::list(connection, &filter, sort, slice)?;
        Ok(page.map(|(id, system)| InformationSystemView::new(catalogue, id, &system)))
    }
}

impl BatchResource for InformationSystemInput {
    operations! {
        /// Add or change many information systems
        ///
        /// A row is known by its code.
        BATCH "batchInformationSystems" => "All rows were written";
    }
}

/// Transfer an information system
///
/// Ends the current stay the day before `on` and begins one with another agency within your scope. Its monitoring
/// statuses move along.
#[utoipa::path(
    operation_id = "transferInformationSystem",
    extensions(("x-required-roles" = json!(permission::<WriteRecords>()))),
    tag = "information-systems",
    params(("code" = String, Path, description = "The system's code", example = "HT-01", max_length = 50)),
    request_body(content = Transfer, example = json!({"agency": "H18", "on": "2026-11-20"})),
    responses((status = OK, body = InformationSystemView, description = "The information system as it is now"))
)]
#[post("/information-systems/{code}/transfers")]
async fn transfer(
    store: Data<Store>,
    write: Write<WriteRecords>,
    path: Path<String>,
    Body(target): Body<Transfer>,
) -> ApiResult {
    write
        .act(
            &store,
            target,
            writable_row::<InformationSystemInput>(path.into_inner()),
            |transaction, caller, current, target| {
                let (id, catalogue) = (current.id, transaction.catalogue());
                let mut system = information_systems::get(transaction.connection(), id)?;
                system.tenures = target.applied_to(&catalogue, caller, &system.tenures)?;
                information_systems::update(transaction, id, &system)?;
                InformationSystemView::load(transaction.connection(), &catalogue, id)
            },
        )
        .await
}

/// Filters of the list.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct InformationSystemFilter {
    /// Only systems whose current or last agency is the one with this identifier or lies below it.
    agency: Option<AgencyIdentifier>,
    /// Only this security level.
    #[param(inline)]
    level: Option<Level>,
}

/// An information system as it is written.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "HT-01"}))]
pub struct InformationSystemInput {
    /// Code.
    code: Code,
    /// Name.
    name: Name,
    /// Security level (cấp độ); absent until determined.
    level: Option<Level>,
    /// The decree the level was determined under.
    level_basis: Option<LevelBasis>,
    /// The agencies that run or ran it, in order of time; only the last stay may be open.
    tenures: Stays,
}

/// An information system.
#[derive(Debug, Serialize, ToSchema)]
pub struct InformationSystemView {
    /// Identity.
    id: InformationSystemId,
    /// Identifier of the current agency, or of the last one.
    agency: AgencyIdentifier,
    /// Calendars in which the last change of its stays counts from another day, since it came when months were closed.
    #[schema(max_items = 100)]
    counted_from: Vec<CountedFrom>,
    /// The information system.
    #[serde(flatten)]
    system: InformationSystemInput,
}

impl Keyed for InformationSystemInput {
    const WEIGHT: usize = 20;

    fn key(&self) -> String {
        self.code.to_string()
    }
}

impl InformationSystemInput {
    fn new(catalogue: &Catalogue, system: &InformationSystem) -> Self {
        Self {
            code: system.code.clone(),
            name: system.name.clone(),
            level: system.level.map(Level::stored),
            level_basis: system.level_basis,
            tenures: tenures::written(catalogue, &system.tenures),
        }
    }
}

impl CodedResource for InformationSystemInput {
    type Entity = InformationSystem;
    type Row = InformationSystem;
    type Id = InformationSystemId;
    const ID: fn(&InformationSystemView) -> InformationSystemId = |view| view.id;
    const AGENCY: Option<fn(&InformationSystem) -> AgencyId> = Some(|system| system.tenures.last().agency);
    const CODE: fn(&InformationSystem) -> &Code = |system| &system.code;
    const GIVEN_CODE: fn(&mut InformationSystem) -> &mut Code = |system| &mut system.code;
    const BY_CODE: fn(&mut Connection, &str) -> Stored<Option<(InformationSystemId, InformationSystem)>> =
        information_systems::find;
    const GET: fn(&mut Connection, InformationSystemId) -> Stored<InformationSystem> = information_systems::get;
    const JUDGE: fn(&mut WhatIf<'_>, Option<InformationSystemId>, &InformationSystem) -> Stored<()> =
        information_systems::assume;

    fn parse(
        &self,
        catalogue: &Catalogue,
        caller: &Caller,
        before: Option<&InformationSystem>,
    ) -> Stored<InformationSystem> {
        let mut found = Violations::default();
        let before = before.map(|system| &system.tenures);
        let tenures = tenures::parse(&mut found, catalogue, caller, &self.tenures, before);
        let Self { code, name, level, level_basis, .. } = self.clone();
        let level = level.map(Level::get);
        let told = ToldHolders::default();
        let system = tenures.map(|tenures| InformationSystem { code, name, level, level_basis, tenures, told });
        Ok(found.finish(system)?)
    }

    fn is_same(
        _: &mut Connection,
        _: (&Catalogue, &Caller),
        (_, before): (InformationSystemId, &InformationSystem),
        system: &InformationSystem,
    ) -> Stored<bool> {
        Ok(before == system)
    }

    fn stays_removed(before: &InformationSystem, system: &Self::Row) -> usize {
        before.tenures.left_out_of(&system.tenures)
    }

    fn store(
        transaction: &mut Transaction<'_>,
        id: Option<InformationSystemId>,
        system: &InformationSystem,
    ) -> Stored<InformationSystemId> {
        match id {
            Some(id) => information_systems::update(transaction, id, system).map(|()| id),
            None => information_systems::insert(transaction, system),
        }
    }

    fn remove(transaction: &mut Transaction<'_>, caller: &Caller, id: InformationSystemId) -> Stored<()> {
        let (catalogue, before) = (transaction.catalogue(), information_systems::get(transaction.connection(), id)?);
        tenures::require_kept(&catalogue, caller, before.tenures.all(), &[]).map_err(Error::Conflict)?;
        information_systems::delete(transaction, id)
    }

    fn view(
        connection: &mut Connection,
        (catalogue, _): (&Catalogue, &Caller),
        id: InformationSystemId,
        _: &InformationSystem,
    ) -> Stored<InformationSystemView> {
        InformationSystemView::load(connection, catalogue, id)
    }
}

impl InformationSystemView {
    fn new(catalogue: &Catalogue, id: InformationSystemId, system: &InformationSystem) -> Self {
        let agency = identifier(catalogue, system.tenures.last().agency);
        let counted_from = roll_counted_from(catalogue, &system.told);
        Self { id, agency, counted_from, system: InformationSystemInput::new(catalogue, system) }
    }

    fn load(connection: &mut Connection, catalogue: &Catalogue, id: InformationSystemId) -> Stored<Self> {
        Ok(Self::new(catalogue, id, &information_systems::get(connection, id)?))
    }
}

/// The information system in an address, within the caller's scope.
fn visible(
    connection: &mut Connection,
    catalogue: &Catalogue,
    caller: &Caller,
    code: &str,
) -> Stored<(InformationSystemId, InformationSystem)> {
    let missing = || Error::NotFound(changes::Resource::InformationSystems);
    let code = Code::parse("/code", code).map_err(|_| missing())?;
    let (id, system) = information_systems::find(connection, code.as_str())?.ok_or_else(missing)?;
    caller.require(catalogue, system.tenures.last().agency, changes::Resource::InformationSystems)?;
    Ok((id, system))
}

/// The information system in an address, as it is shown.
fn shown(
    connection: &mut Connection,
    catalogue: &Catalogue,
    caller: &Caller,
    code: String,
) -> Stored<InformationSystemView> {
    let (id, system) = visible(connection, catalogue, caller, &code)?;
    Ok(InformationSystemView::new(catalogue, id, &system))
}

/// The information system that the member or parameter `system` names, within the caller's scope.
pub fn reference(
    connection: &mut Connection,
    catalogue: &Catalogue,
    caller: &Caller,
    code: &str,
) -> Stored<Result<InformationSystemId, Violation>> {
    match visible(connection, catalogue, caller, code) {
        Ok((id, _)) => Ok(Ok(id)),
        Err(Error::NotFound(_)) => Ok(Err(unknown_system(code))),
        Err(error) => Err(error),
    }
}

/// The systems that inputs name, by code, each with its current or last agency.
pub type SystemsByCode = HashMap<String, (InformationSystemId, AgencyId)>;

/// The systems with some codes.
pub fn systems<'a>(connection: &mut Connection, codes: impl Iterator<Item = &'a str>) -> Stored<SystemsByCode> {
    let codes: Vec<_> = codes.collect();
    if codes.is_empty() { Ok(HashMap::new()) } else { information_systems::by_codes(connection, &codes) }
}

/// The system that the member `system` names, among those read. One outside the caller's scope looks like a missing one.
pub fn among(
    systems: &SystemsByCode,
    catalogue: &Catalogue,
    caller: &Caller,
    code: &str,
) -> Result<InformationSystemId, Violation> {
    let seen = systems.get(code).filter(|(_, agency)| caller.sees(catalogue, *agency));
    seen.map(|(id, _)| *id).ok_or_else(|| unknown_system(code))
}

/// The refusal of a code in the member or parameter `system` that names none within the caller's scope.
fn unknown_system(code: &str) -> Violation {
    Violation::new("/system", "unknown_system").with("code", &code)
}
