"""The judge of the long mode finds bugs: each is put into the app, and one seed shows it.

Rules that need a rarer seed are asked directly. More bugs: tests/simulation/mutants.
"""

from collections.abc import Callable
from typing import Any

import pytest

from shared.adapters.memory import SettableClock
from shared.domain.lock.semaphore import Semaphore
from shared.domain.machine.machine import Machine
from shared.domain.redeploy.pauses import Pause
from tests.simulation.monitoring.tolerances import InvariantViolated
from tests.simulation.weeks.campaign import run_long_seed
from tests.simulation.weeks.judge.costs import MOST_REFUSED_A_DAY, CostRules
from tests.simulation.weeks.judge.phases import PhaseRules
from tests.simulation.weeks.judge.words import Words
from tests.simulation.weeks.rules import RuleBook, RuleVersion
from tests.support.fleets import DAY, HOUR, START, standalone_vm, vm_id


def _nothing(*_: Any) -> None:
    return None


def _all_slots(_: Semaphore, slots: int) -> int:
    return slots


@pytest.mark.parametrize(
    ("target", "bug", "seed", "rule"),
    [
        ("shared.domain.lock.scheduling.within_ramp", _all_slots, 2, "ramp"),
        ("shared.domain.lock.scheduling.end_of_cool_down", _nothing, 0, "I1"),
    ],
)
def test_a_bug_breaks_its_rule(
    target: str,
    bug: Callable[..., Any],
    seed: int,
    rule: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(target, bug)

    result = run_long_seed(seed, machines=50)

    assert (result.fault or "nothing").partition(":")[0] == rule


def test_a_machine_that_is_neither_moved_nor_told_of_breaks_its_rule() -> None:
    clock = SettableClock(now=START)
    book = RuleBook(RuleVersion(), START)
    phases = PhaseRules(book=book, words=Words(book, clock.now), now=clock.now)
    vm = standalone_vm("a")
    phases.on_changed(vm.machine.id)
    clock.advance(9 * DAY)

    with pytest.raises(InvariantViolated, match="phase: a could be moved"):
        phases.on_phase_ended(vm, is_moved=False, is_refused=False, started=START)
    phases.on_notified(vm.machine.id)
    phases.on_phase_ended(vm, is_moved=False, is_refused=False, started=START)

    assert phases.figures.told == 1


def test_a_call_in_a_region_that_is_paused_breaks_its_rule() -> None:
    clock = SettableClock(now=START)
    words = Words(RuleBook(RuleVersion(), START), clock.now)
    here = Machine(id=vm_id("a"), location="westeurope")
    words.on_paused(Pause(target="region:northeurope", reason="r", by="azure", at=START))
    read = words.known_to("worker")
    read.views[here.id], read.machines[here.id] = True, (START, here)
    read.intents.add(here.id)
    clock.advance(HOUR)

    with pytest.raises(InvariantViolated, match="region: a was called"):
        words.on_call_sent("worker", here.id)
    words.on_resumed("region:northeurope")
    words.on_call_sent("worker", here.id)


def test_a_call_that_is_refused_again_and_again_breaks_its_rule() -> None:
    costs = CostRules(lambda: START)
    for _ in range(MOST_REFUSED_A_DAY):
        costs.on_answer(vm_id("a"), 409)
        costs.on_answer(vm_id("a"), 429)

    with pytest.raises(InvariantViolated, match="back-off: a was called 15 times"):
        costs.on_answer(vm_id("a"), 403)
