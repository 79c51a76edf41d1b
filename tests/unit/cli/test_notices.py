"""`forestall notices`, against an app that is played by a server on this machine."""

from datetime import UTC, datetime

import pytest

from forestall_cli.client import ApiClient, ApiError
from forestall_cli.responses.notices import NoticeList
from functions.notices.views import notice_view
from functions.operators.views.jobs import job_view
from shared.domain.machine.machine import SubscriptionId
from shared.domain.notices.notice import Authentication, Notice, Source
from shared.domain.notices.record import NoticeRecord, Outcome, RequestedScan
from tests.contract.ports.samples import a_job
from tests.unit.cli.stub_app import run, stub_app

ONE = SubscriptionId("11111111-1111-1111-1111-111111111111")
NOTICE = Notice(
    source=Source.SERVICE_HEALTH,
    subscriptions=(ONE,),
    tracking_id="PYN_-ZL8",
    communication_id="1",
    stage="Planned",
)
VIEW = notice_view(
    NoticeRecord(
        id=NOTICE.id,
        at=datetime(2026, 11, 23, tzinfo=UTC),
        notice=NOTICE,
        authentication=Authentication(method="entra-token", identity="461e"),
        outcome=Outcome.SCANNING,
        scans=(RequestedScan(subscription=ONE, trigger_id="t"),),
    )
)
ANSWERS = {
    "/api/v1/notices?days=30&limit=1000": {"notices": [VIEW], "next": None},
    "/api/v1/notices?days=30&limit=1": {"notices": [VIEW], "next": "2026-11-23T00:00:00Z~x"},
    f"/api/v1/notices/{NOTICE.id}": {"notice": VIEW, "waves": [], "jobs": [job_view(a_job())]},
}


def test_the_list_has_a_line_for_each_notice() -> None:
    with stub_app(ANSWERS) as app:
        head, line = run("notices", "--url", app.url).stdout.splitlines()

    assert head.split()[:3] == ["at", "source", "outcome"]
    for part in ("service-health", "scanning", "PYN_-ZL8", "entra-token (461e)", ONE, NOTICE.id):
        assert part in line


def test_a_part_of_the_list_ends_with_how_to_go_on() -> None:
    with stub_app(ANSWERS) as app:
        told = run("notices", "--url", app.url, "--limit", "1").stdout

    assert told.splitlines()[-1] == "more: add --after 2026-11-23T00:00:00Z~x"


def test_one_notice_is_told_with_its_jobs() -> None:
    with stub_app(ANSWERS) as app:
        told = run("notices", "--url", app.url, str(NOTICE.id)).stdout

    assert "trackingId       PYN_-ZL8" in told
    assert a_job().machine in told


def test_a_wrong_key_is_told_with_what_to_do() -> None:
    with stub_app(ANSWERS) as app:
        done = run("notices", "--url", app.url, key="wrong")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.strip() == (
        "the app answered 401: no key;"
        " the function key is not one of this app: set FORESTALL_KEY again"
    )


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com",
        "http://127.0.0.1.example.com/",
        "ftp://127.0.0.1",
        "http://127.0.0.1:9",
    ],
)
def test_an_app_that_cannot_be_asked_is_told(url: str) -> None:
    with pytest.raises(ApiError):
        ApiClient(url=url, key="key").get(NoticeList, "notices")
