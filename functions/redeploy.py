"""Trigger of the redeploys: each message takes one job one step further."""

import azure.functions as func

from shared.bootstrap import get_app
from shared.domain.messages import JobStep, Queue, decode
from shared.usecases.redeploy.take_step import take_step

blueprint = func.Blueprint()


@blueprint.service_bus_queue_trigger(
    arg_name="message", queue_name=Queue.REDEPLOYS.value, connection="ServiceBusConnection"
)
async def redeploy_step(message: func.ServiceBusMessage) -> None:
    """Take one job one step further."""
    await take_step(await get_app(), decode(message.get_body(), JobStep))
