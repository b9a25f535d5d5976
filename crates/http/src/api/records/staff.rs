//! Members of staff.

use crate::api::closing::late::{CountedFrom, roll_counted_from};
use crate::api::records::tenures;
use crate::api::records::tenures::{TenureInput, Transfer};
use crate::auth::caller::{Allowed, Caller, ReadRecords, WriteRecords, permission};
use crate::problem::Problem;
use crate::problem::batch_report::BatchReport;
use crate::request::agency_identifier::identifier;
use crate::request::as_of::AsOfQuery;
use crate::request::batch;
use crate::request::batch::{BatchQuery, Keyed, Rows};
use crate::request::body::{Body, Patch, Query};
use crate::request::list::{Items, List, ListParams};
use crate::request::schemas;
use crate::request::taken_codes::counting;
use crate::request::write::{ApiResult, Created, Write};
use crate::response::etag;
use crate::response::shown_names::{sees_names, shown, shown_in};
use crate::store::Store;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::closing::late::Told;
use thidua_domain::id::{AgencyId, StaffId};
use thidua_domain::log::changes::Resource;
use thidua_domain::records::staff::{Staff, StaffKind};
use thidua_domain::records::tenures::Tenures;
use thidua_domain::text::{Code, Name, optional};
use thidua_domain::violation::{Violation, Violations};
use thidua_persistence::records::staff;
use thidua_persistence::records::staff::{Filter, Sort};
use thidua_persistence::write::batch::{Mode, RowOutcome};
use thidua_persistence::{Connection, Error, Result as Stored, Transaction};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

/// Members of staff, their moves, and erasing their names.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list).service(create).service(write_many).service(read).service(update).service(remove);
    config.service(transfer).service(erase_name);
}

/// List members of staff
///
/// The people whose current or last agency lies within your scope. Names are shown only to those who may write.
#[utoipa::path(
    operation_id = "listStaff",
    extensions(("x-required-roles" = json!(permission::<ReadRecords>()))),
    tag = "staff",
    params(ListParams<StaffView, Sort>, StaffFilter),
    responses((status = OK, body = Items<StaffView>, description = "A page of members of staff"))
)]
#[get("/staff")]
async fn list(
    request: HttpRequest,
    store: Data<Store>,
    caller: Allowed<ReadRecords>,
    list: List<StaffView, Sort, StaffFilter>,
) -> Result<HttpResponse, Problem> {
    let catalogue = store.catalogue();
    let wanted = &list.filter;
    let agency = wanted.agency.as_deref().map(|text| caller.agency(&catalogue, "/agency", text)).transpose()?;
    let filter = Filter { within: caller.within(&catalogue, agency), kind: wanted.kind };
    let (sort, slice, named) = (list.order.sort, list.order.slice.clone(), sees_names(&caller));
    let (page, names) = store
        .read(move |connection| {
            let page = staff::list(connection, &filter, sort, &slice)?;
            let ids: Vec<_> = page.items.iter().map(|(id, _)| *id).collect();
            let names = if named { staff::names(connection, &ids)? } else { HashMap::new() };
            Ok((page, names))
        })
        .await?;
    shown(&store, &request, &caller, "listStaff", names.keys().map(|id| id.0).collect()).await?;
    let convert = |(id, member): (StaffId, Staff)| StaffView::new(&catalogue, id, &member, names.get(&id));
    Ok(list.order.answer(page, convert))
}

/// Add a member of staff
///
/// The code must be new. The name is optional; it is kept apart from everything else, so that it can be erased.
#[utoipa::path(
    operation_id = "createStaff",
    extensions(("x-required-roles" = json!(permission::<WriteRecords>()))),
    tag = "staff",
    request_body(content = StaffInput, example = json!({
        "code": "NV-9001", "kind": "cong_chuc", "tenures": [{"agency": "H18.SKHCN", "from": "2026-11-01"}]
    })),
    responses((status = CREATED, body = StaffView, description = "The new member of staff"))
)]
#[post("/staff")]
async fn create(store: Data<Store>, write: Write<WriteRecords>, Body(input): Body<StaffInput>) -> ApiResult {
    write
        .create(&store, input, |transaction, caller, input| {
            let catalogue = transaction.catalogue();
            let (member, name) = input.parse(&catalogue, caller, None)?;
            let id = counting(transaction, caller, (&member.code, holder), |new| staff::insert(new, &member))?;
            if let Some(name) = &name {
                staff::set_name(transaction, id, name)?;
            }
            let view = StaffView::load(transaction.connection(), &catalogue, caller, id)?;
            Ok(Created::at(format!("staff/{}", member.code), view))
        })
        .await
}

/// Add or change many members of staff
///
/// A JSON array, or one JSON object a line (NDJSON), of at most 100,000 rows; all or none, or only tried, of at most
/// 500 unless the installation says otherwise. Each row is complete: what is left out is removed.
/// A row is known by its code. A name that is left out is erased.
#[utoipa::path(
    operation_id = "batchStaff",
    extensions(("x-required-roles" = json!(permission::<WriteRecords>()))),
    tag = "staff",
    params(BatchQuery),
    request_body(content(
        (Vec<StaffInput> = "application/json", example = json!([{"code": "NV-9001", "kind": "cong_chuc", "tenures": [{"agency": "H18.SKHCN", "from": "2026-11-01"}]}])),
        (StaffInput = "application/x-ndjson", example = json!({"code": "NV-9001", "kind": "cong_chuc", "tenures": [{"agency": "H18.SKHCN", "from": "2026-11-01"}]}))
    )),
    responses(
        (status = OK, body = BatchReport, description = "All rows were written"),
        (status = 207, body = BatchReport, description = "The result of each row")
    )
)]
#[post("/staff/batch")]
async fn write_many(
    store: Data<Store>,
    write: Write<WriteRecords>,
    Query(query): Query<BatchQuery>,
    rows: Rows<StaffInput>,
) -> ApiResult {
    batch::run(&store, write, &query, rows, write_set).await
}

/// Read a member of staff
///
/// The name is shown only to those who may write.
#[utoipa::path(
    operation_id = "getStaff",
    extensions(("x-required-roles" = json!(permission::<ReadRecords>()))),
    tag = "staff",
    params(("code" = String, Path, description = "The staff code", example = "NV-0001", max_length = 50), AsOfQuery),
    responses((status = OK, body = StaffView, description = "The member of staff"))
)]
#[get("/staff/{code}")]
async fn read(
    request: HttpRequest,
    store: Data<Store>,
    caller: Allowed<ReadRecords>,
    path: Path<String>,
    Query(query): Query<AsOfQuery>,
) -> Result<HttpResponse, Problem> {
    let author = caller.caller();
    let view = store
        .read_as_of(&query, move |connection, catalogue| {
            let (id, _) = visible(connection, catalogue, &author, &path)?;
            StaffView::load(connection, catalogue, &author, id)
        })
        .await?;
    let named = view.member.name.is_some().then_some(view.id);
    shown(&store, &request, &caller, "getStaff", named.into_iter().collect()).await?;
    Ok(etag::ok(&view))
}

/// Change a member of staff
///
/// A JSON merge patch (RFC 7396). `tenures` is replaced as a whole; stays outside your scope must be kept. A name of
/// `null` is erased.
#[utoipa::path(
    operation_id = "updateStaff",
    extensions(("x-required-roles" = json!(permission::<WriteRecords>()))),
    tag = "staff",
    params(("code" = String, Path, description = "The staff code", example = "NV-0001", max_length = 50)),
    request_body(content = StaffInput, content_type = "application/merge-patch+json", example = json!({
        "name": null
    })),
    responses((status = OK, body = StaffView, description = "The member of staff as it is now"))
)]
#[patch("/staff/{code}")]
async fn update(
    request: HttpRequest,
    store: Data<Store>,
    write: Write<WriteRecords>,
    path: Path<String>,
    patch: Patch,
) -> ApiResult {
    let caller = write.caller().clone();
    let answered = write
        .update(&store, current(path), move |transaction, caller, current| {
            let (id, catalogue) = (StaffId(current.id), transaction.catalogue());
            let before = staff::get(transaction.connection(), id)?;
            let (after, name) = patch.applied_to(&current.member)?.parse(&catalogue, caller, Some(&before))?;
            counting(transaction, caller, (&after.code, holder), |changed| {
                staff::update_named(changed, id, &after, name.as_ref())
            })?;
            StaffView::load(transaction.connection(), &catalogue, caller, id)
        })
        .await?;
    shown_in(&store, &request, &caller, "updateStaff", answered).await
}

/// Delete a member of staff
///
/// Only one without training records, and without stays outside your scope; the name goes too.
#[utoipa::path(
    operation_id = "deleteStaff",
    extensions(("x-required-roles" = json!(permission::<WriteRecords>()))),
    tag = "staff",
    params(("code" = String, Path, description = "The staff code", example = "NV-9001", max_length = 50)),
    responses((status = NO_CONTENT, description = "It is gone"))
)]
#[delete("/staff/{code}")]
async fn remove(store: Data<Store>, write: Write<WriteRecords>, path: Path<String>) -> ApiResult {
    write
        .delete(&store, current(path), |transaction, caller, current| {
            let before = staff::get(transaction.connection(), StaffId(current.id))?;
            let catalogue = transaction.catalogue();
            tenures::require_kept(&catalogue, caller, before.tenures.all(), &[]).map_err(Error::Conflict)?;
            staff::delete(transaction, StaffId(current.id))
        })
        .await
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
        .act(&store, target, current(path), |transaction, caller, current, target| {
            let (id, catalogue) = (StaffId(current.id), transaction.catalogue());
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
        .delete(&store, current(path), |transaction, _, current| staff::erase_name(transaction, StaffId(current.id)))
        .await
}

/// Filters of the list.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct StaffFilter {
    /// Only people whose current or last agency is the one with this identifier or lies below it.
    #[validate(length(max = 35))]
    #[param(format = "agency-identifier")]
    agency: Option<String>,
    /// Only this kind.
    #[param(value_type = Option<schemas::StaffKind>)]
    kind: Option<StaffKind>,
}

/// A member of staff as it is written.
#[derive(Debug, Clone, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StaffInput {
    /// Staff code.
    #[validate(length(min = 1, max = 50))]
    #[schema(format = "code", example = "NV-0001")]
    code: String,
    /// Legal status.
    #[schema(value_type = schemas::StaffKind)]
    kind: StaffKind,
    /// Name, as far as one is kept (Law 91/2025/QH15: as little personal data as possible).
    #[validate(length(min = 1, max = 300))]
    #[schema(format = "name")]
    name: Option<String>,
    /// The agencies whose roll the person is or was on, in order of time; only the last stay may be open.
    #[validate(length(min = 1, max = 100), nested)]
    #[schema(min_items = 1, max_items = 100)]
    tenures: Vec<TenureInput>,
}

/// A member of staff.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaffView {
    /// Identity.
    #[schema(minimum = 1)]
    id: i64,
    /// Identifier of the current agency, or of the last one.
    #[schema(format = "agency-identifier")]
    agency: String,
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
        self.code.clone()
    }
}

impl StaffInput {
    fn parse(
        &self,
        catalogue: &Catalogue,
        caller: &Caller,
        before: Option<&Staff>,
    ) -> Result<(Staff, Option<Name>), Vec<Violation>> {
        let mut found = Violations::default();
        let code = found.take(Code::parse("/code", &self.code));
        let name = found.take(optional(self.name.as_deref(), |text| Name::parse("/name", text)));
        let before = before.map(|member| &member.tenures);
        let tenures = tenures::parse(&mut found, catalogue, caller, &self.tenures, before);
        let member = (|| {
            let told = Told::default();
            Some((Staff { code: code?, kind: self.kind, tenures: tenures?, told }, name?))
        })();
        found.finish(member)
    }
}

impl StaffView {
    fn new(catalogue: &Catalogue, id: StaffId, member: &Staff, name: Option<&Name>) -> Self {
        let agency = identifier(catalogue, member.tenures.last().agency);
        let counted_from = roll_counted_from(catalogue, &member.told);
        let member = StaffInput {
            code: member.code.to_string(),
            kind: member.kind,
            name: name.map(ToString::to_string),
            tenures: tenures::written(catalogue, &member.tenures),
        };
        Self { id: id.0, agency, counted_from, member }
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
    let missing = || Error::NotFound(Resource::Staff);
    let code = Code::parse("/code", code).map_err(|_| missing())?;
    let (id, member) = staff::find(connection, code.as_str())?.ok_or_else(missing)?;
    caller.require(catalogue, member.tenures.last().agency, Resource::Staff)?;
    Ok((id, member))
}

/// The member of staff in an address, as it stands when a write begins.
fn current(path: Path<String>) -> impl FnOnce(&mut Transaction<'_>, &Caller) -> Stored<StaffView> + Clone {
    let path = path.into_inner();
    move |transaction, caller| {
        let catalogue = transaction.catalogue();
        let (id, _) = visible(transaction.connection(), &catalogue, caller, &path)?;
        StaffView::load(transaction.connection(), &catalogue, caller, id)
    }
}

fn write_set(
    transaction: &mut Transaction<'_>,
    caller: &Caller,
    inputs: &[&StaffInput],
    mode: Mode,
) -> Stored<Vec<RowOutcome>> {
    let catalogue = transaction.catalogue();
    batch::write_each(transaction, inputs, |transaction, input| {
        // A row of another scope looks like a missing one; a new row under its code is refused because the code is
        // taken.
        let seen = |tenures: &Tenures| caller.sees(&catalogue, tenures.last().agency);
        let stored = stored(transaction, &input.code)?.filter(|(_, row)| seen(&row.tenures));
        let before = stored.as_ref().map(|(_, member)| member);
        let (member, name) = input.parse(&catalogue, caller, before)?;
        let Some((id, before)) = stored else {
            batch::require_new(mode)?;
            let id = counting(transaction, caller, (&member.code, holder), |new| staff::insert(new, &member))?;
            if let Some(name) = &name {
                staff::set_name(transaction, id, name)?;
            }
            return Ok(RowOutcome::Created);
        };
        batch::require_known(mode)?;
        if before == member && staff::name(transaction.connection(), id)? == name {
            return Ok(RowOutcome::Unchanged);
        }
        staff::update_named(transaction, id, &member, name.as_ref())?;
        Ok(RowOutcome::Updated)
    })
}

/// The agency of the member of staff who has a code.
fn holder(connection: &mut Connection, code: &str) -> Stored<Option<AgencyId>> {
    Ok(staff::find(connection, code)?.map(|(_, member)| member.tenures.last().agency))
}

fn stored(transaction: &mut Transaction<'_>, code: &str) -> Stored<Option<(StaffId, Staff)>> {
    if Code::parse("", code).is_ok() { staff::find(transaction.connection(), code) } else { Ok(None) }
}
