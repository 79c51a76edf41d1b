"""Triggers of recovery.

A timer that continues abandoned work and watches deadlines and mailbox, and the dead-letter queues.
"""

import azure.functions as func

from shared.bootstrap import get_app, get_inbox
from shared.domain.messages import Queue
from shared.usecases.notices.renew_graph_subscription import renew_graph_subscription
from shared.usecases.notify.deadlines import watch_deadlines
from shared.usecases.recover.dead_letters import handle_dead_letter
from shared.usecases.recover.recover import recover

blueprint = func.Blueprint()


@blueprint.timer_trigger(
    arg_name="timer", schedule="%RECOVER_SCHEDULE%", run_on_startup=False, use_monitor=True
)
async def recover_all(timer: func.TimerRequest) -> None:  # noqa: ARG001 - the binding's name
    """Continue abandoned work, report risks for deadlines, and keep the mail subscription."""
    app = await get_app()
    await recover(app)
    await watch_deadlines(app)
    await renew_graph_subscription(await get_inbox())


@blueprint.service_bus_queue_trigger(
    arg_name="message", queue_name="redeploys/$deadletterqueue", connection="ServiceBusConnection"
)
async def redeploy_dead_letter(message: func.ServiceBusMessage) -> None:
    """See to the job whose message was given up."""
    await _settle(Queue.REDEPLOYS, message)


@blueprint.service_bus_queue_trigger(
    arg_name="message", queue_name="scans/$deadletterqueue", connection="ServiceBusConnection"
)
async def scan_dead_letter(message: func.ServiceBusMessage) -> None:
    """Put a scan that was given up on record."""
    await _settle(Queue.SCANS, message)


@blueprint.service_bus_queue_trigger(
    arg_name="message",
    queue_name="notifications/$deadletterqueue",
    connection="ServiceBusConnection",
)
async def notification_dead_letter(message: func.ServiceBusMessage) -> None:
    """Put a notification that was given up on record."""
    await _settle(Queue.NOTIFICATIONS, message)


async def _settle(queue: Queue, message: func.ServiceBusMessage) -> None:
    body = message.get_body().decode("utf-8", errors="replace")
    properties = message.application_properties or {}
    reason = (
        properties.get("DeadLetterReason") or message.dead_letter_source or "given up by the queue"
    )
    await handle_dead_letter(await get_app(), queue, body, str(reason))
