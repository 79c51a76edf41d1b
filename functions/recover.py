"""Triggers of recovery.

A timer that continues abandoned work and watches deadlines and mailbox, and the dead-letter queues.
"""

import azure.functions as func

from functions.deliveries import handle_message
from shared.bootstrap import get_app, get_inbox
from shared.domain.messages import Queue
from shared.usecases.calendar_feed.keep import keep_calendar
from shared.usecases.notices.renew_graph_subscription import renew_graph_subscription
from shared.usecases.notify.deadlines import watch_deadlines
from shared.usecases.notify.left_alone import watch_left_alone
from shared.usecases.outbox.send_messages import send_messages
from shared.usecases.recover.parts import Part, run_parts
from shared.usecases.recover.recover import recover
from shared.usecases.retention.at_night import (
    sweep_at_night,
    sweep_notices_at_night,
    sweep_trail_at_night,
)
from shared.usecases.trail.export import export_trail

blueprint = func.Blueprint()


@blueprint.timer_trigger(
    arg_name="timer", schedule="%RECOVER_SCHEDULE%", run_on_startup=False, use_monitor=True
)
async def recover_all(timer: func.TimerRequest) -> None:  # noqa: ARG001 - the binding's name
    """Continue abandoned work, report deadlines, keep the mail subscription, send messages.

    Export the audit trail, too.
    """
    app = await get_app()
    await run_parts(
        (
            Part(name="recovery", work=lambda: recover(app)),
            Part(name="deadlines", work=lambda: watch_deadlines(app)),
            Part(name="machines left alone", work=lambda: watch_left_alone(app)),
            Part(name="retention", work=lambda: sweep_at_night(app)),
            Part(name="retention of notices", work=_sweep_notices),
            Part(name="mailbox", work=_renew_mail_subscription),
            Part(name="retention of the trail", work=lambda: sweep_trail_at_night(app)),
            Part(name="audit trail", work=lambda: export_trail(app)),
            Part(name="calendar", work=lambda: keep_calendar(app)),
            Part(name="messages", work=lambda: send_messages(app)),
        )
    )


async def _renew_mail_subscription() -> None:
    await renew_graph_subscription(await get_inbox())


async def _sweep_notices() -> None:
    await sweep_notices_at_night(await get_inbox())


@blueprint.service_bus_queue_trigger(
    arg_name="message", queue_name=Queue.DEAD_LETTERS.value, connection="ServiceBusConnection"
)
async def dead_letter(message: func.ServiceBusMessage) -> None:
    """See to a message that one of the other queues gave up."""
    await handle_message(message, Queue.DEAD_LETTERS)
