"""The page of guarantees names tests and files that are there, and rests on bounds that hold."""

import json
import re
from datetime import timedelta
from pathlib import Path

from shared.domain.lock.semaphore import CLOCK_SKEW
from shared.domain.policy.policy import Timing
from tests.simulation.scenario import MAX_CLOCK_OFFSET
from tests.simulation.simulation import FUNCTION_TIMEOUT

_ROOT = Path(__file__).resolve().parents[2]
PAGE = (_ROOT / "docs/guarantees.md").read_text(encoding="utf-8")


def test_every_test_that_the_page_names_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)

    assert len(named) > 15
    for file, test in named:
        assert re.search(rf"def {test}\(", (_ROOT / file).read_text(encoding="utf-8")), (
            f"{file}::{test}"
        )


def test_every_file_that_the_page_names_exists() -> None:
    named = re.findall(r"`((?:shared|tests)/[\w/]+\.py)`", PAGE)

    assert len(named) > 15
    assert [file for file in named if not (_ROOT / file).is_file()] == []


def test_the_grace_time_outlasts_whoever_may_still_call() -> None:
    hours, minutes, seconds = map(
        int, json.loads((_ROOT / "host.json").read_text())["functionTimeout"].split(":")
    )
    function_timeout = timedelta(hours=hours, minutes=minutes, seconds=seconds)

    assert Timing().grace_period >= 3 * function_timeout
    assert function_timeout.total_seconds() == FUNCTION_TIMEOUT


def test_the_simulated_clocks_differ_by_no_more_than_the_app_allows_for() -> None:
    assert CLOCK_SKEW.total_seconds() >= 2 * MAX_CLOCK_OFFSET
