//! Courses.

use crate::auth::caller::{Allowed, Caller, Read, WriteRecords, permission};
use crate::problem::Problem;
use crate::problem::batch_report::BatchReport;
use crate::request::agency_identifier::identifier;
use crate::request::as_of::AsOfQuery;
use crate::request::batch;
use crate::request::batch::{BatchQuery, Keyed, Rows};
use crate::request::body::{Body, Patch, Query};
use crate::request::list::{Items, List, ListParams};
use crate::request::schemas;
use crate::request::write::{ApiResult, Created, Write};
use crate::response::etag;
use crate::store::Store;
use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, delete, get, patch, post};
use serde::{Deserialize, Serialize};
use thidua_domain::Date;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::id::{AgencyId, CourseId};
use thidua_domain::log::changes::Resource;
use thidua_domain::records::courses::{Course, CourseForm, CourseKind};
use thidua_domain::text::{Code, Name};
use thidua_domain::violation::{Violation, Violations};
use thidua_persistence::records::courses;
use thidua_persistence::records::courses::{Filter, Sort};
use thidua_persistence::write::batch::{Mode, RowOutcome};
use thidua_persistence::{Connection, Error, Result as Stored, Transaction};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

/// Courses. People of every agency may attend one, so everyone reads them all.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list).service(create).service(write_many).service(read).service(update).service(remove);
}

/// List courses
///
/// All courses of the province, whoever holds them.
#[utoipa::path(
    operation_id = "listCourses",
    extensions(("x-required-roles" = json!(permission::<Read>()))),
    tag = "courses",
    params(ListParams<CourseView, Sort>, CourseFilter),
    responses((status = OK, body = Items<CourseView>, description = "A page of courses"))
)]
#[get("/courses")]
async fn list(
    store: Data<Store>,
    caller: Allowed<Read>,
    list: List<CourseView, Sort, CourseFilter>,
) -> Result<HttpResponse, Problem> {
    let catalogue = store.catalogue();
    let wanted = &list.filter;
    let filter = Filter {
        within: wanted.agency.as_deref().map(|text| held_by(&catalogue, &caller, text)).transpose()?,
        kind: wanted.kind,
        form: wanted.form,
        from: wanted.from,
        to: wanted.to,
    };
    let (sort, slice) = (list.order.sort, list.order.slice.clone());
    let page = store.read(move |connection| courses::list(connection, &filter, sort, &slice)).await?;
    Ok(list.order.answer(page, |(id, course)| CourseView::new(&catalogue, id, &course)))
}

/// Create a course
///
/// The code must be new, and the organiser within your scope.
#[utoipa::path(
    operation_id = "createCourse",
    extensions(("x-required-roles" = json!(permission::<WriteRecords>()))),
    tag = "courses",
    request_body(content = CourseInput, example = json!({
        "code": "ATTT-2026-98", "name": "Bảo đảm an toàn thông tin cho người dùng (ví dụ)",
        "kind": "information_security", "form": "blended", "hours": 16, "from": "2026-11-03", "to": "2026-11-04",
        "organiser": "H18.SKHCN"
    })),
    responses((status = CREATED, body = CourseView, description = "The new course"))
)]
#[post("/courses")]
async fn create(store: Data<Store>, write: Write<WriteRecords>, Body(input): Body<CourseInput>) -> ApiResult {
    write
        .create(&store, input, |transaction, caller, input| {
            let catalogue = transaction.catalogue();
            let course = input.parse(&catalogue, caller)?;
            let id = courses::insert(transaction, &course)?;
            Ok(Created::at(format!("courses/{}", course.code), CourseView::new(&catalogue, id, &course)))
        })
        .await
}

/// Create or change many courses
///
/// A JSON array, or one JSON object a line (NDJSON), of at most 100,000 rows; all or none, or only tried, of at most
/// 500 unless the installation says otherwise. Each row is complete: what is left out is removed.
/// A row is known by its code.
#[utoipa::path(
    operation_id = "batchCourses",
    extensions(("x-required-roles" = json!(permission::<WriteRecords>()))),
    tag = "courses",
    params(BatchQuery),
    request_body(content(
        (Vec<CourseInput> = "application/json", example = json!([{"code": "ATTT-2026-98", "name": "Bảo đảm an toàn thông tin cho người dùng (ví dụ)", "kind": "information_security", "form": "blended", "hours": 16, "from": "2026-11-03", "to": "2026-11-04", "organiser": "H18.SKHCN"}])),
        (CourseInput = "application/x-ndjson", example = json!({"code": "ATTT-2026-98", "name": "Bảo đảm an toàn thông tin cho người dùng (ví dụ)", "kind": "information_security", "form": "blended", "hours": 16, "from": "2026-11-03", "to": "2026-11-04", "organiser": "H18.SKHCN"}))
    )),
    responses(
        (status = OK, body = BatchReport, description = "All rows were written"),
        (status = 207, body = BatchReport, description = "The result of each row")
    )
)]
#[post("/courses/batch")]
async fn write_many(
    store: Data<Store>,
    write: Write<WriteRecords>,
    Query(query): Query<BatchQuery>,
    rows: Rows<CourseInput>,
) -> ApiResult {
    batch::run(&store, write, &query, rows, write_set).await
}

/// Read a course
///
/// Any course of the province, whoever holds it.
#[utoipa::path(
    operation_id = "getCourse",
    extensions(("x-required-roles" = json!(permission::<Read>()))),
    tag = "courses",
    params(("code" = String, Path, description = "The course's code", example = "KNS-2026-99", max_length = 50), AsOfQuery),
    responses((status = OK, body = CourseView, description = "The course"))
)]
#[get("/courses/{code}")]
async fn read(
    store: Data<Store>,
    _caller: Allowed<Read>,
    path: Path<String>,
    Query(query): Query<AsOfQuery>,
) -> Result<HttpResponse, Problem> {
    let view = store
        .read_as_of(&query, move |connection, catalogue| {
            let (id, course) = find(connection, &path)?;
            Ok(CourseView::new(catalogue, id, &course))
        })
        .await?;
    Ok(etag::ok(&view))
}

/// Change a course
///
/// A JSON merge patch (RFC 7396). The organiser must lie within your scope before and after. Another kind changes whom
/// the course counts for.
#[utoipa::path(
    operation_id = "updateCourse",
    extensions(("x-required-roles" = json!(permission::<WriteRecords>()))),
    tag = "courses",
    params(("code" = String, Path, description = "The course's code", example = "KNS-2026-99", max_length = 50)),
    request_body(content = CourseInput, content_type = "application/merge-patch+json", example = json!({"hours": 24})),
    responses((status = OK, body = CourseView, description = "The course as it is now"))
)]
#[patch("/courses/{code}")]
async fn update(store: Data<Store>, write: Write<WriteRecords>, path: Path<String>, patch: Patch) -> ApiResult {
    write
        .update(&store, current(path), move |transaction, caller, current| {
            let (id, catalogue) = (CourseId(current.id), transaction.catalogue());
            let after = patch.applied_to(&current.course)?.parse(&catalogue, caller)?;
            courses::update(transaction, id, &after)?;
            Ok(CourseView::new(&catalogue, id, &after))
        })
        .await
}

/// Delete a course
///
/// Only one without training records, held by an agency within your scope.
#[utoipa::path(
    operation_id = "deleteCourse",
    extensions(("x-required-roles" = json!(permission::<WriteRecords>()))),
    tag = "courses",
    params(("code" = String, Path, description = "The course's code", example = "ATTT-2026-98", max_length = 50)),
    responses((status = NO_CONTENT, description = "It is gone"))
)]
#[delete("/courses/{code}")]
async fn remove(store: Data<Store>, write: Write<WriteRecords>, path: Path<String>) -> ApiResult {
    write
        .delete(&store, current(path), |transaction, _, current| courses::delete(transaction, CourseId(current.id)))
        .await
}

/// Filters of the list.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CourseFilter {
    /// Only courses held by the agency with this identifier or one below it.
    #[validate(length(max = 35))]
    #[param(format = "agency-identifier")]
    agency: Option<String>,
    /// Only this kind.
    #[param(value_type = Option<schemas::CourseKind>)]
    kind: Option<CourseKind>,
    /// Only this form.
    #[param(value_type = Option<schemas::CourseForm>)]
    form: Option<CourseForm>,
    /// Only courses that begin on this day or later.
    from: Option<Date>,
    /// Only courses that begin on this day or earlier.
    to: Option<Date>,
}

/// A course as it is written.
#[derive(Debug, Clone, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CourseInput {
    /// Code.
    #[validate(length(min = 1, max = 50))]
    #[schema(format = "code")]
    code: String,
    /// Name.
    #[validate(length(min = 1, max = 300))]
    #[schema(format = "name")]
    name: String,
    /// Kind of course: what it teaches.
    #[schema(value_type = schemas::CourseKind)]
    kind: CourseKind,
    /// Form in which it is held.
    #[schema(value_type = schemas::CourseForm)]
    form: CourseForm,
    /// Teaching hours.
    #[validate(range(min = 1, max = 2000))]
    #[schema(minimum = 1, maximum = 2000)]
    hours: i64,
    /// First day.
    from: Date,
    /// Last day. A training of the course lies on one of its days, or at most 30 days after the last.
    to: Date,
    /// Identifier of the agency that holds it.
    #[validate(length(min = 1, max = 35))]
    #[schema(format = "agency-identifier")]
    organiser: String,
}

/// A course.
#[derive(Debug, Serialize, ToSchema)]
pub struct CourseView {
    /// Identity.
    #[schema(minimum = 1)]
    id: i64,
    /// The course.
    #[serde(flatten)]
    course: CourseInput,
}

impl Keyed for CourseInput {
    const WEIGHT: usize = 20;

    fn key(&self) -> String {
        self.code.clone()
    }
}

impl CourseInput {
    fn new(catalogue: &Catalogue, course: &Course) -> Self {
        Self {
            code: course.code.to_string(),
            name: course.name.to_string(),
            kind: course.kind,
            form: course.form,
            hours: course.hours,
            from: course.from,
            to: course.to,
            organiser: identifier(catalogue, course.organiser),
        }
    }

    fn parse(&self, catalogue: &Catalogue, caller: &Caller) -> Result<Course, Vec<Violation>> {
        let mut found = Violations::default();
        let code = found.take(Code::parse("/code", &self.code));
        let name = found.take(Name::parse("/name", &self.name));
        let organiser = found.take(caller.agency(catalogue, "/organiser", &self.organiser));
        let course = (|| {
            Some(Course {
                code: code?,
                name: name?,
                kind: self.kind,
                form: self.form,
                hours: self.hours,
                from: self.from,
                to: self.to,
                organiser: organiser?,
            })
        })();
        found.finish(course)
    }
}

impl CourseView {
    fn new(catalogue: &Catalogue, id: CourseId, course: &Course) -> Self {
        Self { id: id.0, course: CourseInput::new(catalogue, course) }
    }
}

/// The course in an address.
fn find(connection: &mut Connection, code: &str) -> Stored<(CourseId, Course)> {
    let missing = || Error::NotFound(Resource::Courses);
    let code = Code::parse("/code", code).map_err(|_| missing())?;
    courses::find(connection, code.as_str())?.ok_or_else(missing)
}

/// The agencies to filter by, outside the caller's scope too: courses are no secret. A caller with a scope is not told
/// that an agency is unknown, but that it holds none: it may not know which agencies there are.
fn held_by(catalogue: &Catalogue, caller: &Caller, identifier: &str) -> Result<Vec<AgencyId>, Violation> {
    match catalogue.agency(identifier) {
        Some((agency, _)) => Ok(catalogue.subtree(agency)),
        None if caller.scope.is_some() => Ok(Vec::new()),
        None => caller.agency(catalogue, "/agency", identifier).map(|_| Vec::new()),
    }
}

/// The course in an address, held within the caller's scope, as it stands when a write begins.
fn current(path: Path<String>) -> impl FnOnce(&mut Transaction<'_>, &Caller) -> Stored<CourseView> + Clone {
    let path = path.into_inner();
    move |transaction, caller| {
        let catalogue = transaction.catalogue();
        let (id, course) = find(transaction.connection(), &path)?;
        caller.require(&catalogue, course.organiser, Resource::Courses)?;
        Ok(CourseView::new(&catalogue, id, &course))
    }
}

fn write_set(
    transaction: &mut Transaction<'_>,
    caller: &Caller,
    inputs: &[&CourseInput],
    mode: Mode,
) -> Stored<Vec<RowOutcome>> {
    let catalogue = transaction.catalogue();
    batch::write_each(transaction, inputs, |transaction, input| {
        let course = input.parse(&catalogue, caller)?;
        let Some((id, before)) = courses::find(transaction.connection(), course.code.as_str())? else {
            batch::require_new(mode)?;
            return courses::insert(transaction, &course).map(|_| RowOutcome::Created);
        };
        batch::require_known(mode)?;
        caller.require(&catalogue, before.organiser, Resource::Courses)?;
        if before == course {
            return Ok(RowOutcome::Unchanged);
        }
        courses::update(transaction, id, &course).map(|()| RowOutcome::Updated)
    })
}
