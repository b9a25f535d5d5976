from datetime import date
from http import HTTPStatus

import attrs
import story
from thidua import AuthenticatedClient, Client
from thidua.api.agencies import list_agencies
from thidua.api.attainments import get_attainment
from thidua.api.auth import log_in
from thidua.api.courses import create_course, get_course, update_course
from thidua.models import (
    AgencyKind,
    AttainmentView,
    CourseForm,
    CourseInput,
    CourseKind,
    CoursePatch,
    CourseView,
    Credentials,
    ItemsAgencyView,
    Problem,
    Token,
)


def main() -> None:
    token = log_in.sync(client=Client(story.URL), body=Credentials(story.PASSWORD, story.USERNAME))
    assert isinstance(token, Token)
    client = AuthenticatedClient(story.URL, token.access_token)

    agencies = list_agencies.sync(client=client, kind=AgencyKind.UBND_PHUONG)
    assert isinstance(agencies, ItemsAgencyView)
    assert [agency.kind for agency in agencies.items] == ["ubnd_phuong"] * 3

    course = CourseInput(
        code="THU-OPENAPI-PYTHON-CLIENT",
        name=story.NAME,
        kind=CourseKind.BASIC_DIGITAL_SKILLS,
        form=CourseForm.BLENDED,
        hours=8,
        from_=date(2026, 11, 3),
        to=date(2026, 11, 4),
        organiser=story.ORGANISER,
    )
    created = create_course.sync(client=client, body=course)
    assert isinstance(created, CourseView) and created.hours == 8
    read = get_course.sync_detailed(course.code, client=client)
    assert isinstance(read.parsed, CourseView) and read.parsed.name == course.name
    tag, patch = read.headers["ETag"], CoursePatch(hours=16)
    changed = update_course.sync(course.code, client=client, body=patch, if_match=tag)
    assert isinstance(changed, CourseView) and changed.hours == 16
    stale = update_course.sync(course.code, client=client, body=patch, if_match=tag)
    assert isinstance(stale, Problem) and (stale.status, stale.code) == (412, "stale")

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
