"""The sweep of the audit trail: a row goes only if the export holds it, key and text."""

import logging
from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.memory import MemoryAuditTrail, MemoryTrailExport
from shared.domain.audit import AuditRecord
from shared.domain.trail_export import (
    MOST_LINES,
    Progress,
    TrailLine,
    content_of,
    in_order,
    lines_of,
    name_of,
    progress_of,
)
from shared.errors import StorageUnavailable
from shared.usecases.app import App
from shared.usecases.retention import trail as retention_trail
from shared.usecases.retention.trail import sweep_trail
from shared.usecases.trail import export as trail_export
from shared.usecases.trail.export import export_trail
from tests.support.app_harness import AppHarness
from tests.support.faults import KillAtCall, ProcessKilled, with_hook
from tests.support.fleets import DAY, HOUR, MINUTE, START

KEPT = 400 * DAY
#: the start of a whole hour
TEN = START.replace(minute=0, second=0, microsecond=0)


class World:
    """An app whose trail has lines, at a time that a test sets."""

    def __init__(self, place: MemoryTrailExport | None = None) -> None:
        self.harness = AppHarness()
        self.trail = MemoryAuditTrail(exports=True)
        self.place = place or MemoryTrailExport()
        self.app = replace(
            self.harness.app_without_hook, audit_trail=self.trail, trail_export=self.place
        )

    async def export(self, at: datetime) -> int:
        self.harness.clock.set(at)
        return await export_trail(self.app)

    async def sweep(self, at: datetime, app: App | None = None) -> int:
        self.harness.clock.set(at)
        return await sweep_trail(app or self.app)

    async def write(self, *hours: float, subject: str = "job:a") -> None:
        for each in hours:
            await self.trail.append(
                AuditRecord(at=TEN + each * HOUR, subject=subject, event=f"at {each:g}")
            )

    async def left(self, subject: str = "job:a") -> list[str]:
        return [each.event for each in await self.trail.of(subject)]


@pytest.fixture
def world() -> World:
    return World()


async def exported(world: World) -> None:
    await world.export(TEN + 20 * MINUTE)
    await world.write(0.1, 0.2, 1.1)
    await world.write(0.3, subject="scope:b")
    await world.export(TEN + 2.5 * HOUR)


async def test_rows_go_when_their_hour_is_older_than_the_policy_keeps(world: World) -> None:
    await exported(world)

    assert await world.sweep(TEN + HOUR + KEPT - MINUTE) == 0
    assert await world.sweep(TEN + HOUR + KEPT) == 3
    assert await world.left() == ["at 1.1"]
    assert await world.left("scope:b") == []
    assert await world.sweep(TEN + 2 * HOUR + KEPT) == 1
    assert await world.sweep(TEN + 2 * HOUR + KEPT + DAY) == 0


async def test_a_row_that_no_file_has_stays(world: World) -> None:
    """The export was switched on later, or is behind."""
    await world.write(-30)
    await exported(world)
    waiting = await world.trail.to_export(TEN + 99 * DAY, 99)
    assert waiting == []  # the first file took it
    await world.write(5)

    await world.sweep(TEN + 2 * KEPT)

    assert await world.left() == ["at 5"]


async def test_without_an_export_all_rows_stay(world: World) -> None:
    await exported(world)
    assert await world.sweep(TEN + 2 * KEPT, replace(world.app, trail_export=None)) == 0
    assert len(await world.left()) == 3


async def test_a_row_that_is_not_as_it_was_exported_stays_and_is_told(
    world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("forestall"), "disabled", False)
    await exported(world)
    name = name_of(TEN)
    changed = [
        replace(each, text=each.text.replace("at 0.1", "at 0.9"))
        for each in lines_of(world.place.files[name])
    ]
    world.place.files[name] = content_of(changed)

    with caplog.at_level(logging.WARNING, logger="forestall"):
        assert await world.sweep(TEN + HOUR + KEPT) == 2

    assert await world.left() == ["at 0.1", "at 1.1"]
    (line,) = [each for each in caplog.messages if each.startswith("retention.trail_differs")]
    assert "rows=1" in line
    assert name in line


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\n",
        b"no json\n",
        b'{"at":"2026-11-23T16:00:00Z"}\n',  # of release 0.2.0
        b'{"key":"export~swept","schema":1}\n{"key":"~"}\n{"key":"","a":1}\n',
    ],
)
async def test_a_file_that_names_no_row_removes_none(world: World, content: bytes) -> None:
    await exported(world)
    world.place.files[name_of(TEN)] = content
    assert await world.sweep(TEN + HOUR + KEPT) == 0
    assert len(await world.left()) == 3
    assert await world.sweep(TEN + 2 * HOUR + KEPT) == 1


async def test_a_sweep_reads_no_file_twice_and_none_that_is_too_young(world: World) -> None:
    read: list[str] = []
    listed: list[str] = []

    class Watched(MemoryTrailExport):
        async def read(self, name: str) -> bytes:
            read.append(name)
            return await super().read(name)

        async def names(self, prefix: str) -> Collection[str]:
            listed.append(prefix)
            return await super().names(prefix)

    world = World(Watched())
    await exported(world)
    for hour in range(3, 60):
        await world.export(TEN + hour * HOUR + 16 * MINUTE)
    read.clear()
    await world.sweep(TEN + 2 * HOUR + KEPT)
    assert read == [name_of(TEN - HOUR), name_of(TEN), name_of(TEN + HOUR)]
    read.clear()
    listed.clear()
    await world.sweep(TEN + 3 * HOUR + KEPT)
    assert read == [name_of(TEN + 2 * HOUR)]
    assert len(listed) <= 14  # the months from the last file to the limit


@pytest.mark.parametrize("call", range(10))
async def test_a_sweep_that_dies_anywhere_is_continued(
    world: World, call: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention_trail, "_BATCH", 2)
    await world.export(TEN + 20 * MINUTE)
    for number in range(7):
        await world.write(number / 10, subject=f"job:{number % 3}")
    await world.export(TEN + 1.5 * HOUR)
    at = TEN + HOUR + KEPT

    with suppress(ProcessKilled):
        await world.sweep(at, with_hook(world.app, KillAtCall(call)))
    await world.sweep(at)

    assert [await world.left(f"job:{number}") for number in range(3)] == [[], [], []]


@pytest.mark.parametrize("call", range(14))
async def test_an_export_that_dies_anywhere_loses_no_line_and_doubles_none(
    world: World, call: int
) -> None:
    await world.export(TEN + 20 * MINUTE)
    await world.write(0.1, 0.2, 1.1)
    world.harness.clock.set(TEN + 2.5 * HOUR)

    with suppress(ProcessKilled):
        await export_trail(with_hook(world.app, KillAtCall(call)))
    await world.write(0.15)
    await world.export(TEN + 2.6 * HOUR)
    await world.export(TEN + 3.6 * HOUR)

    texts = [line.text for content in world.place.files.values() for line in lines_of(content)]
    assert len(texts) == len(set(texts)) == 4
    assert await world.trail.to_export(TEN + 9 * DAY, 9) == []


async def test_a_lost_response_to_the_creation_exports_no_line_twice() -> None:
    class Lossy(MemoryTrailExport):
        lose = True

        async def create(self, name: str, content: bytes) -> bool:
            done = await super().create(name, content)
            if self.lose and content:
                self.lose = False
                raise StorageUnavailable("no response")
            return done

    world = World(Lossy())
    await world.export(TEN + 20 * MINUTE)
    await world.write(0.1, 0.2)
    with pytest.raises(StorageUnavailable):
        await world.export(TEN + 1.5 * HOUR)
    await world.write(1.1)
    await world.export(TEN + 2.5 * HOUR)

    counts = {name[-8:]: len(lines_of(each)) for name, each in world.place.files.items()}
    assert sorted(counts.values()) == [0, 1, 2]


async def test_an_hour_with_more_lines_than_a_file_takes_has_several(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(trail_export, "MOST_LINES", 3)
    world = World()
    await world.export(TEN + 20 * MINUTE)
    await world.write(*(number / 100 for number in range(8)))
    await world.export(TEN + 1.5 * HOUR)
    files = in_order(world.place.files)
    assert files == [name_of(TEN - HOUR), name_of(TEN), name_of(TEN, 1), name_of(TEN, 2)]
    assert [len(lines_of(world.place.files[each])) for each in files] == [0, 3, 3, 2]

    assert await world.sweep(TEN + HOUR + KEPT) == 8
    assert await world.left() == []
    assert progress_of(await world.trail.swept()) == Progress(name=files[-1], done=True)


def test_a_file_of_an_export_fits_into_a_small_process() -> None:
    longest = 2_000  # characters of a line with a long reason
    assert MOST_LINES * longest <= 64 * 2**20


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(st.lists(st.tuples(st.integers(0, 9999), TEXTS), max_size=5))
def test_a_line_comes_back_with_its_key_and_its_text(values: list[tuple[int, str]]) -> None:
    import msgspec  # noqa: PLC0415

    lines = [
        TrailLine(
            key=f"9d3a~20261130T220301.000000Z-{number}",
            text=msgspec.json.encode({"schema": 1, "reason": text}).decode(),
        )
        for number, text in values
    ]
    content = content_of(lines)
    assert lines_of(content) == lines
    for line in content.split(b"\n")[:-1]:
        assert set(msgspec.json.decode(line)) == {"key", "schema", "reason"}


@given(st.text(max_size=40))
def test_a_progress_that_nobody_wrote_begins_anew_or_is_one(text: str) -> None:
    found = progress_of(text)
    assert found is None or progress_of(str(found)) == found


def test_the_order_of_files_is_the_order_of_hours_and_parts() -> None:
    hours = [TEN + timedelta(hours=number) for number in range(30)]
    names = [name_of(hour, part) for hour in hours for part in (0, 1, 2, 10)]
    assert in_order([*reversed(names), "x", "2026/13/01/00.jsonl"]) == names
