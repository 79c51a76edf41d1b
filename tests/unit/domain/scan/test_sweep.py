"""The rolling sweep: each machine once in a period, evenly, and without a row that says when."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.machine.instance_view import Observation
from shared.domain.machine.inventory_entry import InventoryEntry, attention_of, unread
from shared.domain.machine.machine import Machine, MachineId, Orchestration
from shared.domain.machine.maintenance import MaintenanceStatus
from shared.domain.scan.sweep import Wanted, needs_look, wanted_by

NOW = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
PERIOD = timedelta(hours=6)
TICK = timedelta(minutes=15)
HOME = "/subscriptions/s/resourcegroups/rg/providers/microsoft.compute/virtualmachines"


def entry(
    number: int, *, maintenance: MaintenanceStatus | None = None, decision: str = ""
) -> InventoryEntry:
    machine = Machine(id=MachineId(f"{HOME}/vm-{number}"), location="westeurope")
    seen = Observation(machine=machine.id, at=NOW, maintenance=maintenance)
    return InventoryEntry(machine=machine, observation=seen, decision=decision)


@given(
    number=st.integers(0, 10**6),
    gaps=st.lists(st.integers(1, 90), min_size=30, max_size=60),
    start=st.integers(0, 10**6),
)
def test_each_machine_is_read_within_a_period_whatever_the_times_of_the_scans(
    number: int, gaps: list[int], start: int
) -> None:
    one = entry(number)
    since = NOW + timedelta(seconds=start)
    last_read, reads = since, 0
    for gap in gaps:
        now = since + timedelta(minutes=gap)
        if needs_look(one, since, now, PERIOD):
            # Never later than a period after the last one, and the scan that passed its moment.
            assert now - last_read <= PERIOD + 2 * timedelta(minutes=90)
            last_read, reads = now, reads + 1
        since = now
    passed = timedelta(minutes=sum(gaps))
    assert passed // PERIOD <= reads <= passed // PERIOD + 1


def test_the_reads_are_spread_evenly_over_the_period() -> None:
    machines = [entry(number) for number in range(2_400)]
    counts = [
        sum(needs_look(each, NOW + n * TICK, NOW + (n + 1) * TICK, PERIOD) for each in machines)
        for n in range(24)
    ]
    assert sum(counts) == 2_400
    assert max(counts) < 2 * 100


@pytest.mark.parametrize(
    "known",
    [
        InventoryEntry(machine=entry(1).machine),
        entry(1, maintenance=MaintenanceStatus(allowed=False)),
        entry(1, decision=unread("HTTP 500")),
    ],
    ids=["never read", "in a wave", "could not be read"],
)
def test_a_machine_of_which_too_little_is_known_is_read_by_every_scan(
    known: InventoryEntry,
) -> None:
    since = NOW
    for _ in range(24):
        assert needs_look(known, since, since + TICK, PERIOD)
        since += TICK


def test_after_a_pause_longer_than_the_period_and_at_first_everything_is_read() -> None:
    machines = [entry(number) for number in range(100)]
    assert all(needs_look(each, NOW - PERIOD, NOW, PERIOD) for each in machines)
    assert all(needs_look(each, None, NOW, PERIOD) for each in machines)
    assert all(needs_look(each, NOW - TICK, NOW, timedelta(0)) for each in machines)


@given(
    number=st.integers(0, 10**6),
    start=st.integers(0, 10**12),
    gap=st.integers(0, 10**11),
    period=st.timedeltas(timedelta(seconds=1), timedelta(days=3)),
)
def test_a_store_leaves_out_no_entry_whose_turn_it_is(
    number: int, start: int, gap: int, period: timedelta
) -> None:
    one = replace(entry(number), attention=attention_of(entry(number).observation, ""))
    since = NOW + timedelta(microseconds=start)
    now = since + timedelta(microseconds=gap)
    wanted = wanted_by("scan-2", since, now, period)
    if needs_look(one, since, now, period):
        assert wanted is None or wanted.includes(one)


def test_a_store_leaves_out_most_entries() -> None:
    wanted = wanted_by("scan-2", NOW, NOW + TICK, PERIOD)
    assert wanted is not None
    assert sum(map(wanted.includes, map(entry, range(2_400)))) < 2 * 100


@pytest.mark.parametrize("hours", [-1, 6, 7])
def test_a_clock_that_was_set_back_or_a_long_pause_wants_every_entry(hours: int) -> None:
    assert wanted_by("scan-2", NOW, NOW + timedelta(hours=hours), PERIOD) is None
    assert wanted_by("scan-2", None, NOW, PERIOD) is None


def test_what_the_scan_has_stored_itself_is_wanted_and_instances_of_uniform_sets_are_not() -> None:
    new = replace(entry(1), observation=None, scan="scan-2")
    assert Wanted(scan="scan-2").includes(new)
    assert not Wanted(scan="scan-3").includes(new)
    assert not Wanted().includes(replace(new, scan=""))
    uniform = replace(entry(1).machine, orchestration=Orchestration.UNIFORM)
    assert not Wanted(turns=(("", "g"),)).includes(replace(entry(1), machine=uniform))
