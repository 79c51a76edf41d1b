"""The handler of each queue, with the time that it may take."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from shared.domain.delivery import Delivery
from shared.domain.messages import Cause, JobStep, Notification, Queue, ScanRequest, decode
from shared.domain.quota.level import ReadPurpose
from shared.ports.reads import reads_for
from shared.usecases.app import App
from shared.usecases.clocks.take_tick import TimerWork, take_tick
from shared.usecases.hints.look_at_named import look_at_named
from shared.usecases.notify.deliver import deliver_notification
from shared.usecases.recover.dead_letters import handle_dead_letter
from shared.usecases.redeploy.take_step import take_step
from shared.usecases.scan.scan_subscription import scan_subscription

type Handle = Callable[[App, Delivery], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Handler:
    """What is done with a message, and for how long.

    The deadline is well under `functionTimeout` of host.json. At that the host ends the worker,
    and with it the other messages that the worker handles.
    """

    handle: Handle
    deadline: timedelta


async def _scan(app: App, delivery: Delivery, work: TimerWork) -> None:
    request = decode(delivery.body, ScanRequest)
    if request.cause is Cause.TICK:
        await take_tick(app, request, work)
        return
    with reads_for(ReadPurpose.SCAN):
        if request.machines:
            await look_at_named(app, request)
        else:
            await scan_subscription(app, request)


async def _step(app: App, delivery: Delivery) -> None:
    await take_step(app, decode(delivery.body, JobStep))


async def _notification(app: App, delivery: Delivery) -> None:
    await deliver_notification(app, decode(delivery.body, Notification))


async def _dead_letter(app: App, delivery: Delivery) -> None:
    await handle_dead_letter(app, delivery.source, delivery.body, delivery.reason)


def handlers(work: TimerWork) -> Mapping[Queue, Handler]:
    """The handler of each queue. `work`: what a tick does for a timer that does not fire."""

    async def scan(app: App, delivery: Delivery) -> None:
        await _scan(app, delivery, work)

    return {
        Queue.SCANS: Handler(handle=scan, deadline=timedelta(seconds=120)),
        Queue.REDEPLOYS: Handler(handle=_step, deadline=timedelta(seconds=120)),
        Queue.NOTIFICATIONS: Handler(handle=_notification, deadline=timedelta(seconds=60)),
        Queue.DEAD_LETTERS: Handler(handle=_dead_letter, deadline=timedelta(seconds=60)),
    }
