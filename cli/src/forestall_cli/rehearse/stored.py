"""The hops of state and queues: a row in each table, and two messages through each queue."""

from collections.abc import Iterator, Sequence

from forestall_cli.errors import ApiError
from forestall_cli.rehearse.results import Ending, Hop, Rehearsal, failed, passed
from forestall_cli.responses.rehearsal import ArrivalList, TrialList

_EVERY = 2.0  # seconds between two looks


def tables(rehearsal: Rehearsal) -> Iterator[Hop]:
    """One row written, read and deleted in each table."""
    try:
        found = rehearsal.app.post(TrialList, "rehearsal", "tables", **rehearsal.body())
    except ApiError as fault:
        yield failed("tables", str(fault))
        return
    for each in found.trials:
        name = f"table {each.name}"
        yield passed(name) if each.failure is None else failed(name, each.failure)


def begin(rehearsal: Rehearsal) -> Ending:
    """Send two messages to each queue. Then wait for them: one handled, one given up."""
    try:
        sent = rehearsal.app.post(TrialList, "rehearsal", "messages", **rehearsal.body())
    except ApiError as fault:
        refused = failed("queues", str(fault))
        return lambda: iter([refused])
    return lambda: _messages(rehearsal, sent)


def _messages(rehearsal: Rehearsal, sent: TrialList) -> Iterator[Hop]:
    waited_for = [each.name for each in sent.trials if each.failure is None]
    wanted = {(name, given_up) for name in waited_for for given_up in (False, True)}
    arrived, fault = _arrived(rehearsal, wanted)
    for each in sent.trials:
        if each.failure is not None:
            yield failed(f"queue {each.name}", each.failure)
            continue
        for given_up, name, hint in _ways(each.name):
            if (each.name, given_up) in arrived:
                yield passed(name)
            else:
                waited = f"nothing arrived within {rehearsal.patience:g} s. {hint}"
                yield failed(name, f"{waited} ({fault})" if fault else waited)


def _ways(queue: str) -> Sequence[tuple[bool, str, str]]:
    return (
        (
            False,
            f"queue {queue}",
            "Is its function disabled? May the identity of the app receive from the queue?",
        ),
        (
            True,
            f"dead letters of {queue}",
            "Do its dead letters go to the queue dead-letters? Does the function dead_letter run?",
        ),
    )


def _arrived(
    rehearsal: Rehearsal, wanted: set[tuple[str, bool]]
) -> tuple[set[tuple[str, bool]], str]:
    """What arrived in time, and why the last look failed."""
    found: set[tuple[str, bool]] = set()
    fault, until = "", rehearsal.clock() + rehearsal.patience
    while wanted - found:
        try:
            seen = rehearsal.app.get(
                ArrivalList, "rehearsal", "arrivals", rehearsal=rehearsal.id
            ).arrivals
        except ApiError as refused:
            fault = str(refused)
        else:
            found, fault = {(each.queue, each.given_up) for each in seen}, ""
        if rehearsal.clock() >= until:
            break
        if wanted - found:
            rehearsal.sleep(_EVERY)
    return found, fault
