from datetime import date
from http import HTTPStatus

import attrs
import story
from thidua import AuthenticatedClient, Client
from thidua.api.agencies import list_agencies
from thidua.api.attainments import get_attainment
from thidua.api.auth import login
from thidua.api.courses import create_course, get_course, update_course
from thidua.models import (
    AttainmentView,
    CourseInput,
    CourseInputForm,
    CourseInputKind,
    CoursePatch,
    CourseView,
    Credentials,
    ItemsAgencyView,
    ListAgenciesKind,
    Problem,
    Token,
)


def main() -> None:
    token = login.sync(client=Client(story.URL), body=Credentials(story.PASSWORD, story.USERNAME))
    assert isinstance(token, Token)
    client = AuthenticatedClient(story.URL, token.access_token)

    agencies = list_agencies.sync(client=client, kind=ListAgenciesKind.UBND_PHUONG)
    assert isinstance(agencies, ItemsAgencyView)
    assert [agency.kind for agency in agencies.items] == ["ubnd_phuong"] * 3

    course = CourseInput(
        code="THU-OPENAPI-PYTHON-CLIENT",
        name=story.NAME,
        kind=CourseInputKind.BASIC_DIGITAL_SKILLS,
        form=CourseInputForm.BLENDED,
        hours=8,
        from_=date(2026, 11, 3),
        to=date(2026, 11, 4),
        organiser=story.ORGANISER,
    )
    created = create_course.sync(client=client, body=course)
    assert isinstance(created, CourseView) and created.hours == 8
    read = get_course.sync_detailed(course.code, client=client)
    assert isinstance(read.parsed, CourseView) and read.parsed.name == course.name
    tag = read.headers.get("ETag")
    writer = client.with_headers({"If-Match": tag}) if tag else client
    changed = update_course.sync(course.code, client=writer, body=CoursePatch(hours=16))
    assert isinstance(changed, CourseView) and changed.hours == 16

    attainment = get_attainment.sync("CT7", story.ORGANISER, "2026-10", client=client)
    assert isinstance(attainment, AttainmentView)
    assert (attainment.verdict.value, attainment.shortfall) == ("not_met", 3)

    missing = get_course.sync_detailed("KHONG-CO", client=client)
    assert missing.status_code == HTTPStatus.NOT_FOUND
    assert isinstance(missing.parsed, Problem) and missing.parsed.code == "not_found"
    backwards = attrs.evolve(course, code="THU-NGUOC", to=date(2026, 11, 1))
    refused = create_course.sync(client=client, body=backwards)
    assert isinstance(refused, Problem) and refused.status == 422
    assert refused.errors[0].pointer == "/to"


main()
