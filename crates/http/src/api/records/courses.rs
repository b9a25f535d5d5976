//! Courses.

use crate::auth::caller::{Caller, Read, WriteRecords};
use crate::request::agency_identifier::identifier;
use crate::request::batch::Keyed;
use crate::request::resource::{
    BatchResource, Coded, CodedResource, Find, PageRequest, PathParameter, Resource, operations,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use thidua_domain::Date;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::record_kinds::CourseKind;
use thidua_domain::id::{AgencyId, CourseId};
use thidua_domain::log::changes;
use thidua_domain::records::courses::{Course, CourseForm};
use thidua_domain::text::{AgencyIdentifier, Code};
use thidua_domain::violation::Violation;
use thidua_persistence::records::courses;
use thidua_persistence::records::courses::{Filter, Sort};
use thidua_persistence::{Connection, Error, Page, Result as Stored, Transaction, WhatIf};
use utoipa::{IntoParams, ToSchema};

impl Resource for CourseInput {
    const PATH: &str = "courses";
    const KEY: &[PathParameter] =
        &[PathParameter::text("code", 50, "The course's code", ["KNS-2026-99", "KNS-2026-99", "ATTT-2026-98"])];
    operations! {
        /// List courses
        ///
        /// All courses of the province, whoever holds them.
        LIST "listCourses" => "A page of courses";
        /// Create a course
        ///
        /// The code must be new, and the organiser within your scope.
        CREATE "createCourse" => "The new course";
        /// Read a course
        ///
        /// Any course of the province, whoever holds it.
        READ "getCourse" => "The course";
        /// Change a course
        ///
        /// A JSON merge patch (RFC 7396). The organiser must lie within your scope before and after. Another kind changes whom
        /// the course counts for.
        UPDATE "updateCourse" => "The course as it is now";
        /// Delete a course
        ///
        /// Only one without training records, held by an agency within your scope.
        DELETE "deleteCourse" => "It is gone";
    }
    const KEY_OF: fn(&CourseView) -> String = |view| view.course.code.to_string();
    const WRITTEN: fn(&CourseView) -> Option<&Self> = |view| Some(&view.course);
    const FIND: Find<Self> = Find::Stored(find);

    type Reads = Read;
    type Writes = WriteRecords;
    type Key = String;
    type View = CourseView;
    type Sort = Sort;
    type Filter = CourseFilter;
    type Writing = Coded;

    fn example() -> Value {
        json!({
            "code": "ATTT-2026-98", "name": "Bảo đảm an toàn thông tin cho người dùng (ví dụ)",
            "kind": "information_security", "form": "blended", "hours": 16, "from": "2026-11-03", "to": "2026-11-04",
            "organiser": "H18.SKHCN"
        })
    }

    fn patch_example() -> Value {
        json!({"hours": 24})
    }

    fn list(request: PageRequest<'_, Self>) -> Stored<Page<CourseView>> {
        let PageRequest { connection, catalogue, caller, filter, sort, slice } = request;
        let filter = Filter {
            within: filter.agency.as_deref().map(|text| held_by(catalogue, caller, text)).transpose()?,
            kind: filter.kind,
            form: filter.form,
            from: filter.from,
            to: filter.to,
        };
        let page = courses::list(connection, &filter, sort, slice)?;
        Ok(page.map(|(id, course)| CourseView::new(catalogue, id, &course)))
    }

    fn require_writable(catalogue: &Catalogue, caller: &Caller, view: &CourseView) -> Stored<()> {
        let organiser = catalogue.agency(&view.course.organiser).map(|(id, _)| id);
        organiser.map_or(Err(missing()), |organiser| caller.require(catalogue, organiser, changes::Resource::Courses))
    }
}

impl BatchResource for CourseInput {
    operations! {
        /// Create or change many courses
        ///
        /// A row is known by its code.
        BATCH "batchCourses" => "All rows were written";
    }
}

/// Filters of the list.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CourseFilter {
    /// Only courses held by the agency with this identifier or one below it.
    agency: Option<AgencyIdentifier>,
    /// Only this kind.
    kind: Option<CourseKind>,
    /// Only this form.
    form: Option<CourseForm>,
    /// Only courses that begin on this day or later.
    from: Option<Date>,
    /// Only courses that begin on this day or earlier.
    to: Option<Date>,
}

/// A course as it is written.
pub type CourseInput = Course<AgencyIdentifier>;

/// A course.
#[derive(Debug, Serialize, ToSchema)]
pub struct CourseView {
    /// Identity.
    id: CourseId,
    /// The course.
    #[serde(flatten)]
    course: CourseInput,
}

impl Keyed for CourseInput {
    const WEIGHT: usize = 20;

    fn key(&self) -> String {
        self.code.to_string()
    }
}

impl CodedResource for CourseInput {
    type Entity = Course;
    type Row = Course;
    type Id = CourseId;
    const ID: fn(&CourseView) -> CourseId = |view| view.id;
    const CODE: fn(&Course) -> &Code = |course| &course.code;
    const GIVEN_CODE: fn(&mut Course) -> &mut Code = |course| &mut course.code;
    const BY_CODE: fn(&mut Connection, &str) -> Stored<Option<(CourseId, Course)>> = courses::find;
    const GET: fn(&mut Connection, CourseId) -> Stored<Course> = courses::get;
    const JUDGE: fn(&mut WhatIf<'_>, Option<CourseId>, &Course) -> Stored<()> = courses::assume;

    fn parse(&self, catalogue: &Catalogue, caller: &Caller, _: Option<&Course>) -> Stored<Course> {
        let organiser = caller.agency(catalogue, "/organiser", &self.organiser)?;
        Ok(self.clone().held_by(organiser))
    }

    /// A course of another scope may be seen, and not written.
    fn is_same(
        _: &mut Connection,
        (catalogue, caller): (&Catalogue, &Caller),
        (_, before): (CourseId, &Course),
        course: &Course,
    ) -> Stored<bool> {
        caller.require(catalogue, before.organiser, changes::Resource::Courses)?;
        Ok(before == course)
    }

    fn store(transaction: &mut Transaction<'_>, id: Option<CourseId>, course: &Course) -> Stored<CourseId> {
        match id {
            Some(id) => courses::update(transaction, id, course).map(|()| id),
            None => courses::insert(transaction, course),
        }
    }

    fn remove(transaction: &mut Transaction<'_>, _: &Caller, id: CourseId) -> Stored<()> {
        courses::delete(transaction, id)
    }

    fn view(
        _: &mut Connection,
        (catalogue, _): (&Catalogue, &Caller),
        id: CourseId,
        course: &Course,
    ) -> Stored<CourseView> {
        Ok(CourseView::new(catalogue, id, course))
    }
}

impl CourseView {
    fn new(catalogue: &Catalogue, id: CourseId, course: &Course) -> Self {
        Self { id, course: course.clone().held_by(identifier(catalogue, course.organiser)) }
    }
}

/// The course in an address.
fn find(connection: &mut Connection, catalogue: &Catalogue, _: &Caller, code: String) -> Stored<CourseView> {
    let code = Code::parse("/code", &code).map_err(|_| missing())?;
    let (id, course) = courses::find(connection, code.as_str())?.ok_or_else(missing)?;
    Ok(CourseView::new(catalogue, id, &course))
}

fn missing() -> Error {
    Error::NotFound(changes::Resource::Courses)
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
