"""From the claim of a step to the call: gates, last looks, and what is saved before."""

import ast

from shared.domain.job.job import Job, job_id
from shared.domain.machine.instance_view import Observation
from shared.domain.policy.change_windows import Calendar
from shared.domain.redeploy.gates import Admit, _within_change_window, pass_gates
from shared.domain.redeploy.last_look import before_call
from shared.domain.redeploy.outcomes import Call
from shared.domain.redeploy.pauses import Pause
from shared.domain.utc import stamp
from shared.ports import Jobs, Stored, Version
from shared.usecases.app import App
from shared.usecases.redeploy.admit import _claim
from shared.usecases.redeploy.call import _act, _save_calling, _too_late, call, time_to_act
from shared.usecases.redeploy.check_health import ask_health
from shared.usecases.redeploy.check_neighbours import why_a_neighbour_keeps_it
from tests.simulation.mutants.mutant import Mutant
from tests.simulation.mutants.patches import always, before, instead, never, passing, without


def _the_version_read(stored: Stored[Job]) -> Version:
    return stored.version


def _any_version(stored: Stored[Job], old: Version | None) -> Version:
    return old or stored.version


def _call_at_once() -> Call:
    return Call()


async def _call_early(app: App, stored: Stored[Job]) -> None:
    await app.azure.perform_maintenance(stored.value.machine)


CALL = (
    Mutant("skip the claim of the step", _claim, instead(Jobs.save, _the_version_read)),
    Mutant(
        "skip the re-read: call on the scan's word",
        before_call,
        before(Observation.is_in_flight, _call_at_once),
    ),
    Mutant("do not look at the neighbours", why_a_neighbour_keeps_it, never(ast.NotEq)),
    Mutant("call without asking for the machine's health check", call, instead(ask_health, None)),
    Mutant("call without the intent on record", call, passing(App.record, event="calling")),
    Mutant(
        "lose the fence: call though the save of called_at was lost",
        _save_calling,
        instead(Jobs.save, _any_version),
    ),
    Mutant("call before called_at is saved", _act, before(_save_calling, _call_early)),
    Mutant("call however long the worker was held up", _too_late, never(time_to_act)),
    Mutant("do not count attempts", _save_calling, without(1)),
    Mutant("ignore pauses", pass_gates, never(Pause.target)),
    Mutant("ignore the change window", _within_change_window, always(Admit)),
    Mutant("do not look at the window again before the call", _too_late, never(Calendar.fits)),
    Mutant("one job for all waves of a machine", job_id, without(stamp)),
)
