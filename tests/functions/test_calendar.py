"""The calendar over HTTP: from the plan to a reader that sends no special header."""

import json
from datetime import timedelta
from typing import Any

import azure.functions as func
import pytest
from icalendar import Calendar

from functions.operators.calendar import calendar_feed
from sandbox.azure.functions_host.runtime.worker import Worker
from shared.usecases.calendar_feed.keep import keep_calendar
from tests.functions.conftest import AppFakes
from tests.functions.notice_webhooks import body_of, invoke
from tests.unit.domain.samples import a_job

WHO = {"by": "ada", "reason": "for the team"}


async def read(path: str, method: str = "GET", **headers: str) -> func.HttpResponse:
    token = path.partition("token=")[2].partition("&")[0]
    more = {"alarms": "1"} if "alarms=1" in path else {}
    request = func.HttpRequest(
        method, path, params={"token": token, **more}, headers=headers, body=b""
    )
    answer: func.HttpResponse = await calendar_feed(request)
    return answer


async def address(worker: Worker, name: str, group: str = "") -> str:
    made = await invoke(
        worker, "add_calendar_address", "x", {"name": name, "group": group, **WHO}, method="POST"
    )
    return str(body_of(made)["path"])


def titles(answer: func.HttpResponse) -> list[str]:
    return [str(each["SUMMARY"]) for each in Calendar.from_ical(answer.get_body()).walk("VEVENT")]


async def test_the_plan_is_in_the_calendar_until_the_address_is_revoked(
    function_worker: Worker, app_fakes: AppFakes
) -> None:
    app = app_fakes.app
    assert not await keep_calendar(app)  # without an address nothing is planned
    path, other = await address(function_worker, "all"), await address(function_worker, "c", "crm")
    assert titles(await read(path)) == []
    job = a_job(self_service_end=app.now() + timedelta(days=20))
    await app.jobs.insert(job)
    assert await keep_calendar(app)
    answer = await read(path)
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Cache-Control"].startswith("private")
    assert any("1 machine may go down" in each for each in titles(answer))
    assert titles(await read(other)) == []

    etag = answer.headers["ETag"]
    assert (await read(path, **{"If-None-Match": f"W/{etag}"})).status_code == 304
    head = await read(path, "HEAD")
    assert (head.status_code, head.get_body()) == (200, b"")

    await invoke(function_worker, "revoke_calendar_address", "x", {"name": "all", **WHO},
                 method="POST")  # fmt: skip
    assert (await read(path)).status_code == 404
    assert (await read(other)).status_code == 200
    lines = await app.audit_trail.of("calendar:all")
    assert [each.event for each in lines] == ["calendar.address_made", "calendar.address_revoked"]
    assert path.partition("token=")[2] not in str(lines)


@pytest.mark.usefixtures("app_fakes")
async def test_a_wrong_token_and_none_get_the_same_404() -> None:
    answers: list[Any] = [await read("x?token=wrong"), await read("x?token="), await read("x")]
    (only,) = {(each.status_code, each.get_body()) for each in answers}
    assert only[0] == 404
    assert json.loads(only[1])["detail"] == "there is no such calendar"


@pytest.mark.usefixtures("app_fakes")
async def test_a_second_address_of_a_name_replaces_the_first(function_worker: Worker) -> None:
    first, second = await address(function_worker, "crm"), await address(function_worker, "crm")
    assert first != second
    assert (await read(first)).status_code == 404
    assert (await read(second)).status_code == 200
