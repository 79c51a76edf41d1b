"""Triggers of the scan.

A timer asks for one of each subscription, and the queue runs them one by one.
"""

import azure.functions as func

from functions.deliveries import handle_message
from shared.bootstrap import get_app, get_inbox
from shared.domain.clocks import TimerKind
from shared.domain.messages import Queue
from shared.usecases.timers.work import run_timer

blueprint = func.Blueprint()


@blueprint.timer_trigger(
    arg_name="timer", schedule="%SCAN_SCHEDULE%", run_on_startup=False, use_monitor=True
)
async def scan_all(timer: func.TimerRequest) -> None:  # noqa: ARG001 - the binding's name
    """Queue a scan of every watched subscription, and report those whose last scan is too old."""
    await run_timer(await get_app(), TimerKind.SCANS, get_inbox)


@blueprint.service_bus_queue_trigger(
    arg_name="message", queue_name=Queue.SCANS.value, connection="ServiceBusConnection"
)
async def scan_one(message: func.ServiceBusMessage) -> None:
    """Take one step of the scan of one subscription, or one tick of the second clock."""
    await handle_message(message, Queue.SCANS)
