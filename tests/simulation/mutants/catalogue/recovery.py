"""Messages that come twice, late or never, and what recovery makes of it."""

from shared.domain.clocks import Arrival, TimerKind, arrival_of, late
from shared.domain.job.states import State
from shared.domain.lock.semaphore import Lease
from shared.domain.messages import JobStep
from shared.telemetry import log_warning
from shared.usecases.clocks.keep import send_tick
from shared.usecases.clocks.take_tick import _send_next, take_tick
from shared.usecases.recover.dead_letters import (
    _deliver_notification_now,
    _recheck_or_park,
    handle_dead_letter,
)
from shared.usecases.recover.recover import _wake_due, is_abandoned
from shared.usecases.redeploy.take_step import _is_stale
from tests.simulation.mutants.mutant import Mutant
from tests.simulation.mutants.patches import drop, instead, never, only, returns


def _take_it() -> Arrival:
    return Arrival.TAKE


def _nothing() -> tuple[TimerKind, ...]:
    return ()


RECOVERY = (
    Mutant("ignore the step number of a message", _is_stale, returns(JobStep.step, None)),
    Mutant(
        "never send a notification that could not be sent first",
        handle_dead_letter,
        drop(_deliver_notification_now),
    ),
    Mutant("ignore what the queue dead-lettered", handle_dead_letter, never(_recheck_or_park)),
    Mutant(
        "recovery releases expired leases, regardless of their jobs",
        is_abandoned,
        only(Lease.has_expired),
    ),
    Mutant("recovery takes no lease back", is_abandoned, never(State.is_final)),
    Mutant("recovery ignores jobs whose message was lost", _wake_due, never(log_warning)),
    Mutant("a tick sends no other tick", _send_next, drop(send_tick)),
    Mutant(
        "any tick continues, also one that is not due", _send_next, instead(arrival_of, _take_it)
    ),
    Mutant("a tick does nothing for a timer that is silent", take_tick, instead(late, _nothing)),
)
