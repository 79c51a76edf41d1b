"""Two releases of the app together: an upgrade, a rollback and another upgrade, in every state."""

import os
from typing import Any

import pytest

from shared.adapters import stored_values
from shared.domain import messages
from shared.domain.job.states import State
from tests.simulation.campaign import Totals, run_campaign, run_seed
from tests.simulation.releases.unknown_parts import Novelty, as_next, lost_members, read_by_next

#: `make simulate ARGS=--upgrades` plays more
SEEDS = range(int(os.environ.get("FORESTALL_UPGRADE_SEEDS", "60")))


@pytest.fixture(scope="module")
def played() -> Totals:
    return run_campaign(SEEDS, cores=1, upgrades=True)


def test_every_invariant_holds_while_two_releases_run(played: Totals) -> None:
    assert [f"seed {each.seed}: {each.fault}" for each in played.failures] == []


def test_jobs_in_every_state_go_from_one_release_to_the_other(played: Totals) -> None:
    """A missed job is rare here, and admitted ones last for seconds."""
    upgraded = {state for state in State if played.disturbances[f"upgrades over {state.value}"]}
    rolled_back = {
        state for state in State if played.disturbances[f"rolls back over {state.value}"]
    }

    assert upgraded | rolled_back >= set(State) - {State.MISSED}
    assert rolled_back >= {State.DEFERRED, State.REDEPLOYING, State.VERIFYING, State.SUCCEEDED}


def _nothing_kept(*_: object) -> str:
    return ""


def _read_as_it_is(body: Any, kind: Any, *_: object) -> Any:
    try:
        return _DECODE(body, kind)
    except messages.NewerMessage as newer:
        raise messages.UnreadableMessage(str(newer)) from newer


_DECODE = messages.decode


def test_a_release_that_drops_what_it_does_not_know_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stored_values, "_kept", _nothing_kept)

    assert any("lost what it had" in fault for fault in _faults())


def test_a_release_that_gives_up_messages_with_unknown_words_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shared.usecases.receive.handlers.decode", _read_as_it_is)

    assert any("gave up" in fault for fault in _faults())


def _faults() -> list[str]:
    found = (run_seed(seed, upgrades=True).fault for seed in range(30))
    return [each for each in found if each is not None]


@pytest.mark.parametrize("novelty", Novelty)
def test_the_newer_release_reads_what_it_wrote(novelty: Novelty) -> None:
    text = '{"schema":1,"agent":"required","leases":[{"scope":"vm:1","token":3}]}'

    written = as_next(text, novelty)

    assert lost_members(written, read_by_next(written)) == []
    assert lost_members(written, text) == ["$", "leases"]
    assert as_next(read_by_next(written), novelty) == written
