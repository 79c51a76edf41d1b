"""`python -m tests.fuzz.requests [--inputs 1000000] [--seed 1] [WORD ...]`.

Whole requests at every webhook and every command of operators, mutated in their own structure:
valid ones with a few edits, signed again where the service signs. Each goes through the real use
case or parser. None may raise what would be a 500, and none may take over 100 times the median of
its kind (of a body above 64 KiB: over 100 times what its size explains).
"""

import argparse
import asyncio
import base64
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

import azure.functions as func

from functions.http import InvalidRequest, TooLargeRequest
from functions.operators import requests as operators
from shared.domain.notices.decoding import DecoderFailed
from shared.domain.notices.http import WebhookRequest
from shared.domain.notices.notice import UnreadableNotice
from tests.fuzz.growth import _by_its_webhook, inbox_for
from tests.fuzz.hostile_calls import SECRET, Sent, mailgun, plain, sendgrid, ses
from tests.fuzz.mutations import mutated_json, mutated_text, seeded, written

DATA = Path(__file__).parents[1] / "data"
#: of the median of a kind
MOST_TIMES = 100
_ROUNDS, _NEW_INBOX = 3, 500
#: A larger body may take more in proportion: edits repeat parts, to over a thousand times the
#: median's size. The doubling test holds the proportion (`tests/fuzz/test_growth.py`).
_LARGE = 64 * 1024
#: what takes less is no work, and its ratio is the machine's noise
_LEAST_SECONDS = 0.002
_HEADERS = {"x-forestall-secret": SECRET}

type Maker = Callable[[Random], object]
"""A mutated request of one kind."""


@dataclass(slots=True, kw_only=True)
class Findings:
    """What a run found: failures with their inputs, and the slowest of each kind."""

    inputs: int = 0
    failures: list[str] = field(default_factory=list)
    #: by kind: seconds at the median, and the slowest as a multiple of it
    seconds: dict[str, tuple[float, float]] = field(default_factory=dict)


def _json_file(name: str) -> Any:
    return json.loads((DATA / "webhooks" / name).read_text(encoding="utf-8"))


def _samples(pattern: str) -> list[Any]:
    return [_json_file(each.name) for each in sorted((DATA / "webhooks").glob(pattern))]


def _mails() -> list[bytes]:
    files = [*(DATA / "mail").glob("*.eml"), *(DATA / "cases").glob("*.eml")]
    return [each.read_bytes() for each in sorted(files)]


def _body_of(sample: Any) -> Any:
    """The body, where a sample has what surrounds it too."""
    return sample.get("body", sample) if isinstance(sample, dict) else sample


def _posted(webhook: str, samples: Sequence[Any]) -> Maker:
    def make(random: Random) -> Sent:
        body = written(mutated_json(random.choice(samples), random), random)
        return Sent(provider=webhook, call=WebhookRequest(body=body, headers=_HEADERS))

    return make


def _plain(random: Random) -> Sent:
    mail = json.loads(plain(body="Azure maintenance of the VM\n" * 3).call.body)
    body = written(mutated_json(mail, random), random)
    return Sent(provider="plain", call=WebhookRequest(body=body, headers=_HEADERS))


def _postmark(samples: Sequence[Any]) -> Maker:
    login = base64.b64encode(f"postmark:{SECRET}".encode()).decode()

    def make(random: Random) -> Sent:
        body = written(mutated_json(random.choice(samples), random), random)
        headers = {"authorization": f"Basic {login}"}
        return Sent(provider="postmark", call=WebhookRequest(body=body, headers=headers))

    return make


def _graph(random: Random) -> Sent:
    item = {"clientState": SECRET, "resource": "users/a@b.c/messages/A", "subscriptionId": "s"}
    sender = {"emailAddress": {"address": "azure-noreply@microsoft.com"}}
    headers = [{"name": "Authentication-Results", "value": "dmarc=pass header.from=microsoft.com"}]
    mail = {
        "from": sender,
        "subject": "Azure",
        "body": {"contentType": "html", "content": "<p>maintenance of the VM"},
        "internetMessageHeaders": headers,
    }
    if random.randrange(2):
        mail = mutated_json(mail, random)
    else:
        item = mutated_json(item, random)
    body = written({"value": [item]}, random)
    fetched = json.dumps(mail).encode()
    return Sent(provider="graph", call=WebhookRequest(body=body), fetched=fetched)


def _raw_by_mailgun(random: Random) -> Sent:
    return mailgun({"body-mime": mutated_text(random.choice(MAILS), random)})


def _raw_by_sendgrid(random: Random) -> Sent:
    return sendgrid({"email": mutated_text(random.choice(MAILS), random)})


def _form(random: Random) -> Sent:
    sent = mailgun({"body-plain": b"Azure maintenance of the VM", "message-headers": b"[]"})
    body = mutated_text(sent.call.body, random)
    return Sent(provider="mailgun", call=WebhookRequest(body=body, headers=sent.call.headers))


def _ses(random: Random) -> Sent:
    message = {
        "mail": {"headers": [{"name": "From", "value": "a@b.c"}], "commonHeaders": {"from": ["a"]}},
        "receipt": {"dkimVerdict": {"status": "PASS"}, "dmarcVerdict": {"status": "GRAY"}},
        "content": mutated_text(random.choice(MAILS), random).decode(errors="replace"),
    }
    changed = mutated_json(message, random)
    return ses(**(changed if isinstance(changed, dict) else {"mail": changed}))


def _command(random: Random) -> func.HttpRequest:
    body = {
        "by": "ada",
        "reason": "incident 42",
        "target": "everything",
        "scope": "avset:x",
        "token": 3,
        "skipMachineCheck": False,
    }
    params = mutated_json(
        {"subscription": "x", "state": "parked", "limit": "5", "after": "x", "machine": "/x"},
        random,
    )
    query = params if isinstance(params, dict) else {}
    return func.HttpRequest(
        method="POST",
        url="/api/v1/pause",
        params={str(key): str(value) for key, value in query.items()},
        route_params={"job": str(random.choice(list(query.values()) or ["x"]))},
        body=written(mutated_json(body, random), random),
    )


MAILS = _mails()
_POSTMARK = [_body_of(each) for each in _samples("postmark-*.json")]
KINDS: Mapping[str, Maker] = {
    "service-health": _posted("service-health", _samples("monitor-*.json")),
    "event-grid": _posted("event-grid", [[each] for each in _samples("eventgrid-*.json")]),
    "plain": _plain,
    "postmark": _postmark(_POSTMARK),
    "graph": _graph,
    "mailgun: raw mails": _raw_by_mailgun,
    "mailgun: forms": _form,
    "sendgrid: raw mails": _raw_by_sendgrid,
    "ses": _ses,
    "operators": _command,
}
_FORMS = (
    operators.Command,
    operators.TargetCommand,
    operators.ScopeCommand,
    operators.LeaseCommand,
    operators.JobCommand,
)
_PARAMETERS: Sequence[Callable[[func.HttpRequest], object]] = (
    operators.job_of,
    operators.machine_of,
    operators.subscription_of,
    operators.state_of,
    operators.machine_state_of,
    operators.limit_of,
    operators.after_of,
)


def _operate(request: func.HttpRequest) -> None:
    """Read as each command and list reads it; only the parsers' own errors are the caller's."""
    for form in _FORMS:
        try:
            command = operators.body_of(request, form)
        except (InvalidRequest, TooLargeRequest):
            continue
        json.dumps([command.by, command.reason]).encode()
        if isinstance(command, operators.TargetCommand):
            _only_invalid(partial(operators.target_of, command))
    for read in _PARAMETERS:
        _only_invalid(partial(read, request))


def _only_invalid(read: Callable[[], object]) -> None:
    try:
        read()
    except InvalidRequest as fault:
        str(fault).encode(errors="replace")


def run(inputs: int, *, seed: int = 1, words: Sequence[str] = ()) -> Findings:
    """So many inputs, divided among the kinds."""
    kinds = {name: make for name, make in KINDS.items() if not words or _has(name, words)}
    found = Findings()
    for name, make in kinds.items():
        _run_kind(name, make, inputs // len(kinds), seed, found)
    return found


def _has(name: str, words: Sequence[str]) -> bool:
    return any(word in name for word in words)


def _run_kind(name: str, make: Maker, inputs: int, seed: int, found: Findings) -> None:
    times: list[float] = []
    sizes: list[int] = []
    with asyncio.Runner() as runner:
        for number, (request, seconds, fault) in enumerate(
            _played(make, inputs, f"{seed} {name}", runner)
        ):
            times.append(seconds)
            sizes.append(_size(request))
            if fault:
                found.failures.append(f"{name} {number}: {fault}: {request!r:.300}")
        usual = median(times) if times else 0.0
        allowed = [
            max(usual * MOST_TIMES * max(1, each / _LARGE), _LEAST_SECONDS) for each in sizes
        ]
        slow = [n for n, each in enumerate(times) if each > allowed[n]]
        # The figure of another look counts, also for those that are too short to be a failure.
        for number in {*slow, *(n for n, each in enumerate(times) if each > usual * MOST_TIMES)}:
            again = times[number] = _again(make, number, f"{seed} {name}", runner)
            if again > allowed[number]:
                found.failures.append(f"{name} {number}: {again:.3f} s, the median is {usual:.5f}")
    found.inputs += len(times)
    found.seconds[name] = usual, max(times, default=0.0) / usual if usual else 0.0


def _size(request: object) -> int:
    """The bytes that a request brings."""
    if isinstance(request, Sent):
        return len(request.call.body) + len(request.fetched)
    return len(request.get_body()) if isinstance(request, func.HttpRequest) else 0


def _played(
    make: Maker, inputs: int, seed: str, runner: asyncio.Runner
) -> Iterator[tuple[object, float, str]]:
    inbox = None
    for number in range(inputs):
        request = make(seeded(f"{seed} {number}"))
        if isinstance(request, Sent) and (number % _NEW_INBOX == 0 or request.provider == "graph"):
            inbox = inbox_for(request)
        yield request, *_timed(request, inbox, runner)


def _again(make: Maker, number: int, seed: str, runner: asyncio.Runner) -> float:
    """The least time of several rounds: another program on the machine slows some of them."""
    request = make(seeded(f"{seed} {number}"))
    inbox = inbox_for(request) if isinstance(request, Sent) else None
    return min(_timed(request, inbox, runner)[0] for _ in range(_ROUNDS))


def _timed(request: object, inbox: Any, runner: asyncio.Runner) -> tuple[float, str]:
    """CPU seconds, and what would be a 500; empty for none."""
    begun = time.process_time()
    try:
        if isinstance(request, Sent):
            runner.run(_by_its_webhook(inbox, request))
        elif isinstance(request, func.HttpRequest):
            _operate(request)
    except DecoderFailed as fault:
        return time.process_time() - begun, f"a decoder failed: {fault}"
    except UnreadableNotice:
        pass
    except Exception as fault:  # noqa: BLE001 - that is what is looked for
        return time.process_time() - begun, f"{type(fault).__name__}: {fault}"
    return time.process_time() - begun, ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; 1 if an input failed or was too slow."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.requests", description=__doc__)
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("words", nargs="*", help="only kinds with one of these in their name")
    options = parser.parse_args(arguments)
    begun = time.monotonic()
    found = run(options.inputs, seed=options.seed, words=options.words)
    lines = [
        f"{usual * 1000:8.3f} ms at the median, slowest {times:6.1f} times  {name}"
        for name, (usual, times) in found.seconds.items()
    ]
    lines.append(f"{found.inputs} inputs in {time.monotonic() - begun:.0f} s")
    lines += [f"{n} times {line}" for line, n in Counter(found.failures).most_common(20)]
    print("\n".join(lines))  # noqa: T201 - a command's output
    return 1 if found.failures else 0


if __name__ == "__main__":
    sys.exit(main())
