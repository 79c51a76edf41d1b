"""Trigger of the redeploys: each message takes one job one step further."""

import azure.functions as func

from functions.deliveries import handle_message
from shared.domain.messages import Queue

blueprint = func.Blueprint()


@blueprint.service_bus_queue_trigger(
    arg_name="message", queue_name=Queue.REDEPLOYS.value, connection="ServiceBusConnection"
)
async def redeploy_step(message: func.ServiceBusMessage) -> None:
    """Take one job one step further."""
    await handle_message(message, Queue.REDEPLOYS)
