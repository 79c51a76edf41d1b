"""Trigger of the notifications: what an operator should know."""

import azure.functions as func

from shared.bootstrap import get_app
from shared.domain.messages import Notification, Queue, decode
from shared.usecases.notify.deliver import deliver_notification

blueprint = func.Blueprint()


@blueprint.service_bus_queue_trigger(
    arg_name="message", queue_name=Queue.NOTIFICATIONS.value, connection="ServiceBusConnection"
)
async def notify_operators(message: func.ServiceBusMessage) -> None:
    """Pass one notification on."""
    await deliver_notification(await get_app(), decode(message.get_body(), Notification))
