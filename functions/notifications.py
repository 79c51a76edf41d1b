"""Trigger of the notifications: what an operator should know."""

import azure.functions as func

from functions.deliveries import handle_message
from shared.domain.messages import Queue

blueprint = func.Blueprint()


@blueprint.service_bus_queue_trigger(
    arg_name="message", queue_name=Queue.NOTIFICATIONS.value, connection="ServiceBusConnection"
)
async def notify_operators(message: func.ServiceBusMessage) -> None:
    """Pass one notification on."""
    await handle_message(message, Queue.NOTIFICATIONS)
