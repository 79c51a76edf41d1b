"""The handler of each queue, with the time that it may take."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from shared.domain.delivery import Delivery
from shared.domain.messages import JobStep, Notification, Queue, ScanRequest, decode
from shared.domain.quota.level import ReadPurpose
from shared.ports.reads import reads_for
from shared.usecases.app import App
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


async def _scan(app: App, delivery: Delivery) -> None:
    request = decode(delivery.body, ScanRequest)
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


HANDLERS: Mapping[Queue, Handler] = {
    Queue.SCANS: Handler(handle=_scan, deadline=timedelta(seconds=120)),
    Queue.REDEPLOYS: Handler(handle=_step, deadline=timedelta(seconds=120)),
    Queue.NOTIFICATIONS: Handler(handle=_notification, deadline=timedelta(seconds=60)),
    Queue.DEAD_LETTERS: Handler(handle=_dead_letter, deadline=timedelta(seconds=60)),
}
