"""Triggers of the scan.

A timer asks for one of each subscription, and the queue runs them one by one.
"""

import azure.functions as func

from functions.deliveries import handle_message
from shared.bootstrap import get_app
from shared.domain.messages import Queue
from shared.usecases.hints.request_looks import request_looks
from shared.usecases.recover.parts import Part, run_parts
from shared.usecases.scan.request_scans import request_scans
from shared.usecases.scan.watch_scans import watch_scans

blueprint = func.Blueprint()


@blueprint.timer_trigger(
    arg_name="timer", schedule="%SCAN_SCHEDULE%", run_on_startup=False, use_monitor=True
)
async def scan_all(timer: func.TimerRequest) -> None:  # noqa: ARG001 - the binding's name
    """Queue a scan of every watched subscription, and report those whose last scan is too old."""
    app = await get_app()
    await run_parts(
        (
            Part(name="scans", work=lambda: request_scans(app)),
            Part(name="hints", work=lambda: request_looks(app)),
            Part(name="overdue scans", work=lambda: watch_scans(app)),
        )
    )


@blueprint.service_bus_queue_trigger(
    arg_name="message", queue_name=Queue.SCANS.value, connection="ServiceBusConnection"
)
async def scan_one(message: func.ServiceBusMessage) -> None:
    """Take one step of the scan of one subscription."""
    await handle_message(message, Queue.SCANS)
