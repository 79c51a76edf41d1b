"""Ask Resource Graph about every watched subscription, and ask for a look at each new machine.

The machines' own views decide. What Resource Graph lacks, or shows too late, is found by the sweep.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from itertools import batched

from shared.domain.hints.annotations import Meaning
from shared.domain.hints.hint import Hint, HintSource
from shared.domain.hints.status import HintStatus, new_hints, with_failure, with_handed_on
from shared.domain.machine.machine import MachineId, SubscriptionId, address_of
from shared.domain.messages import Cause, Notification, ScanRequest
from shared.domain.utc import rfc3339
from shared.errors import AzureUnavailable
from shared.telemetry import log_event, log_warning
from shared.usecases.app import App

#: subscriptions of one query (Resource Graph refuses more)
_CHUNK = 1_000
#: machines of one message
_MACHINES = 40
#: more new machines of one subscription than this: all of it is read
_MOST_NAMED = 1_000
#: machines that a notification names
_NAMED = 10
#: of one run of the timer
TIME_BUDGET = timedelta(seconds=60)
_MOST_PAGES = 1_000


async def request_looks(app: App) -> int:
    """Ask for a look at each machine with a new hint; how many machines.

    Messages are sent first, and then the hints are stored as passed on. So a process that dies in
    between sends them again. A failure of Resource Graph is stored and logged, and not raised.
    """
    watched = await app.watched()
    until = app.now() + TIME_BUDGET
    found = 0
    for number, chunk in enumerate(batched(watched, _CHUNK, strict=False)):
        if app.now() >= until:
            log_warning("hints.out_of_time", subscriptions_left=len(watched) - number * _CHUNK)
            break
        found += await _take_chunk(app, str(number), chunk)
    return found


async def _take_chunk(app: App, chunk: str, subscriptions: Sequence[SubscriptionId]) -> int:
    stored = await app.scans.load_hints(chunk)
    hints, failure = await _read(app, subscriptions)
    fresh = new_hints(stored.value, hints)
    await _hand_on(app, fresh)
    status = with_handed_on(stored.value, fresh, app.now())
    if failure is not None:
        log_warning("hints.unavailable", reason=failure, subscriptions=len(subscriptions))
        status = with_failure(status, str(failure), app.now())
        status = _failing_since(status, stored.value)
    if status != stored.value:
        # Somebody faster has handed the same hints on.
        await app.scans.store_hints(status, stored.version)
    log_event("hints.read", subscriptions=len(subscriptions), hints=len(hints), new=len(fresh))
    return len({each.machine for each in fresh})


def _failing_since(status: HintStatus, before: HintStatus) -> HintStatus:
    """A source that responds does not end the failure of another."""
    if before.failing_since is None:
        return status
    return with_failure(before, status.failure, before.failing_since)


async def _read(
    app: App, subscriptions: Sequence[SubscriptionId]
) -> tuple[list[Hint], AzureUnavailable | None]:
    """The hints of every source that responds, and why another one does not."""
    watched = set(subscriptions)
    hints: list[Hint] = []
    failure: AzureUnavailable | None = None
    for source in HintSource:
        token: str | None = None
        try:
            for _ in range(_MOST_PAGES):
                page = await app.azure.hints(source, subscriptions, token)
                hints += (
                    each
                    for each in page.elements
                    if address_of(each.machine).subscription in watched
                )
                token = page.next_link
                if token is None:
                    break
        except AzureUnavailable as fault:
            failure = failure or fault
    return hints, failure


async def _hand_on(app: App, hints: Sequence[Hint]) -> None:
    """Ask for looks, and notify people of what only they can do."""
    hardware = [each for each in hints if each.meaning is Meaning.HARDWARE]
    for each in hardware:
        log_warning("machine.hardware_deadline", machine=each.machine, reason=each.text)
    if hardware:
        await app.queues.send_notification(
            Notification(
                kind="machine.hardware_deadline",
                subject=hardware[0].machine,
                text=f"Azure reports failing hardware below {len(hardware)} machines, outside any"
                " planned maintenance. Redeploy each before its deadline; Forestall does not."
                f" {_named(hardware)}",
            )
        )
    moved = [each for each in hints if each.meaning is Meaning.AZURE_WAS_FIRST]
    for each in moved:
        log_warning("machine.azure_was_first", machine=each.machine, reason=each.text)
    if moved:
        await app.queues.send_notification(
            Notification(
                kind="machine.azure_was_first",
                subject=moved[0].machine,
                text=f"Azure moved or restarted {len(moved)} machines for planned maintenance by"
                f" itself. {_named(moved)}",
            )
        )
    await app.queues.send_scans(_requests(app, hints))


def _named(hints: Sequence[Hint]) -> str:
    named = "; ".join(f"{each.machine}: {each.text}" for each in hints[:_NAMED])
    return named + (f"; and {len(hints) - _NAMED} more" if len(hints) > _NAMED else "")


def _requests(app: App, hints: Sequence[Hint]) -> list[ScanRequest]:
    tick = rfc3339(app.now())
    machines: dict[SubscriptionId, dict[MachineId, None]] = defaultdict(dict)
    for each in hints:
        if each.meaning is not Meaning.HARDWARE:
            machines[address_of(each.machine).subscription][each.machine] = None
    requests: list[ScanRequest] = []
    for subscription, named in sorted(machines.items()):
        if len(named) > _MOST_NAMED:
            request = ScanRequest(
                subscription=subscription, trigger_id=f"hints {tick}", cause=Cause.HINT
            )
            requests.append(request)
            continue
        requests += (
            ScanRequest(
                subscription=subscription,
                trigger_id=f"hints {tick} {number}",
                cause=Cause.HINT,
                machines=some,
            )
            for number, some in enumerate(batched(named, _MACHINES, strict=False))
        )
    return requests
