"""Service Bus queue triggers.

Pulls messages with peek-lock and keeps at it while the broker comes and goes.

Each queue has one receiver. It prefetches nothing, and requests one message at a time, only while a
call is free. A larger credit would lock messages without work on them, and would take messages from
other hosts. Sessions, batches and topics are refused before this module is reached.
"""

import asyncio
import logging

from azure.servicebus import ServiceBusReceivedMessage, ServiceBusReceiveMode, ServiceBusSubQueue
from azure.servicebus.aio import ServiceBusReceiver
from azure.servicebus.exceptions import ServiceBusAuthenticationError

from sandbox.azure.functions_host.clock import Clock
from sandbox.azure.functions_host.logs import HOST_LOGGER
from sandbox.azure.functions_host.triggers.connections import Client
from sandbox.azure.functions_host.triggers.deliveries import Delivery, Handle, QueueTrigger

log = logging.getLogger(HOST_LOGGER)

POLL_SECONDS = 5.0  # how long one receive waits; the connection is watched meanwhile
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 10.0  # seconds between attempts while the broker is away


class QueueListener:
    """Pulls from one queue for one function; survives a broker that is away."""

    def __init__(self, trigger: QueueTrigger, handle: Handle, clock: Clock) -> None:
        self._trigger = trigger
        self._handle = handle
        self._clock = clock
        self._client = Client(
            trigger.connection, retries=0
        )  # pauses between attempts are made here
        self._slots = asyncio.Semaphore(trigger.max_concurrent_calls)
        self._deliveries: set[asyncio.Task[None]] = set()
        self._pause = 0.0

    async def run(self) -> None:
        """Pull until cancelled; outages are logged and waited out, with growing pauses.

        Cancelling stops the pulling only: running work continues, and a message that arrives
        meanwhile is returned without counting as a delivery (the SDK releases what no receive call
        waits for).
        """
        receiver = _receiver(self._client, self._trigger.queue)
        while True:
            try:
                await self._pull(receiver)
            except Exception as outage:  # noqa: BLE001 - a listener survives every error of the SDK
                await self._wait_out(outage)

    async def close(self, settle_within: float) -> None:
        """Let what has run be settled, at most `settle_within` seconds, and close.

        What is still running after that is given up: its lock runs out and it is delivered again.
        """
        if self._deliveries:
            await asyncio.wait(self._deliveries, timeout=settle_within)
        for delivery in self._deliveries:
            delivery.cancel()
        await asyncio.gather(*self._deliveries, return_exceptions=True)
        await self._client.close()

    async def _pull(self, receiver: ServiceBusReceiver) -> None:
        while True:
            await self._slots.acquire()
            try:
                messages = await receiver.receive_messages(
                    max_message_count=1, max_wait_time=POLL_SECONDS
                )
            except BaseException:
                self._slots.release()
                raise
            self._connected()
            if messages:
                self._begin(receiver, messages[0])
            else:
                self._slots.release()

    def _begin(self, receiver: ServiceBusReceiver, message: ServiceBusReceivedMessage) -> None:
        work = Delivery(self._trigger, receiver, message, self._clock).work(self._handle)
        delivery = asyncio.create_task(work)
        self._deliveries.add(delivery)
        delivery.add_done_callback(self._ended)

    def _ended(self, delivery: asyncio.Task[None]) -> None:
        self._deliveries.discard(delivery)
        self._slots.release()
        if not delivery.cancelled() and delivery.exception():
            log.error("delivery failed", exc_info=delivery.exception(), extra=self._facts)

    @property
    def _facts(self) -> dict[str, str]:
        return {"function": self._trigger.function, "queue": self._trigger.queue}

    def _connected(self) -> None:
        if self._pause:
            log.info("broker is back", extra=self._facts)
        self._pause = 0.0

    async def _wait_out(self, outage: Exception) -> None:
        self._pause = min(self._pause * 2, LONGEST_PAUSE) or FIRST_PAUSE
        facts = {
            **self._facts,
            "retry_in_s": self._pause,
            "error": f"{type(outage).__name__}: {outage}",
        }
        # Azure refuses the claim for a queue that does not exist, and the SDK takes that for a
        # wrong key.
        refused = isinstance(outage, ServiceBusAuthenticationError)
        why = " (does it exist, and is the key or identity right?)" if refused else ""
        log.warning("queue cannot be read%s", why, extra=facts)
        await self._clock.sleep(self._pause)


def _receiver(client: Client, path: str) -> ServiceBusReceiver:
    queue, _, sub_queue = path.partition("/")
    kinds = {
        "$deadletterqueue": ServiceBusSubQueue.DEAD_LETTER,
        "$transfer/$deadletterqueue": ServiceBusSubQueue.TRANSFER_DEAD_LETTER,
    }
    return client.bus.get_queue_receiver(
        queue if sub_queue.lower() in kinds else path,
        sub_queue=kinds.get(sub_queue.lower()),
        receive_mode=ServiceBusReceiveMode.PEEK_LOCK,
        prefetch_count=0,
    )
