//! Members of staff.

use crate::api::closing::late::{CountedFrom, roll_counted_from};
use crate::api::records::tenures;
use crate::api::records::tenures::{Stays, Transfer};
use crate::auth::caller::{Caller, ReadRecords, WriteRecords, permission};
use crate::request::agency_identifier::identifier;
use crate::request::batch::Keyed;
use crate::request::body::{Body, given};
use crate::request::resource::{
    BatchResource, Coded, CodedResource, Find, PageRequest, PathParameter, Resource, operations, verbs_and_batch,
    writable_row,
};
use crate::request::write::{ApiResult, Write};
use crate::response::shown_names::{sees_names, shown_in};
use crate::store::Store;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, delete, post};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::HashMap;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::record_kinds::StaffKind;
use thidua_domain::closing::late::ToldHolders;
use thidua_domain::id::{AgencyId, StaffId};
use thidua_domain::log::changes;
use thidua_domain::records::staff::Staff;
use thidua_domain::text::{AgencyIdentifier, Code, Name};
use thidua_domain::violation::Violations;
use thidua_persistence::records::staff;
use thidua_persistence::records::staff::{Filter, Sort};
use thidua_persistence::{Connection, Error, Page, Result as Stored, Transaction, WhatIf};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

/// Members of staff, their moves, and erasing their names.
pub fn routes(config: &mut ServiceConfig<'_>) {
    verbs_and_batch::<StaffInput>(config);
    config.service(transfer).service(erase_name);
}

impl Resource for StaffInput {
    const PATH: &str = "staff";
    const KEY: &[PathParameter] =
        &[PathParameter::text("code", 50, "The staff code", ["NV-0001", "NV-0001", "NV-9001"])];
    operations! {
        /// List members of staff
        ///
        /// The people whose current or last agency lies within your scope. Names are shown only to those who may write.
        LIST "listStaff" => "A page of members of staff";
        /// Add a member of staff
        ///
        /// The code must be new. The name is optional; it is kept apart from everything else, so that it can be erased.
        CREATE "createStaff" => "The new member of staff";
        /// Read a member of staff
        ///
        /// The name is shown only to those who may write.
        READ "getStaff" => "The member of staff";
        /// Change a member of staff
        ///
        /// A JSON merge patch (RFC 7396). `tenures` is replaced as a whole; stays outside your scope must be kept. A name of
        /// `null` is erased.
        UPDATE "updateStaff" => "The member of staff as it is now";
        /// Delete a member of staff
        ///
        /// Only one without training records, and without stays outside your scope; the name goes too.
        DELETE "deleteStaff" => "It is gone";
    }
    const KEY_OF: fn(&StaffView) -> String = |view| view.member.code.to_string();
    const WRITTEN: fn(&StaffView) -> Option<&Self> = |view| Some(&view.member);
    const FIND: Find<Self> = Find::Stored(seen);
    const NAMED: Option<fn(&Self::View) -> Option<i64>> =
        Some(|view| view.member.name.as_ref()?.as_ref().map(|_| view.id.0));

    type Reads = ReadRecords;
    type Writes = WriteRecords;
    type Key = String;
    type View = StaffView;
    type Sort = Sort;
    type Filter = StaffFilter;
    type Writing = Coded;

    fn example() -> Value {
        json!({
            "code": "NV-9001", "kind": "cong_chuc", "tenures": [{"agency": "H18.SKHCN", "from": "2026-11-01"}]
        })
    }

    fn patch_example() -> Value {
        json!({"name": null})
    }

    fn list(request: PageRequest<'_, Self>) -> Stored<Page<StaffView>> {
        let PageRequest { connection, catalogue, caller, filter, sort, slice } = request;
        let agency = filter.agency.as_deref().map(|text| caller.agency(catalogue, "/agency", text)).transpose()?;
        let filter = Filter { within: caller.within(catalogue, agency), kind: filter.kind };
        let page = staff::list(connection, &filter, sort, slice)?;
        let ids: Vec<_> = page.items.iter().map(|(id, _)| *id).collect();
        let names = if sees_names(caller) { staff::names(connection, &ids)? } else { HashMap::new() };
        Ok(page.map(|(id, member)| StaffView::new(catalogue, id, &member, names.get(&id))))
    }
}

impl BatchResource for StaffInput {
    operations! {
        /// Add or change many members of staff
        ///
        /// A row is known by its code. A `name` that is left out stays; null erases it.
        BATCH "batchStaff" => "All rows were written";
    }
}

/// Transfer a member of staff
///
/// Ends the current stay the day before `on` and begins one with another agency within your scope. Training already
/// received moves along.
#[utoipa::path(
    operation_id = "transferStaff",
    extensions(("x-required-roles" = json!(permission::<WriteRecords>()))),
    tag = "staff",
    params(("code" = String, Path, description = "The staff code", example = "NV-0001", max_length = 50)),
    request_body(content = Transfer, example = json!({"agency": "H18", "on": "2026-11-20"})),
    responses((status = OK, body = StaffView, description = "The member of staff as it is now"))
)]
#[post("/staff/{code}/transfers")]
async fn transfer(
    request: HttpRequest,
    store: Data<Store>,
    write: Write<WriteRecords>,
    path: Path<String>,
    Body(target): Body<Transfer>,
) -> ApiResult {
    let caller = write.caller().clone();
    let answered = write
        .act(&store, target, writable_row::<StaffInput>(path.into_inner()), |transaction, caller, current, target| {
            let (id, catalogue) = (current.id, transaction.catalogue());
            let mut member = staff::get(transaction.connection(), id)?;
            member.tenures = target.applied_to(&catalogue, caller, &member.tenures)?;
            staff::update(transaction, id, &member)?;
            StaffView::load(transaction.connection(), &catalogue, caller, id)
        })
        .await?;
    shown_in(&store, &request, &caller, "transferStaff", answered).await
}

/// Erase a name
///
/// Removes the name for good; the code, the roll and the training records stay. Erasing an absent name succeeds. The
/// ETag to send is that of the member of staff.
#[utoipa::path(
    operation_id = "eraseStaffName",
    extensions(("x-required-roles" = json!(permission::<WriteRecords>()))),
    tag = "staff",
    params(("code" = String, Path, description = "The staff code", example = "NV-0001", max_length = 50)),
    responses((status = NO_CONTENT, description = "There is no name any more"))
)]
#[delete("/staff/{code}/name")]
async fn erase_name(store: Data<Store>, write: Write<WriteRecords>, path: Path<String>) -> ApiResult {
    write
        .delete(&store, writable_row::<StaffInput>(path.into_inner()), |transaction, _, current| {
            staff::erase_name(transaction, current.id)
        })
        .await
}

/// Filters of the list.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StaffFilter {
    /// Only people whose current or last agency is the one with this identifier or lies below it.
    agency: Option<AgencyIdentifier>,
    /// Only this kind.
    kind: Option<StaffKind>,
}

/// A member of staff as it is written.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "NV-0001"}))]
pub struct StaffInput {
    /// Staff code.
    code: Code,
    /// Legal status.
    kind: StaffKind,
    /// Name, as far as one is kept (Law 91/2025/QH15: as little personal data as possible).
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Name>)]
    name: Option<Option<Name>>,
    /// The agencies whose roll the person is or was on, in order of time; only the last stay may be open.
    tenures: Stays,
}

/// A member of staff.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaffView {
    /// Identity.
    id: StaffId,
    /// Identifier of the current agency, or of the last one.
    agency: AgencyIdentifier,
    /// Calendars in which the last change of the roll counts from another day, since it came when months were closed.
    #[schema(max_items = 100)]
    counted_from: Vec<CountedFrom>,
    /// The member of staff.
    #[serde(flatten)]
    member: StaffInput,
}

impl Keyed for StaffInput {
    const WEIGHT: usize = 20;

    fn key(&self) -> String {
        self.code.to_string()
    }
}

impl CodedResource for StaffInput {
    type Entity = Staff;
    /// The person, and the name as far as it is given: absent, it stays.
    type Row = (Staff, Option<Option<Name>>);
    type Id = StaffId;
    const ID: fn(&StaffView) -> StaffId = |view| view.id;
    const AGENCY: Option<fn(&Staff) -> AgencyId> = Some(|member| member.tenures.last().agency);
    const CODE: fn(&Staff) -> &Code = |member| &member.code;
    const GIVEN_CODE: fn(&mut Self::Row) -> &mut Code = |(member, _)| &mut member.code;
    const BY_CODE: fn(&mut Connection, &str) -> Stored<Option<(StaffId, Staff)>> = staff::find;
    const GET: fn(&mut Connection, StaffId) -> Stored<Staff> = staff::get;
    const JUDGE: fn(&mut WhatIf<'_>, Option<StaffId>, &Self::Row) -> Stored<()> =
        |what_if, id, (member, _)| staff::assume(what_if, id, member);

    fn parse(&self, catalogue: &Catalogue, caller: &Caller, before: Option<&Staff>) -> Stored<Self::Row> {
        let mut found = Violations::default();
        let before = before.map(|member| &member.tenures);
        let tenures = tenures::parse(&mut found, catalogue, caller, &self.tenures, before);
        let Self { code, kind, name, .. } = self.clone();
        let told = ToldHolders::default();
        Ok(found.finish(tenures.map(|tenures| (Staff { code, kind, tenures, told }, name)))?)
    }

    fn is_same(
        connection: &mut Connection,
        _: (&Catalogue, &Caller),
        (id, before): (StaffId, &Staff),
        (member, name): &Self::Row,
    ) -> Stored<bool> {
        let is_called = |name: &Option<Name>| Ok::<_, Error>(staff::name(connection, id)? == *name);
        Ok(before == member && name.as_ref().map_or(Ok(true), is_called)?)
    }

    fn stays_removed(before: &Staff, (member, _): &Self::Row) -> usize {
        before.tenures.left_out_of(&member.tenures)
    }

    fn store(transaction: &mut Transaction<'_>, id: Option<StaffId>, (member, name): &Self::Row) -> Stored<StaffId> {
        if let Some(id) = id {
            let updated = match name {
                Some(name) => staff::update_named(transaction, id, member, name.as_ref()),
                None => staff::update(transaction, id, member),
            };
            return updated.map(|()| id);
        }
        let id = staff::insert(transaction, member)?;
        if let Some(Some(name)) = name {
            staff::set_name(transaction, id, name)?;
        }
        Ok(id)
    }

    fn remove(transaction: &mut Transaction<'_>, caller: &Caller, id: StaffId) -> Stored<()> {
        let (catalogue, before) = (transaction.catalogue(), staff::get(transaction.connection(), id)?);
        tenures::require_kept(&catalogue, caller, before.tenures.all(), &[]).map_err(Error::Conflict)?;
        staff::delete(transaction, id)
    }

    fn view(
        connection: &mut Connection,
        (catalogue, caller): (&Catalogue, &Caller),
        id: StaffId,
        _: &Self::Row,
    ) -> Stored<StaffView> {
        StaffView::load(connection, catalogue, caller, id)
    }
}

impl StaffView {
    fn new(catalogue: &Catalogue, id: StaffId, member: &Staff, name: Option<&Name>) -> Self {
        let agency = identifier(catalogue, member.tenures.last().agency);
        let counted_from = roll_counted_from(catalogue, &member.told);
        let member = StaffInput {
            code: member.code.clone(),
            kind: member.kind,
            name: Some(name.cloned()),
            tenures: tenures::written(catalogue, &member.tenures),
        };
        Self { id, agency, counted_from, member }
    }

    /// The member of staff with an identity; the name for those who may see it.
    pub fn load(connection: &mut Connection, catalogue: &Catalogue, caller: &Caller, id: StaffId) -> Stored<Self> {
        let member = staff::get(connection, id)?;
        let name = if sees_names(caller) { staff::name(connection, id)? } else { None };
        Ok(Self::new(catalogue, id, &member, name.as_ref()))
    }
}

/// The member of staff in an address, within the caller's scope.
fn visible(
    connection: &mut Connection,
    catalogue: &Catalogue,
    caller: &Caller,
    code: &str,
) -> Stored<(StaffId, Staff)> {
    let missing = || Error::NotFound(changes::Resource::Staff);
    let code = Code::parse("/code", code).map_err(|_| missing())?;
    let (id, member) = staff::find(connection, code.as_str())?.ok_or_else(missing)?;
    caller.require(catalogue, member.tenures.last().agency, changes::Resource::Staff)?;
    Ok((id, member))
}

/// The member of staff in an address, as the caller sees it.
fn seen(connection: &mut Connection, catalogue: &Catalogue, caller: &Caller, code: String) -> Stored<StaffView> {
    let (id, _) = visible(connection, catalogue, caller, &code)?;
    StaffView::load(connection, catalogue, caller, id)
}
