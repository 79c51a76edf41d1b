"""From the claim of a step to the call: gates, last checks, and what is saved before."""

from datetime import datetime

from shared.domain.calendar.calendar import Calendar
from shared.domain.job.job import Job, job_id
from shared.domain.machine.instance_view import Observation
from shared.domain.redeploy.gates import _change_window, check_gates
from shared.domain.redeploy.last_checks import before_call, max_call_delay, too_late_to_call
from shared.domain.redeploy.others import blocking_move
from shared.domain.redeploy.pauses import Pause
from shared.domain.utc import rfc3339
from shared.ports import Stored
from shared.usecases.app import App
from shared.usecases.jobs.locks import mark_calls
from shared.usecases.jobs.transitions import save
from shared.usecases.redeploy.check_health import check_health
from shared.usecases.redeploy.check_neighbours import neighbour_wait
from shared.usecases.redeploy.read_neighbours import read_neighbours
from shared.usecases.redeploy.redeploy import (
    _claim,
    _record_intent,
    _record_intent_and_check,
    _save_calling,
    redeploy,
)
from tests.simulation.mutants.mutant import Mutant
from tests.simulation.mutants.patches import before, instead, never, passing, without


def _claimed_unsaved(stored: Stored[Job], job: Job, now: datetime, due: datetime) -> Stored[Job]:
    return Stored(value=job.with_changes(now, step=job.step + 1, due=due), version=stored.version)


def _calling_all_the_same(
    stored: Stored[Job], job: Job, now: datetime, old: Stored[Job] | None
) -> Stored[Job]:
    return old or Stored(
        value=job.with_changes(now, called_at=now, attempts=job.attempts + 1),
        version=stored.version,
    )


def _nothing_in_the_way() -> None:
    return None


def _no_neighbours() -> list[Observation]:
    return []


async def _call_early(app: App, stored: Stored[Job]) -> None:
    await app.azure.perform_maintenance(stored.value.machine)


CALL = (
    Mutant("skip the claim of the step", _claim, instead(save, _claimed_unsaved)),
    Mutant(
        "skip the second read: call after the scan's read",
        before_call,
        before(Observation.is_in_flight, _nothing_in_the_way),
    ),
    Mutant(
        "start right after somebody else's redeploy",
        neighbour_wait,
        instead(blocking_move, _nothing_in_the_way),
    ),
    Mutant(
        "do not mark the call for the spacing", redeploy, instead(mark_calls, _nothing_in_the_way)
    ),
    Mutant(
        "do not look at the neighbours",
        neighbour_wait,
        instead(read_neighbours, _no_neighbours),
    ),
    Mutant(
        "call without asking for the machine's health check",
        _record_intent_and_check,
        instead(check_health, None),
    ),
    Mutant(
        "call without the intent on record",
        _record_intent,
        passing(App.record, event="calling"),
    ),
    Mutant(
        "lose the fence: call though the save of called_at was lost",
        _save_calling,
        instead(save, _calling_all_the_same),
    ),
    Mutant("call before called_at is saved", redeploy, before(_save_calling, _call_early)),
    Mutant("call however long the worker was held up", too_late_to_call, never(max_call_delay)),
    Mutant("do not count attempts", _save_calling, without(1)),
    Mutant("ignore pauses", check_gates, never(Pause.as_reason)),
    Mutant(
        "ignore the change window",
        _change_window,
        before(Calendar.next_opening, _nothing_in_the_way),
    ),
    Mutant(
        "do not look at the window again before the call", too_late_to_call, never(Calendar.fits)
    ),
    Mutant("one job for all waves of a machine", job_id, without(rfc3339)),
)
