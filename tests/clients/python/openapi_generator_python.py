from collections.abc import Callable
from datetime import date

import story
from thidua import (
    AgenciesApi,
    AgencyKind,
    ApiClient,
    ApiException,
    AttainmentsApi,
    AuthApi,
    Configuration,
    CourseForm,
    CourseInput,
    CourseKind,
    CoursePatch,
    CoursesApi,
    Credentials,
    Problem,
)


def main() -> None:
    configuration = Configuration(host=story.URL)
    client = ApiClient(configuration)
    credentials = Credentials(username=story.USERNAME, password=story.PASSWORD)
    configuration.access_token = AuthApi(client).log_in(credentials).access_token

    agencies = AgenciesApi(client).list_agencies(kind=AgencyKind.UBND_PHUONG)
    assert [agency.kind for agency in agencies.items] == ["ubnd_phuong"] * 3

    courses = CoursesApi(client)
    course = CourseInput(
        code="THU-OPENAPI-GENERATOR",
        name=story.NAME,
        kind=CourseKind.BASIC_DIGITAL_SKILLS,
        form=CourseForm.BLENDED,
        hours=8,
        from_=date(2026, 11, 3),
        to=date(2026, 11, 4),
        organiser=story.ORGANISER,
    )
    assert courses.create_course(course).hours == 8
    read = courses.get_course_with_http_info(course.code)
    assert read.data.name == course.name
    # A plain dictionary by now, with the names as they were sent.
    tag, patch = (read.headers or {})["etag"], CoursePatch(hours=16)
    assert courses.update_course(course.code, tag, patch).hours == 16
    stale = refusal(lambda: courses.update_course(course.code, tag, patch))
    assert (stale.status, stale.code) == (412, "stale")

    attainment = AttainmentsApi(client).get_attainment("CT7", story.ORGANISER, "2026-10")
    assert (attainment.verdict, attainment.shortfall) == ("not_met", 3)

    missing = refusal(lambda: courses.get_course("KHONG-CO"))
    assert (missing.status, missing.code) == (404, "not_found")
    backwards = course.model_copy(update={"code": "THU-NGUOC", "to": date(2026, 11, 1)})
    refused = refusal(lambda: courses.create_course(backwards))
    assert (refused.status, refused.errors[0].pointer) == (422, "/to")


def refusal(request: Callable[[], object]) -> Problem:
    """The problem that a request is refused with."""
    try:
        request()
    except ApiException as exception:
        assert isinstance(exception.data, Problem)
        return exception.data
    raise AssertionError("not refused")


main()
