"""`make load`: honest alerts while hostile mails arrive, through the whole app over HTTP.

It is no test of the suite, as a ratio of seconds depends on the machine. Rounds with and without
hostile mails take turns, so that both meet the same machine.
"""

import multiprocessing
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from multiprocessing.synchronize import Event
from statistics import quantiles
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from tests.fuzz.hostile_mails import MAILS
from tests.scenarios.conftest import StartEnvironment
from tests.scenarios.environment import ScenarioEnvironment
from tests.scenarios.fleets import SHOP, alone, fleet_of
from tests.scenarios.notices import alert, post_notice, start_without_timed_scans
from tests.unit.notices.signers import mailgun_signature

ALERTS = 500
ROUNDS = 5
#: more than an installation gets, and less than a busy machine with two cores can answer
ALERTS_A_SECOND = 8
SENDERS = 4
SIZE = 150 * 1024
#: of the 95th percentile with hostile mails to that without
MOST_RATIO = 3
KEY = "key-of-the-mailgun-account"


def send_hostile_mails(url: str, stop: Event, sent: Sequence[int]) -> None:
    """Send one kind after the other from a process of its own, until told to stop."""
    mails = [each(SIZE) for each in MAILS.values()]

    def send(offset: int) -> None:
        for number in cycle(range(len(mails))):
            if stop.is_set():
                return
            body = _form(mails[(number + offset * 7) % len(mails)])
            request = Request(f"{url}/api/notices/email/mailgun", data=body, method="POST")
            request.add_header("Content-Type", "application/x-www-form-urlencoded")
            try:
                with urlopen(request, timeout=60) as response:
                    response.read()
            except HTTPError as refusal:
                refusal.close()
            sent[0] += 1  # type: ignore[index]

    with ThreadPoolExecutor(SENDERS) as pool:
        list(pool.map(send, range(SENDERS)))


def _form(raw: bytes) -> bytes:
    stamp, token = str(int(time.time())), f"{time.monotonic_ns()}"
    signature = mailgun_signature(KEY, stamp, token)
    return urlencode(
        {"body-mime": raw, "timestamp": stamp, "token": token, "signature": signature}
    ).encode()


def seconds_of_alerts(environment: ScenarioEnvironment, name: str, count: int) -> list[float]:
    """How long each alert takes. The next one does not wait for an answer."""
    begun = time.monotonic()

    def send(number: int) -> float:
        time.sleep(max(0.0, begun + number / ALERTS_A_SECOND - time.monotonic()))
        reply = post_notice(environment, "service-health", alert(SHOP, f"{name} {number}"))
        assert reply.status == 202
        return reply.seconds

    with ThreadPoolExecutor(16) as pool:
        return list(pool.map(send, range(count)))


def of_95_percent(seconds: Sequence[float]) -> float:
    return quantiles(seconds, n=100)[94]


@pytest.mark.timeout(600)
def test_alerts_are_answered_while_hostile_mails_arrive(
    start_environment: StartEnvironment, capsys: pytest.CaptureFixture[str]
) -> None:
    environment = start_environment(fleet_of(alone("shop-1")), start=False)
    start_without_timed_scans(environment, FORESTALL_MAIL_MAILGUN_KEY=KEY)
    seconds_of_alerts(environment, "warm", 20)
    alone_, together = [], []
    context = multiprocessing.get_context("spawn")
    sent = context.Array("q", [0])

    for number in range(ROUNDS):
        alone_ += seconds_of_alerts(environment, f"alone {number}", ALERTS // ROUNDS)
        stop = context.Event()
        hostile = context.Process(target=send_hostile_mails, args=(environment.app.url, stop, sent))
        before = sent[0]
        hostile.start()
        while sent[0] == before:  # the process has to start and make its mails
            time.sleep(0.05)
        together += seconds_of_alerts(environment, f"with {number}", ALERTS // ROUNDS)
        stop.set()
        hostile.join()

    ratio = of_95_percent(together) / of_95_percent(alone_)
    with capsys.disabled():
        print(  # noqa: T201 - figures for a reader
            f"\n{len(together)} alerts, {ALERTS_A_SECOND} a second; {sent[0]} hostile mails of"
            f" {SIZE // 1024} KiB\n95th percentile: {of_95_percent(alone_) * 1000:.1f} ms without,"
            f" {of_95_percent(together) * 1000:.1f} ms with hostile mails: {ratio:.2f} times"
        )
    assert ratio <= MOST_RATIO
