"""The OpenAPI document: it is generated, complete, and says what the functions answer."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from functions.notices.record import notice_view
from functions.notices.webhook import receipt_view
from functions.openapi.operations import OPERATIONS
from functions.openapi.schemas import SCHEMAS
from functions.operators.views import explanation_view, job_view, pause_view, semaphore_view
from shared.domain.audit import Record
from shared.domain.lock.semaphore import Semaphore
from shared.domain.notices.notice import Notice, NoticeId, Proof, Source
from shared.domain.notices.record import Entry
from shared.domain.redeploy.pauses import Pause
from shared.usecases.notices.receive import Receipt
from shared.usecases.operate.explain import Explanation
from tests.contract.ports.samples import SCOPE, a_job
from tests.functions.test_index import ROUTES

ROOT = Path(__file__).parents[2]
AT = datetime(2026, 11, 23, tzinfo=UTC)
NOTICE = Notice(source=Source.EMAIL, communication_id="1")
ENTRY = Entry(id=NoticeId("1"), at=AT, notice=NOTICE, proof=Proof(method="m", who="w"))
EXPLANATION = Explanation(job=a_job(), semaphores=(), trail=[Record(at=AT, subject="s", event="e")])


def test_the_stored_document_is_the_generated_one() -> None:
    # In a process of its own: the function app may be imported only once, and the runtime has done that here.
    fresh = subprocess.run(
        [sys.executable, "-c", "from toolchain.openapi import text; print(text(), end='')"],
        capture_output=True, text=True, check=True, timeout=60, cwd=ROOT,
    )  # fmt: skip

    stored = (ROOT / "docs" / "openapi.json").read_text(encoding="utf-8")
    assert stored == fresh.stdout, "run python -m toolchain.openapi and commit docs/openapi.json"


def test_every_http_function_is_described_and_nothing_else() -> None:
    assert set(OPERATIONS) == set(ROUTES)


@pytest.mark.parametrize(
    ("name", "view"),
    [
        ("Job", job_view(a_job())),
        ("Semaphore", semaphore_view(Semaphore(scope=SCOPE))),
        ("Pause", pause_view(Pause(target="everything", reason="r", by="b", at=AT))),
        ("Line", explanation_view(EXPLANATION)["trail"][0]),
        ("Receipt", receipt_view(Receipt(entry=ENTRY))),
        ("Notice", notice_view(ENTRY)),
    ],
)
def test_the_forms_have_exactly_the_keys_of_the_views(name: str, view: dict[str, Any]) -> None:
    assert set(SCHEMAS[name]["properties"]) == set(view)
    assert set(SCHEMAS[name]["required"]) == set(view)
