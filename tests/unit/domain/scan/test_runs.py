"""Runs: every machine once, in order, and the same runs where the same machines are listed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.machine.instance_view import Observation, Power
from shared.domain.machine.listing import ListedMachine
from shared.domain.machine.machine import Machine, MachineId
from shared.domain.scan.runs import LONGEST_RUN, split_into_runs

HOME = "/subscriptions/s/resourcegroups/rg/providers/microsoft.compute/virtualmachines"
NOW = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)


def listed(number: int) -> ListedMachine:
    return ListedMachine(
        machine=Machine(id=MachineId(f"{HOME}/vm-{number}"), location="westeurope")
    )


def digests(machines: list[ListedMachine]) -> set[str]:
    return {each.digest for each in split_into_runs(machines)}


@given(st.lists(st.integers(0, 10_000), max_size=600))
def test_every_machine_is_in_one_run_in_the_order_of_the_listing(numbers: list[int]) -> None:
    machines = [listed(number) for number in numbers]
    runs = list(split_into_runs(machines))
    assert [each for run in runs for each in run.machines] == machines
    assert all(1 <= len(run.machines) <= LONGEST_RUN for run in runs)


@given(st.integers(0, 3_000), st.booleans())
def test_a_machine_more_or_less_changes_few_runs(place: int, add: bool) -> None:
    machines = [listed(number) for number in range(3_000)]
    before = digests(machines)
    changed = machines[:place] + ([listed(9_999)] if add else []) + machines[place + (not add) :]
    # Behind it, runs end at the same machines again as soon as one ends by its id.
    assert len(digests(changed) - before) <= 8
    assert len(before) > 30


def test_runs_are_neither_tiny_nor_all_as_long_as_they_may_be() -> None:
    runs = list(split_into_runs(listed(number) for number in range(20_000)))
    assert 50 < 20_000 / len(runs) < LONGEST_RUN


def test_a_digest_names_what_was_said_and_not_when() -> None:
    machine = listed(1).machine
    seen = Observation(machine=machine.id, at=NOW, power=Power.RUNNING)
    said = [ListedMachine(machine=machine, seen=seen, decision="none is planned")]

    later = [replace(said[0], seen=replace(seen, at=NOW + timedelta(hours=1)))]
    stopped = [replace(said[0], seen=replace(seen, power=Power.STOPPED))]
    decided = [replace(said[0], decision="has a job")]
    tagged = [replace(said[0], machine=replace(machine, tags={"a": "1", "b": "2"}))]
    turned = [replace(said[0], machine=replace(machine, tags={"b": "2", "a": "1"}))]

    assert digests(later) == digests(said)
    assert digests(turned) == digests(tagged)
    assert len(digests(said) | digests(stopped) | digests(decided) | digests(tagged)) == 4
