"""`python -m shared.cli notices`, against an app that is played by a server on this machine."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from functions.notices_record import notice_view
from functions.views import job_view
from shared.cli.notices import AskedInVain, ask
from shared.domain.machines import SubscriptionId
from shared.domain.notices.entry import Entry, Outcome, Scan
from shared.domain.notices.notice import Notice, Proof, Source
from tests.contract.ports.samples import a_job

ROOT = Path(__file__).parents[3]
ONE = SubscriptionId("11111111-1111-1111-1111-111111111111")
NOTICE = Notice(
    source=Source.SERVICE_HEALTH,
    subscriptions=(ONE,),
    tracking_id="PYN_-ZL8",
    communication_id="1",
    stage="Planned",
)
VIEW = notice_view(
    Entry(
        id=NOTICE.id,
        at=datetime(2026, 11, 23, tzinfo=UTC),
        notice=NOTICE,
        proof=Proof(method="entra-token", who="461e"),
        outcome=Outcome.SCANNING,
        scans=(Scan(subscription=ONE, occasion="t"),),
    )
)
ANSWERS = {
    "/api/notices?days=30": {"notices": [VIEW]},
    f"/api/notices/{NOTICE.id}": {"notice": VIEW, "waves": [], "jobs": [job_view(a_job())]},
}


class App(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        known = self.path in ANSWERS and self.headers["x-functions-key"] == "the-key"
        answer = ANSWERS[self.path] if known else {"error": "no key"}
        self.send_response(200 if known else 401)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002 - the name in the standard library


@contextmanager
def serving() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), App) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def run(*arguments: str, key: str = "the-key") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "shared.cli", "notices", *arguments]
    return subprocess.run(  # noqa: S603 - our own command line
        command,
        env={**os.environ, "FUNCTION_KEY": key},
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=60,
    )


def test_the_list_has_a_line_for_each_notice() -> None:
    with serving() as url:
        head, line = run("--url", url).stdout.splitlines()

    assert head.split()[:3] == ["at", "source", "outcome"]
    for part in ("service-health", "scanning", "PYN_-ZL8", "entra-token (461e)", ONE, NOTICE.id):
        assert part in line


def test_one_notice_is_told_with_its_jobs() -> None:
    with serving() as url:
        told = run("--url", url, str(NOTICE.id)).stdout

    assert "trackingId       PYN_-ZL8" in told
    assert a_job().machine in told


def test_a_wrong_key_is_told_with_what_to_do() -> None:
    with serving() as url:
        done = run("--url", url, key="wrong")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.strip() == "the app answered 401: no key; set FUNCTION_KEY to a function key"


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/api",
        "http://127.0.0.1.example.com/",
        "ftp://127.0.0.1",
        "http://127.0.0.1:9/api/notices",
    ],
)
def test_an_app_that_cannot_be_asked_is_told(url: str) -> None:
    with pytest.raises(AskedInVain):
        ask(url, "key")
