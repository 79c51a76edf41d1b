"""Whole requests with a few edits: none would be a 500, and none takes 100 times the usual time.

CI plays 50,000, divided among the kinds; `make fuzz INPUTS=1000000` plays more.
"""

import json
from typing import Any

import pytest

from shared.domain.notices.http import WebhookRequest
from tests.fuzz.hostile_calls import Sent
from tests.fuzz.mutations import mutated_json, mutated_text, seeded
from tests.fuzz.requests import KINDS, Findings, _run_kind, run

_INPUTS = 50_000 // len(KINDS)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", KINDS)
def test_no_request_is_a_500_or_takes_a_hundred_times_the_usual_time(kind: str) -> None:
    found = run(_INPUTS, words=[kind])

    assert found.failures == []
    assert found.inputs >= _INPUTS


def test_the_same_seed_gives_the_same_requests() -> None:
    for kind in ("service-health", "event-grid", "plain", "graph", "mailgun: raw mails"):
        assert KINDS[kind](seeded("a")) == KINDS[kind](seeded("a"))
        assert KINDS[kind](seeded("a")) != KINDS[kind](seeded("b"))


def test_a_request_that_raises_is_found() -> None:
    found = Findings()
    without_headers: Any = None
    broken = Sent(provider="plain", call=WebhookRequest(headers=without_headers))
    _run_kind("x", lambda _: broken, 3, 1, found)

    assert len(found.failures) == 3


def test_mutants_differ_from_their_samples_and_are_still_json() -> None:
    sample = {"a": [1, {"b": "c"}], "d": None}
    mutants = [json.dumps(mutated_json(sample, seeded(seed))) for seed in range(50)]

    assert len(set(mutants)) > 30
    assert sample == {"a": [1, {"b": "c"}], "d": None}
    assert len({mutated_text(b"a: b\n\nc\n", seeded(seed)) for seed in range(50)}) > 20
