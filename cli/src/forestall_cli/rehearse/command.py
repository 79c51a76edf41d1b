"""`forestall rehearse`: walks every hop of a deployment once, and says pass or fail for each."""

import argparse
import re
import time
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from forestall_cli.client import ApiClient
from forestall_cli.contact.arm import HOSTS, Arm, Transport, over_http
from forestall_cli.contact.exchanges import ContactError
from forestall_cli.contact.login import Az, login, run_az
from forestall_cli.errors import ApiError
from forestall_cli.output.answer import FINE, NEEDS_A_PERSON, REFUSED, Answer
from forestall_cli.output.cell import cell
from forestall_cli.output.table import Table, columns
from forestall_cli.rehearse import alerts, notice, outside, stored
from forestall_cli.rehearse.results import Ending, Hop, Outcome, Rehearsal
from forestall_cli.responses.health import HealthView
from forestall_cli.responses.rehearsal import RehearsalStarted
from forestall_cli.terminal.ask import confirm
from forestall_cli.terminal.streams import complain

HOPS = ("tables", "queues", "notice", "targets", "page", "calendar", "alerts")
_GROUP = re.compile(r"/subscriptions/[0-9a-f-]{36}/resourceGroups/[-\w.()]+", re.IGNORECASE)
_WORDS = {
    "tables": "writes and deletes one row in each table",
    "queues": "sends two messages through each queue, and lets one of them fail",
    "notice": "posts a test notice, which starts a scan",
    "targets": "sends a test message to each target",
    "page": "reads the page",
    "calendar": "makes and revokes an address of the calendar",
    "alerts": "ALERTS the operators once for each alert rule",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What a rehearsal needs beside the app; tests give their own."""

    az: Az
    transport: Transport
    sleep: Callable[[float], None]
    clock: Callable[[], float]


def real() -> World:
    """The Azure CLI, the network and the clock."""
    return World(az=run_az, transport=over_http, sleep=time.sleep, clock=time.monotonic)


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The options of `rehearse`."""
    command.add_argument(
        "--only", nargs="+", choices=HOPS, metavar="HOP", help=f"only these: {', '.join(HOPS)}"
    )
    command.add_argument(
        "--wait",
        type=_seconds,
        default=300.0,
        metavar="SECONDS",
        help="for the scan and the messages (default: 300)",
    )
    command.add_argument(
        "--resource-group",
        metavar="ID",
        help="ask Azure with your az login whether its alert rules fired; takes up to 40 minutes",
    )
    command.add_argument(
        "--endpoint",
        default=f"https://{HOSTS[0]}",
        help="Resource Manager of your cloud (default: %(default)s)",
    )


def rehearse(app: ApiClient, given: Namespace, world: World | None = None) -> Answer:
    """Walk the hops. Exit code 1: one failed. 3: a person has to look at one."""
    world = world or real()
    arm = _arm(given, world)
    wanted = tuple(each for each in HOPS if not given.only or each in given.only)
    health = app.get(HealthView, "health")
    does = "; it ".join(_WORDS[each] for each in wanted)
    summary = f"This rehearses {app.url} (version {health.version}, {health.mode}): it {does}."
    if not confirm(f"{summary} No machine is touched.", is_agreed=given.yes):
        return Answer(document={"done": False}, text="nothing was done")
    operator = {"by": given.by, "reason": given.reason}
    begun = _begun(app, health.version, operator)
    rehearsal = Rehearsal(
        app=app,
        id=begun.id,
        subscription=begun.subscription,
        operator=operator,
        patience=given.wait,
        sleep=world.sleep,
        clock=world.clock,
    )
    hops = []
    for hop in _walk(rehearsal, wanted, arm, given.resource_group):
        complain(f"{hop.outcome:9} {hop.name}")
        hops.append(hop)
    return _answer(rehearsal, hops)


def _begun(app: ApiClient, version: str, operator: Mapping[str, str]) -> RehearsalStarted:
    """A new rehearsal. Raises ApiError, which names a release that has none."""
    try:
        return app.post(RehearsalStarted, "rehearsal", **operator)
    except ApiError as fault:
        if "answered 404 without" not in str(fault):
            raise
        raise ApiError(
            f"the release of the app ({cell(version)}) has no rehearsal: upgrade it first"
        ) from fault


def _walk(
    rehearsal: Rehearsal, wanted: Sequence[str], arm: Arm | None, group: str
) -> Iterator[Hop]:
    """First begin what the app continues without a person. At the end, see what came of it."""
    begins: Mapping[str, Callable[[Rehearsal], Ending]] = {
        "queues": stored.begin,
        "notice": notice.begin,
        "alerts": partial(alerts.begin, arm=arm, group=group),
    }
    at_once: Mapping[str, Callable[[Rehearsal], Iterator[Hop]]] = {
        "tables": stored.tables,
        "targets": outside.targets,
        "page": outside.page,
        "calendar": outside.calendar,
    }
    endings = [begins[each](rehearsal) for each in wanted if each in begins]
    for each in wanted:
        if each in at_once:
            yield from at_once[each](rehearsal)
    for ending in endings:
        yield from ending()


def _answer(rehearsal: Rehearsal, hops: Sequence[Hop]) -> Answer:
    outcomes = {each.outcome for each in hops}
    code = REFUSED if Outcome.FAIL in outcomes else FINE
    if code == FINE and Outcome.LOOK in outcomes:
        code = NEEDS_A_PERSON
    counts = ", ".join(
        f"{number} {outcome}"
        for outcome in Outcome
        if (number := sum(each.outcome is outcome for each in hops))
    )
    return Answer(
        document={
            "rehearsal": rehearsal.id,
            "hops": [
                {"hop": each.name, "outcome": each.outcome.value, "detail": each.detail}
                for each in hops
            ],
        },
        table=Table.of(
            columns("result!", "hop!", "detail"),
            ((each.outcome, each.name, each.detail) for each in hops),
        ),
        notes=[f"rehearsal {cell(rehearsal.id)}: {counts}"],
        code=code,
    )


def _arm(given: Namespace, world: World) -> Arm | None:
    """The way to Azure, where it was asked for. Raises ContactError for a wrong group."""
    group = given.resource_group
    if group is None:
        return None
    if not _GROUP.fullmatch(group):
        raise ContactError(
            "--resource-group needs the id of a group, as az group show --query id prints it"
        )
    arm = Arm(
        endpoint=given.endpoint,
        token="",
        show=complain,
        most=alerts.MOST_REQUESTS,
        transport=world.transport,
    )
    arm.token = login(world.az, arm.endpoint, group.split("/")[2]).token
    return arm


def _seconds(text: str) -> float:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 86_400):  # noqa: PLR2004
        raise argparse.ArgumentTypeError("must be whole seconds, from 1 to 86400")
    return float(text)
