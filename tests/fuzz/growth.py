"""`python -m tests.fuzz.growth [--kib 150 | --large 39] [WORD ...]`.

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
from dataclasses import replace
from functools import partial

from shared.adapters.mail.graph.client import GraphClient, GraphResponse
from shared.adapters.mail.providers.graph import GraphMail
from shared.adapters.mail.providers.mailgun import Mailgun
from shared.adapters.mail.providers.plain import PlainJson
from shared.adapters.mail.providers.postmark import Postmark
from shared.adapters.mail.providers.sendgrid import SendGrid
from shared.adapters.mail.providers.ses import SesOverSns
from shared.adapters.memory import InlineWorker, MemoryNotices
from shared.adapters.webhooks.entra_tokens import EntraTokens
from shared.adapters.webhooks.shared_secrets import SharedSecret
from shared.domain.notices.decoding import DecoderFailed
from shared.domain.notices.http import Handshake, Refusal
from shared.domain.notices.mail.sender_authentication import AZURE_SENDERS
from shared.domain.notices.notice import UnreadableNotice
from shared.errors import Unavailable
from shared.usecases.notices.inbox import Inbox
from shared.usecases.notices.receipt import Receipt
from shared.usecases.notices.receive_events import receive_events
from shared.usecases.notices.receive_mail import receive_mail
from shared.usecases.notices.receive_service_health import receive_service_health
from shared.usecases.scan.watched_subscriptions import WatchedSubscriptions
from tests.fuzz.hostile_alerts import ALERTS
from tests.fuzz.hostile_calls import ACCOUNT, SECRET, SNS, TOPIC, Sender, Sent
from tests.fuzz.hostile_calls import KINDS as MAIL_KINDS
from tests.fuzz.large_calls import LARGE
from tests.support.app_harness import AppHarness
from tests.unit.notices.signers import AUDIENCE, AUTHORITY, CALLER, NOW, TENANT, Entra

ENTRA = Entra()
_HEADING = "      ms  ms (x2) ratio     MiB  kind"
KINDS: dict[str, Sender] = MAIL_KINDS | ALERTS
SUBSCRIPTION = "6513270e-269e-4d37-b2a7-4de452e6b438"


class _HeldMail(GraphClient):
    """Graph that has one message for every question, read as the real one's answers are."""

    def __init__(self, message: bytes) -> None:
        self._message = message

    async def request(self, method: str, path: str, **_: object) -> GraphResponse:
        assert (method, path[:12]) == ("GET", "/v1.0/users/")
        return GraphResponse(status=200, raw=self._message)


def inbox_for(sent: Sent) -> Inbox:
    """An inbox over fakes with a webhook for each service, at the time of the signatures."""
    harness = AppHarness(subscriptions=(SUBSCRIPTION,))
    harness.clock.advance(NOW - harness.clock.now())
    check = SharedSecret(secret=SECRET, setting="S", what="w")
    return Inbox(
        app=harness.app_without_hook,
        notices=MemoryNotices(),
        worker=InlineWorker(),
        watched=WatchedSubscriptions(app=harness.app_without_hook),
        service_health=check,
        event_grid=check,
        mail={
            "mailgun": Mailgun(key=SECRET, clock=harness.clock, worker=InlineWorker()),
            "sendgrid": SendGrid(
                key=ACCOUNT.public_key, clock=harness.clock, worker=InlineWorker()
            ),
            "ses": SesOverSns(
                topics=(TOPIC,), clock=harness.clock, fetch=SNS.fetch, worker=InlineWorker()
            ),
            "postmark": Postmark(login=f"postmark:{SECRET}", worker=InlineWorker()),
            "plain": PlainJson(secret=SECRET, worker=InlineWorker()),
            "graph": GraphMail(
                client_state=SECRET, client=_HeldMail(sent.fetched), worker=InlineWorker()
            ),
        },
        senders=AZURE_SENDERS,
    )


def receive(sent: Sent) -> str:
    """What happens to the call: an outcome and its reason.

    Raises what the webhook should have caught, and DecoderFailed.
    """
    return asyncio.run(_received(inbox_for(sent), sent))


async def _received(inbox: Inbox, sent: Sent) -> str:
    try:
        received = await _by_its_webhook(inbox, sent)
    except DecoderFailed:
        raise
    except UnreadableNotice as fault:
        return f"unreadable: {fault}"
    except Unavailable as fault:
        return f"unavailable: {fault}"
    if isinstance(received, Refusal):
        return f"{received.status}: {received.reason}"
    assert not isinstance(received, Handshake)
    receipt = received[0]
    return f"{receipt.entry.outcome.value}: {receipt.entry.reason}"


async def _by_its_webhook(inbox: Inbox, sent: Sent) -> Sequence[Receipt] | Handshake | Refusal:
    match sent.provider:
        case "service-health" | "token":
            if sent.provider == "token":
                inbox = replace(inbox, service_health=_tokens(inbox))
            received = await receive_service_health(inbox, sent.call)
            return received if isinstance(received, Refusal) else [received]
        case "event-grid":
            return await receive_events(inbox, sent.call)
        case provider:
            return await receive_mail(inbox, provider, sent.call)


def _tokens(inbox: Inbox) -> EntraTokens:
    return EntraTokens(
        tenant=TENANT,
        audiences=(AUDIENCE,),
        caller=CALLER,
        authority=AUTHORITY,
        clock=inbox.app.clock,
        fetch=ENTRA.fetch,
    )


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


def memory_row(name: str, sender: Sender, size: int) -> str:
    """A line of the memory table: the body, the memory beside it, and their ratio."""
    sent = sender(size)
    body = len(sent.call.body) + len(sent.fetched)
    outcome = receive(sent)
    memory = most_memory(partial(receive, sent))
    return (
        f"{body / 2**20:8.1f} {memory / 2**20:8.1f} {memory / body:5.1f}  {name:50} {outcome[:80]}"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kib", type=int, default=150)
    parser.add_argument(
        "--large", type=int, metavar="MIB", help="the memory of large mails instead"
    )
    parser.add_argument("words", nargs="*", help="only kinds with one of these in their name")
    options = parser.parse_args(arguments)
    kinds = LARGE if options.large else KINDS
    # A command's output.
    print("body MiB      MiB ratio  kind" if options.large else _HEADING)  # noqa: T201
    for name, sender in kinds.items():
        if options.words and not any(word in name for word in options.words):
            continue
        line = (
            memory_row(name, sender, options.large * 2**20)
            if options.large
            else row(name, sender, options.kib * 1024)
        )
        print(line, flush=True)  # noqa: T201 - as above


if __name__ == "__main__":
    main()
