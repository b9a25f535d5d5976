//! Export profiles: the provincial report in the form other systems ask for, without a new build.

mod document;
mod metadata;
mod sources;
mod wire;

use crate::api::figures::provincial_report;
use crate::api::figures::provincial_report::ReportQuery;
use crate::auth::caller::{Allowed, Caller, Read, permission};
use crate::problem::Problem;
use crate::request::body::{NoParameters, Query};
use crate::request::list::{CountParams, Items, Whole, WholeParams};
use crate::request::resource::verbs;
use crate::response::etag;
use crate::store::Store;
use actix_web::http::StatusCode;
use actix_web::http::header::ETAG;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, get};
use document::ExportedReport;
use metadata::ExportMetadata;
use thidua_domain::exchange::export_profiles::shaping::shape;
use utoipa_actix_web::service_config::ServiceConfig;
use wire::{ExportProfileInput, ExportProfileView, find, is_native};

/// Export profiles, and the report in their form.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list).service(report).service(describe);
    verbs::<ExportProfileInput>(config);
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
    if is_native(&model.catalogue, code) {
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
    let catalogue = store.catalogue();
    if is_native(&catalogue, &path) {
        return Ok(etag::ok(&ExportMetadata::native()));
    }
    let (_, profile) = find(&catalogue, &path)?;
    Ok(etag::ok(&ExportMetadata::new(profile)))
}
