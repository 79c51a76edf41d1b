"""The parts of a timer: what one of them does to the others, which is nothing."""

import asyncio
from datetime import timedelta

import pytest

from shared.errors import SettingsError, StorageUnavailable
from shared.usecases.recover.parts import Part, run_parts


class Done:
    """Parts that finished, in order."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def part(self, name: str) -> Part:
        async def work() -> None:
            self.names.append(name)

        return Part(name=name, work=work)


def failing(fault: Exception) -> Part:
    async def work() -> None:
        raise fault

    return Part(name="broken", work=work)


@pytest.mark.parametrize(
    "fault",
    [StorageUnavailable("away"), SettingsError(["wrong"]), KeyError("bug"), TimeoutError()],
    ids=lambda fault: type(fault).__name__,
)
@pytest.mark.parametrize("place", [0, 1, 2])
async def test_a_part_that_fails_stops_no_other(fault: Exception, place: int) -> None:
    done = Done()
    parts = [done.part("a"), done.part("b")]
    parts.insert(place, failing(fault))

    assert await run_parts(parts) == ("broken",)
    assert done.names == ["a", "b"]


async def test_a_part_that_hangs_is_cut_off_and_leaves_time_for_the_others() -> None:
    done = Done()
    cut_off = []

    async def hang() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cut_off.append("hang")
            raise

    parts = [Part(name="hang", work=hang), done.part("a"), Part(name="again", work=hang)]

    assert await run_parts(parts, timedelta(milliseconds=30)) == ("hang", "again")
    assert (done.names, cut_off) == (["a"], ["hang", "hang"])


async def test_no_parts_are_no_work() -> None:
    assert await run_parts([]) == ()
