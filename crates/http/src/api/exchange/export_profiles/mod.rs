//! Export profiles: the provincial report in the form other systems ask for, without a new build.

mod document;
mod metadata;
mod sources;
mod wire;

use crate::api::figures::provincial_report;
use crate::api::figures::provincial_report::ReportQuery;
use crate::auth::caller::{Allowed, Caller, Manage, Read, permission};
use crate::problem::Problem;
use crate::request::as_of::AsOfQuery;
use crate::request::body::{Body, NoParameters, Patch, Query};
use crate::request::list::{CountParams, Items, Whole, WholeParams};
use crate::request::write::{ApiResult, Created, Write};
use crate::response::etag;
use crate::store::Store;
use actix_web::http::StatusCode;
use actix_web::http::header::ETAG;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post};
use document::ExportedReport;
use metadata::ExportMetadata;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::exchange::export_profiles::shaping::shape;
use thidua_domain::exchange::export_profiles::{ExportProfile, NATIVE};
use thidua_domain::id::ExportProfileId;
use thidua_domain::log::changes::Resource;
use thidua_domain::violation::Violation;
use thidua_persistence::exchange::export_profiles;
use thidua_persistence::{Error, Result as Stored, Transaction};
use utoipa_actix_web::service_config::ServiceConfig;
use wire::{ExportProfileInput, ExportProfileView};

/// Export profiles, and the report in their form.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list).service(create).service(report).service(describe);
    config.service(read).service(update).service(remove);
}

/// List export profiles
///
/// All of them on one page: `native`, which is built in, then the others by code.
#[utoipa::path(
    operation_id = "listExportProfiles",
    extensions(("x-required-roles" = json!(permission::<Read>()))),
    tag = "export-profiles",
    params(WholeParams<ExportProfileView>, CountParams),
    responses((status = OK, body = Items<ExportProfileView>, description = "The export profiles"))
)]
#[get("/export-profiles")]
async fn list(
    request: HttpRequest,
    store: Data<Store>,
    _caller: Allowed<Read>,
    list: Whole<ExportProfileView, NoParameters>,
) -> Result<HttpResponse, Problem> {
    let catalogue = store.catalogue();
    let mut profiles: Vec<_> = catalogue.export_profiles.iter().collect();
    profiles.sort_by(|(_, a), (_, b)| a.code.cmp(&b.code));
    let others = profiles.into_iter().map(|(id, profile)| ExportProfileView::new(*id, profile.clone()));
    list.answer(request.headers(), std::iter::once(ExportProfileView::native()).chain(others).collect())
}

/// Create an export profile
///
/// A mapping from the provincial report to what another system takes. Every path in it must be one that the report has
/// (`GET /api/v1/export-profiles/native/metadata` lists them), with a format that fits what stands there.
#[utoipa::path(
    operation_id = "createExportProfile",
    extensions(("x-required-roles" = json!(permission::<Manage>()))),
    tag = "export-profiles",
    request_body(content = ExportProfileInput, example = json!({
        "code": "vi-du-dong-goi", "name_vi": "Ví dụ: gói tin có phần đầu", "name_en": "Example: a packet with a head",
        "description": "Chỉ để minh họa cách viết; không phải quy cách của hệ thống nào.", "is_example": true,
        "mapping": {
            "rows": "attainments",
            "envelope": {"rows_name": "Data.Items", "members": [
                {"name": "Head.Version", "label_vi": "Phiên bản", "value": {"kind": "constant", "text": "1.0"}},
                {"name": "Head.Period", "label_vi": "Kỳ báo cáo", "value":
                    {"kind": "period", "from": {"of": "report", "path": "period"}, "pattern": "digits"}}
            ]},
            "properties": [
                {"name": "Unit.Code", "label_vi": "Mã định danh", "value": {"kind": "text", "from": {"path": "agency"}}},
                {"name": "Unit.Name", "label_vi": "Tên cơ quan", "value":
                    {"kind": "text", "from": {"of": "agency", "path": "name_vi"}}},
                {"name": "Kpi", "label_vi": "Mã chỉ tiêu", "value": {"kind": "text", "from": {"path": "indicator"}}},
                {"name": "Until", "label_vi": "Đến ngày", "value":
                    {"kind": "date", "from": {"path": "window.to"}, "pattern": "yyyyMMdd"}},
                {"name": "Value", "label_vi": "Tử số", "value": {"kind": "whole_number", "from": {"path": "numerator"}}},
                {"name": "Status", "label_vi": "Kết quả", "value": {"kind": "code", "from": {"path": "verdict"},
                    "codes": [{"from": "met", "to": "1"}], "otherwise": "0"}}
            ]
        }
    })),
    responses((status = CREATED, body = ExportProfileView, description = "The new export profile"))
)]
#[post("/export-profiles")]
async fn create(store: Data<Store>, write: Write<Manage>, Body(input): Body<ExportProfileInput>) -> ApiResult {
    write
        .create(&store, input, |transaction, _, input| {
            let id = export_profiles::insert(transaction, &input.parse()?)?;
            let view = view(&transaction.catalogue(), id)?;
            Ok(Created::at(format!("export-profiles/{}", view.code), view))
        })
        .await
}

/// Pull the report in a profile's form
///
/// The provincial report of a period within your scope, re-shaped. With `native` it is the report itself. The strong
/// `ETag` changes with every change of the data and of the profile. The header `JWS-Signature` proves the bytes of the
/// answer as they are, members in the mapping's order; so keep them as they came.
#[utoipa::path(
    operation_id = "getExportedReport",
    extensions(("x-required-roles" = json!(permission::<Read>()))),
    tag = "export-profiles",
    params(
        ("profile" = String, Path, description = "The profile's code", example = "vi-du-cong-tinh", max_length = 50),
        ReportQuery
    ),
    responses((status = OK, body = ExportedReport, description = "The report in the profile's form, with a strong `ETag`",
        example = json!([{
            "MaDonVi": "H18.SKHCN", "MaChiTieu": "CT7", "KyBaoCao": "202610", "TuNgay": "15/09/2026",
            "DenNgay": "14/10/2026", "TuSo": 37, "MauSo": 40, "KetQua": "Chưa đạt"
        }])
    ))
)]
#[get("/export-profiles/{profile}/report")]
async fn report(
    request: HttpRequest,
    store: Data<Store>,
    caller: Allowed<Read>,
    path: Path<String>,
    Query(query): Query<ReportQuery>,
) -> Result<HttpResponse, Problem> {
    let response = shaped(&request, &store, &caller, &path, &query).await?;
    if response.status() == StatusCode::OK {
        let tag = response.headers().get(ETAG).and_then(|tag| tag.to_str().ok()).unwrap_or_default();
        query
            .record(&request, &store, &caller, "getExportedReport", &format!("{path} {}", tag.trim_matches('"')))
            .await?;
    }
    Ok(response)
}

async fn shaped(
    request: &HttpRequest,
    store: &Store,
    caller: &Caller,
    code: &str,
    query: &ReportQuery,
) -> Result<HttpResponse, Problem> {
    let model = store.judged(query.as_of.as_deref(), query.judged_on).await?;
    let (keys, basis) = (store.signing_keys(), provincial_report::basis(&model, query)?);
    let whole = || provincial_report::document(&model, caller, query);
    if code == NATIVE {
        return etag::signed_unless_known(request, caller, basis, &keys.current, whole);
    }
    let (id, profile) = find(&model.catalogue, code)?;
    etag::signed_unless_known_as(request, caller, basis, &keys.current, id, || {
        let document = serde_json::to_value(whole()?).map_err(Problem::internal)?;
        Ok(shape(&profile.mapping, &document))
    })
}

/// Describe what a profile sends
///
/// The twin of the report in a profile's form: its properties in order, each with its type, format, label and code list.
/// With `native` it lists every path that a mapping can name.
#[utoipa::path(
    operation_id = "getExportMetadata",
    extensions(("x-required-roles" = json!(permission::<Read>()))),
    tag = "export-profiles",
    params(("profile" = String, Path, description = "The profile's code", example = "vi-du-cong-tinh", max_length = 50)),
    responses((status = OK, body = ExportMetadata, description = "The properties"))
)]
#[get("/export-profiles/{profile}/metadata")]
async fn describe(store: Data<Store>, _caller: Allowed<Read>, path: Path<String>) -> Result<HttpResponse, Problem> {
    if path.as_str() == NATIVE {
        return Ok(etag::ok(&ExportMetadata::native()));
    }
    let catalogue = store.catalogue();
    let (_, profile) = find(&catalogue, &path)?;
    Ok(etag::ok(&ExportMetadata::new(profile)))
}

/// Read an export profile
///
/// The profile with its mapping; `native` has none.
#[utoipa::path(
    operation_id = "getExportProfile",
    extensions(("x-required-roles" = json!(permission::<Read>()))),
    tag = "export-profiles",
    params(
        ("profile" = String, Path, description = "The profile's code", example = "vi-du-cong-tinh", max_length = 50),
        AsOfQuery
    ),
    responses((status = OK, body = ExportProfileView, description = "The export profile"))
)]
#[get("/export-profiles/{profile}")]
async fn read(
    store: Data<Store>,
    _caller: Allowed<Read>,
    path: Path<String>,
    Query(query): Query<AsOfQuery>,
) -> Result<HttpResponse, Problem> {
    let catalogue = store.catalogue_as_of(&query).await?;
    if path.as_str() == NATIVE {
        return Ok(etag::ok(&ExportProfileView::native()));
    }
    let (id, _) = find(&catalogue, &path)?;
    Ok(etag::ok(&view(&catalogue, id)?))
}

/// Change an export profile
///
/// A JSON merge patch (RFC 7396); a list in it replaces the whole list. What is pulled next has the new form. `native`
/// cannot be changed.
#[utoipa::path(
    operation_id = "updateExportProfile",
    extensions(("x-required-roles" = json!(permission::<Manage>()))),
    tag = "export-profiles",
    params(("profile" = String, Path, description = "The profile's code", example = "vi-du-cong-tinh", max_length = 50)),
    request_body(content = ExportProfileInput, content_type = "application/merge-patch+json", example = json!({
        "mapping": {"envelope": {"rows_name": "DuLieu"}}
    })),
    responses((status = OK, body = ExportProfileView, description = "The export profile as it is now"))
)]
#[patch("/export-profiles/{profile}")]
async fn update(store: Data<Store>, write: Write<Manage>, path: Path<String>, patch: Patch) -> ApiResult {
    write
        .update(&store, current(path), move |transaction, _, current| {
            let id = ExportProfileId(current.id);
            let before = ExportProfileInput::from(stored(&transaction.catalogue(), id)?.clone());
            export_profiles::update(transaction, id, &patch.applied_to(&before)?.parse()?)?;
            view(&transaction.catalogue(), id)
        })
        .await
}

/// Delete an export profile
///
/// Whoever pulls by it finds nothing from then on. `native` cannot be deleted.
#[utoipa::path(
    operation_id = "deleteExportProfile",
    extensions(("x-required-roles" = json!(permission::<Manage>()))),
    tag = "export-profiles",
    params(("profile" = String, Path, description = "The profile's code", example = "vi-du-dong-goi", max_length = 50)),
    responses((status = NO_CONTENT, description = "It is gone"))
)]
#[delete("/export-profiles/{profile}")]
async fn remove(store: Data<Store>, write: Write<Manage>, path: Path<String>) -> ApiResult {
    write
        .delete(&store, current(path), |transaction, _, current| {
            export_profiles::delete(transaction, ExportProfileId(current.id))
        })
        .await
}

/// The profile in an address.
fn find<'c>(catalogue: &'c Catalogue, code: &str) -> Stored<(ExportProfileId, &'c ExportProfile)> {
    catalogue.export_profile(code).ok_or(Error::NotFound(Resource::ExportProfiles))
}

fn stored(catalogue: &Catalogue, id: ExportProfileId) -> Stored<&ExportProfile> {
    catalogue.export_profiles.get(&id).ok_or(Error::NotFound(Resource::ExportProfiles))
}

fn view(catalogue: &Catalogue, id: ExportProfileId) -> Stored<ExportProfileView> {
    Ok(ExportProfileView::new(id, stored(catalogue, id)?.clone()))
}

/// The profile in an address, as it stands when a write begins.
fn current(path: Path<String>) -> impl FnOnce(&mut Transaction<'_>, &Caller) -> Stored<ExportProfileView> + Clone {
    let path = path.into_inner();
    move |transaction, _| {
        if path.as_str() == NATIVE {
            return Err(Error::Conflict(Violation::new("", "built_in_profile")));
        }
        let catalogue = transaction.catalogue();
        let (id, _) = find(&catalogue, &path)?;
        view(&catalogue, id)
    }
}
