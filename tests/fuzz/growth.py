"""`python -m tests.fuzz.growth [--kib 150] [WORD ...]`.

What each hostile mail costs, and what twice of it does.

Each goes through the real use case, over fakes of storage and queues. Printed are CPU time and the
most memory, the key checks of the service included. Seconds are the machine's; what counts is how
they grow.
"""

import argparse
import asyncio
import gc
import time
import tracemalloc
from collections.abc import Callable, Sequence
from functools import partial

from shared.adapters.mail.graph.client import GraphClient, GraphResponse, response_of
from shared.adapters.mail.graph.webhook import GraphMail
from shared.adapters.mail.mailgun import Mailgun
from shared.adapters.mail.plain import PlainJson
from shared.adapters.mail.postmark import Postmark
from shared.adapters.mail.sendgrid import SendGrid
from shared.adapters.mail.ses_sns import SesOverSns
from shared.adapters.memory import MemoryNotices
from shared.adapters.webhooks.shared_secrets import SharedSecret
from shared.domain.notices.decoding import DecoderFailed
from shared.domain.notices.http import Handshake, Refusal
from shared.domain.notices.mail.sender_authentication import AZURE_SENDERS
from shared.domain.notices.notice import UnreadableNotice
from shared.errors import Unavailable
from shared.usecases.notices.inbox import Inbox
from shared.usecases.notices.receive_mail import receive_mail
from shared.usecases.scan.watched_subscriptions import WatchedSubscriptions
from tests.fuzz.hostile_calls import ACCOUNT, KINDS, SECRET, SNS, TOPIC, Sender, Sent
from tests.support.app_harness import AppHarness
from tests.unit.notices.signers import NOW

SUBSCRIPTION = "6513270e-269e-4d37-b2a7-4de452e6b438"


class _HeldMail(GraphClient):
    """Graph that has one message for every question, read as the real one's answers are."""

    def __init__(self, message: bytes) -> None:
        self._message = message

    async def request(self, method: str, path: str, **_: object) -> GraphResponse:
        assert (method, path[:12]) == ("GET", "/v1.0/users/")
        return response_of(200, self._message)


def inbox_for(sent: Sent) -> Inbox:
    """An inbox over fakes with a webhook for each service, at the time of the signatures."""
    harness = AppHarness(subscriptions=(SUBSCRIPTION,))
    harness.clock.advance(NOW - harness.clock.now())
    check = SharedSecret(secret=SECRET, setting="S", what="w")
    return Inbox(
        app=harness.app_without_hook,
        notices=MemoryNotices(),
        watched=WatchedSubscriptions(app=harness.app_without_hook),
        service_health=check,
        event_grid=check,
        mail={
            "mailgun": Mailgun(key=SECRET, clock=harness.clock),
            "sendgrid": SendGrid(key=ACCOUNT.public_key, clock=harness.clock),
            "ses": SesOverSns(topics=(TOPIC,), clock=harness.clock, fetch=SNS.fetch),
            "postmark": Postmark(login=f"postmark:{SECRET}"),
            "plain": PlainJson(secret=SECRET),
            "graph": GraphMail(client_state=SECRET, client=_HeldMail(sent.fetched)),
        },
        senders=AZURE_SENDERS,
    )


def receive(sent: Sent) -> str:
    """What becomes of the call: an outcome and its reason.

    Raises what the webhook should have caught, and DecoderFailed.
    """
    return asyncio.run(_received(inbox_for(sent), sent))


async def _received(inbox: Inbox, sent: Sent) -> str:
    try:
        received = await receive_mail(inbox, sent.provider, sent.call)
    except DecoderFailed:
        raise
    except UnreadableNotice as fault:
        return f"unreadable: {fault}"
    except Unavailable as fault:
        return f"unavailable: {fault}"
    if isinstance(received, Refusal):
        return f"{received.status}: {received.reason}"
    assert not isinstance(received, Handshake)
    (receipt,) = received
    return f"{receipt.entry.outcome.value}: {receipt.entry.reason}"


def cpu_seconds(run: Callable[[], object]) -> float:
    """The CPU time of one run, without the collector's, which depends on all that is alive."""
    gc.collect()
    gc.disable()
    try:
        start = time.process_time()
        run()
        return time.process_time() - start
    finally:
        gc.enable()


def most_memory(run: Callable[[], object]) -> int:
    """The bytes that one run has allocated at most."""
    tracemalloc.start()
    try:
        run()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def row(name: str, sender: Sender, size: int) -> str:
    """A line of the table."""
    once, twice = sender(size), sender(2 * size)
    outcome = receive(once)
    seconds = [min(cpu_seconds(partial(receive, each)) for _ in range(3)) for each in (once, twice)]
    memory = most_memory(partial(receive, once))
    times = f"{seconds[0] * 1000:8.1f} {seconds[1] * 1000:8.1f} {seconds[1] / seconds[0]:5.1f}"
    return f"{times} {memory / 2**20:7.1f}  {name:50} {outcome[:80]}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kib", type=int, default=150)
    parser.add_argument("words", nargs="*", help="only kinds with one of these in their name")
    options = parser.parse_args(arguments)
    print("      ms  ms (x2) ratio     MiB  kind")  # noqa: T201 - a command's output
    for name, sender in KINDS.items():
        if not options.words or any(word in name for word in options.words):
            print(row(name, sender, options.kib * 1024), flush=True)  # noqa: T201 - as above


if __name__ == "__main__":
    main()
