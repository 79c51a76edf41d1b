"""The blueprint of the example app."""

import asyncio
import json
import logging
import time

import azure.functions as func

blueprint = func.Blueprint()
log = logging.getLogger("example")


@blueprint.route(
    route="orders/{order_id:int?}", methods=["GET", "POST"], auth_level=func.AuthLevel.ANONYMOUS
)
@blueprint.service_bus_queue_output(arg_name="out", queue_name="%ORDERS_QUEUE%", connection="Bus")
async def orders(req: func.HttpRequest, out: func.Out[str]) -> func.HttpResponse:
    """Echo the request; a posted array becomes one message per element."""
    body = req.get_body()
    if body:
        out.set(body.decode())
    response = {
        "id": req.route_params.get("order_id"),
        "query": dict(req.params),
        "length": len(body),
    }
    headers = {
        "x-seen": req.headers.get("x-sent", ""),
        "Set-Cookie": "a=1; Max-Age=60; Path=/; HttpOnly; SameSite=Lax",
    }
    return func.HttpResponse(
        json.dumps(response), status_code=202, mimetype="application/json", headers=headers
    )


@blueprint.route(route="text")
def text(req: func.HttpRequest) -> str:
    """Answer every method with a plain text."""
    return f"{req.method} {req.url}"


@blueprint.route(route="broken", methods=["GET"])
def broken(req: func.HttpRequest) -> func.HttpResponse:
    """Fail."""
    raise RuntimeError(f"broken on purpose: {req.method}")


@blueprint.service_bus_queue_trigger(
    arg_name="message", queue_name="%ORDERS_QUEUE%", connection="Bus"
)
@blueprint.service_bus_queue_output(
    arg_name="$return", queue_name="%RESULTS_QUEUE%", connection="Bus"
)
async def work(message: func.ServiceBusMessage) -> str:
    """Do what the body says - {"fail".

    True}, {"take": seconds} - and output what was seen of the message.
    """
    order = json.loads(message.get_body() or b"{}")
    log.info("order.received", extra={"message_id": message.message_id})
    if order.get("fail"):
        raise RuntimeError("failed on purpose")
    began = time.time()
    await asyncio.sleep(order.get("take", 0))
    return json.dumps({"order": order, "seen": seen(message), "began": began, "ended": time.time()})


@blueprint.service_bus_queue_trigger(
    arg_name="message", queue_name="%ORDERS_QUEUE%/$deadletterqueue", connection="Bus"
)
@blueprint.service_bus_queue_output(
    arg_name="$return", queue_name="%RESULTS_QUEUE%", connection="Bus"
)
def bury(message: func.ServiceBusMessage) -> str:
    """Output what became a dead letter."""
    return json.dumps({"buried": json.loads(message.get_body()), "seen": seen(message)})


def seen(message: func.ServiceBusMessage) -> dict[str, object]:
    """The properties that a function can read, as JSON values."""
    return {
        "message_id": message.message_id,
        "delivery_count": message.delivery_count,
        "sequence_number": message.sequence_number,
        "session_id": message.session_id,
        "correlation_id": message.correlation_id,
        "content_type": message.content_type,
        "subject": message.subject,
        "properties": message.application_properties,
        "user_properties": message.user_properties,
        "enqueued": str(message.enqueued_time_utc),
        "expires": str(message.expires_at_utc),
        "time_to_live": message.time_to_live,
        "dead_letter_reason": message.dead_letter_reason,
    }
