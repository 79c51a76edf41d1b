"""Triggers of recovery.

A timer that continues abandoned work and watches deadlines and mailbox, and the dead-letter queues.
"""

import azure.functions as func

from functions.deliveries import handle_message
from shared.bootstrap import get_app, get_inbox
from shared.domain.clocks import TimerKind
from shared.domain.messages import Queue
from shared.usecases.timers.work import run_timer

blueprint = func.Blueprint()


@blueprint.timer_trigger(
    arg_name="timer", schedule="%RECOVER_SCHEDULE%", run_on_startup=False, use_monitor=True
)
async def recover_all(timer: func.TimerRequest) -> None:  # noqa: ARG001 - the binding's name
    """Continue abandoned work, report deadlines, keep the mail subscription, send messages.

    Export the audit trail, too.
    """
    await run_timer(await get_app(), TimerKind.RECOVERY, get_inbox)


@blueprint.service_bus_queue_trigger(
    arg_name="message", queue_name=Queue.DEAD_LETTERS.value, connection="ServiceBusConnection"
)
async def dead_letter(message: func.ServiceBusMessage) -> None:
    """See to a message that one of the other queues gave up."""
    await handle_message(message, Queue.DEAD_LETTERS)
