"""The audit trail is exported hour by hour, each hour once, and none is left out."""

import json
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.memory import MemoryAuditTrail, MemoryTrailExport
from shared.domain.audit import AuditRecord
from shared.domain.trail_export import HOUR, MOST_HOURS, TrailLine, due_hours, name_of
from shared.errors import StorageUnavailable
from shared.usecases.app import App
from shared.usecases.trail.export import export_trail
from tests.support.app_harness import AppHarness

TEN = datetime(2026, 11, 30, 10, tzinfo=UTC)


def at(hours: float) -> datetime:
    return TEN + timedelta(hours=hours)


@pytest.fixture
def place() -> MemoryTrailExport:
    return MemoryTrailExport()


@pytest.fixture
def harness() -> AppHarness:
    return AppHarness()


def exporting(harness: AppHarness, place: MemoryTrailExport | None) -> App:
    trail = MemoryAuditTrail(exports=place is not None)
    return replace(harness.app_without_hook, audit_trail=trail, trail_export=place)


async def written(app: App, *times: datetime) -> None:
    for number, each in enumerate(times):
        record = AuditRecord(at=each, subject=f"job:{number}", event="job.saved")
        await app.audit_trail.append(record)


def lines(place: MemoryTrailExport) -> dict[str, list[str]]:
    return {
        name: [json.loads(each)["subject"] for each in content.decode().splitlines()]
        for name, content in sorted(place.files.items())
    }


async def test_each_hour_has_its_lines_and_an_empty_hour_says_so(
    harness: AppHarness, place: MemoryTrailExport
) -> None:
    app = exporting(harness, place)
    harness.clock.set(at(0.5))
    assert await export_trail(app) == 1
    await written(app, at(0.1), at(0.999), at(2), at(-0.001))

    harness.clock.set(at(3.5))

    assert await export_trail(app) == 3
    assert lines(place) == {
        "2026/11/30/09.jsonl": [],
        # The last one was written after the file of its hour.
        "2026/11/30/10.jsonl": ["job:3", "job:0", "job:1"],
        "2026/11/30/11.jsonl": [],
        "2026/11/30/12.jsonl": ["job:2"],
    }
    assert await export_trail(app) == 0


async def test_an_hour_waits_for_lines_that_are_written_late(
    harness: AppHarness, place: MemoryTrailExport
) -> None:
    app = exporting(harness, place)
    place.files["2026/11/30/09.jsonl"] = b""
    harness.clock.set(at(1.24))
    assert await export_trail(app) == 0
    harness.clock.set(at(1.26))
    assert await export_trail(app) == 1


async def test_a_file_that_is_there_is_left_alone(harness: AppHarness) -> None:
    class Late(MemoryTrailExport):
        async def names(self, prefix: str) -> set[str]:
            return {each for each in ["2026/11/30/09.jsonl"] if each.startswith(prefix)}

    late = Late()
    late.files["2026/11/30/10.jsonl"] = b"the other process"
    harness.clock.set(at(1.5))

    await export_trail(exporting(harness, late))

    assert late.files == {"2026/11/30/10.jsonl": b"the other process"}


async def test_after_an_outage_of_months_no_hour_is_left_out(
    harness: AppHarness, place: MemoryTrailExport
) -> None:
    place.files["2026/08/31/23.jsonl"] = b""
    harness.clock.set(at(0.5))

    assert await export_trail(exporting(harness, place)) == MOST_HOURS
    assert min(set(place.files) - {"2026/08/31/23.jsonl"}) == "2026/09/01/00.jsonl"


async def test_one_run_lists_the_names_of_one_month(harness: AppHarness) -> None:
    asked: list[str] = []

    class Listed(MemoryTrailExport):
        async def names(self, prefix: str) -> Collection[str]:
            asked.append(prefix)
            return await super().names(prefix)

    harness.clock.set(at(0.5))
    place = Listed()
    await export_trail(exporting(harness, place))
    assert asked[:3] == ["2026/11/", "2026/10/", "2026/09/"]
    assert len(asked) == 13

    asked.clear()
    await export_trail(exporting(harness, place))
    assert asked == ["2026/11/"]


async def test_a_failure_leaves_the_hour_to_the_next_run(harness: AppHarness) -> None:
    class Broken(MemoryTrailExport):
        broken = True

        async def create(self, name: str, content: bytes) -> bool:
            if self.broken and name == "2026/11/30/11.jsonl":
                raise StorageUnavailable("no storage")
            return await super().create(name, content)

    broken = Broken()
    broken.files["2026/11/30/09.jsonl"] = b""
    app = exporting(harness, broken)
    harness.clock.set(at(4.5))

    with pytest.raises(StorageUnavailable):
        await export_trail(app)
    broken.broken = False
    await export_trail(app)

    assert [name[-8:-6] for name in sorted(broken.files)] == ["09", "10", "11", "12", "13"]


async def test_without_a_place_nothing_is_exported(harness: AppHarness) -> None:
    assert await export_trail(exporting(harness, None)) == 0


@given(
    hours=st.integers(min_value=-30, max_value=400),
    minutes=st.integers(min_value=0, max_value=59),
    others=st.lists(st.sampled_from(["x", "2026/13/01/00.jsonl", "2026/11/30/99.jsonl", ""])),
)
def test_runs_export_every_hour_once_and_in_order(
    hours: int, minutes: int, others: list[str]
) -> None:
    names, found = {name_of(TEN), *others}, list[datetime]()
    now = TEN + timedelta(hours=hours, minutes=minutes)
    while due := due_hours(now, names):
        assert len(due) <= MOST_HOURS
        assert not names & {name_of(each) for each in due}
        names |= {name_of(each) for each in due}
        found += due

    assert found == [TEN + number * HOUR for number in range(1, len(found) + 1)]
    if found:
        assert timedelta(minutes=15) <= now - (found[-1] + HOUR) < timedelta(minutes=75)


async def test_a_slow_store_moves_lines_in_several_runs_and_no_line_is_in_two_files(
    harness: AppHarness, place: MemoryTrailExport
) -> None:
    class Slow(MemoryAuditTrail):
        async def exported(self, lines: Collection[TrailLine]) -> None:
            await super().exported(lines)
            harness.clock.advance(timedelta(seconds=0.7))

    app = replace(exporting(harness, place), audit_trail=Slow(exports=True))
    place.files["2026/11/30/09.jsonl"] = b""
    await written(app, *(at(0.001 * number) for number in range(220)))
    await written(app, *(at(1.5 + 0.001 * number) for number in range(3)))
    harness.clock.set(at(2.5))

    waiting = []
    for _ in range(6):
        await export_trail(app)
        waiting.append(len(await app.audit_trail.to_export(at(9), 999)))

    assert waiting == [123, 23, 0, 0, 0, 0]
    assert {name: len(found) for name, found in lines(place).items()} == {
        "2026/11/30/09.jsonl": 0,
        "2026/11/30/10.jsonl": 220,
        "2026/11/30/11.jsonl": 3,
    }
