"""From a Service Bus trigger to the use case that handles the message."""

from asyncio import sleep as pause

import azure.functions as func

from shared.bootstrap import get_app, get_inbox
from shared.domain.delivery_properties import delivery_of
from shared.domain.messages import Queue
from shared.errors import SettingsError, Unavailable
from shared.telemetry import log_warning
from shared.usecases.clocks.keep import keep_ticking
from shared.usecases.receive.handlers import handlers
from shared.usecases.receive.receive import receive
from shared.usecases.timers.work import parts_of_timers

#: before a message is left to the queue, which delivers it again immediately
PAUSE_SECONDS = 20.0

_HANDLERS = handlers(lambda app: parts_of_timers(app, get_inbox))


async def handle_message(message: func.ServiceBusMessage, queue: Queue) -> None:
    """Handle one message of a queue.

    Where there is no app, because its settings are wrong, there is nobody who could send a copy:
    the message is left to the queue, after a pause.
    """
    try:
        app = await get_app()
    except (SettingsError, Unavailable) as fault:
        log_warning("message.no_app", queue=queue, reason=fault)
        await pause(PAUSE_SECONDS)
        raise
    await receive(
        app,
        delivery_of(
            queue,
            message.get_body(),
            message.application_properties,
            dead_letter_source=message.dead_letter_source,
            subject=message.subject,
        ),
        handlers=_HANDLERS,
    )
    await keep_ticking(app)
