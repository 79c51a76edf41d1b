"""`forestall doctor --first-contact` and `--compare`: Azure before a deployment, or a bundle."""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from forestall_cli import __version__
from forestall_cli.contact import exchanges, vocabulary
from forestall_cli.contact.act import MOST_LOOKS, redeploy
from forestall_cli.contact.anonymous import anonymous
from forestall_cli.contact.arm import HOSTS, Arm, Transport, over_http
from forestall_cli.contact.compare import compared
from forestall_cli.contact.exchanges import Bundle, ContactError
from forestall_cli.contact.login import Az, login, run_az
from forestall_cli.contact.observed import observed
from forestall_cli.contact.survey import MOST_REQUESTS, survey
from forestall_cli.contact.watch import MOST_LOOKS as MOST_VIEWS
from forestall_cli.contact.watch import watch

#: questions that were asked where a machine moved, or was in a wave
_WITH_A_MACHINE = ("act", "act-maintenance")
_LOOKS = 2  # requests for one look at a machine that moves
_CHECKS = 6  # requests before it, and for the call that Azure must refuse


@dataclass(frozen=True, kw_only=True, slots=True)
class Outside:
    """What a first contact needs of the world; tests give their own."""

    az: Az
    transport: Transport
    ask: Callable[[str], str]
    wait: Callable[[float], None]
    show: Callable[[str], None]


def real() -> Outside:
    """The Azure CLI, the network, the keyboard and the clock. It says things to standard error."""
    return Outside(
        az=run_az, transport=over_http, ask=_typed, wait=time.sleep, show=_to_standard_error
    )


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The options of `doctor`."""
    what = command.add_mutually_exclusive_group()
    what.add_argument(
        "--first-contact", action="store_true", help="ask Azure with your az login; it only reads"
    )
    what.add_argument(
        "--compare", type=Path, metavar="BUNDLE", help="which assumptions a bundle refutes"
    )
    command.add_argument("--subscription", help="with --first-contact (default: that of az)")
    command.add_argument(
        "--out", type=Path, default=Path("bundle.json"), help="the bundle (default: %(default)s)"
    )
    command.add_argument(
        "--endpoint",
        default=f"https://{HOSTS[0]}",
        help="Resource Manager of your cloud (default: %(default)s)",
    )
    command.add_argument(
        "--region",
        type=_region,
        default="",
        help="with --first-contact: where the app is to be deployed; asks for its quotas",
    )
    command.add_argument(
        "--act", metavar="VM", help="with --first-contact: REDEPLOY this throwaway machine"
    )
    command.add_argument(
        "--watch",
        metavar="MACHINE",
        help="with --first-contact: record its views while its wave is open; Ctrl-C ends it",
    )


def _region(text: str) -> str:
    # The default is empty, and argparse hands that in, too.
    if text and not (text.isascii() and text.replace(" ", "").isalnum()):
        raise argparse.ArgumentTypeError("must be a region such as westeurope")
    return text


def is_asked_for(given: argparse.Namespace) -> bool:
    """Whether the options ask for a first contact, and not for a look at the app."""
    return bool(given.first_contact or given.compare or given.act or given.watch)


def contact(given: argparse.Namespace) -> str:
    """Do what the options say; the app is not called. Raises ApiError."""
    if (given.act or given.watch) and not given.first_contact:
        raise ContactError("--act and --watch go with --first-contact")
    if given.act and given.watch:
        raise ContactError("give either --act or --watch: they are about different machines")
    if given.compare:
        return compared(exchanges.read(given.compare))
    return first_contact(given, real())


def first_contact(given: argparse.Namespace, outside: Outside) -> str:
    """Ask, make it anonymous, write it, and say what it confirms."""
    if given.out.exists():
        raise ContactError(f"{given.out} exists: name another file with --out")
    if not given.out.parent.is_dir():
        raise ContactError(f"the folder of {given.out} does not exist: make it first")
    outside.show("First contact. It sends GETs, and queries of Resource Graph, with your az login.")
    outside.show(f"At most {MOST_REQUESTS} requests. Each is shown before it is made.")
    outside.show("Nothing is sent anywhere else. The bundle keeps:")
    for line in vocabulary.KEPT:
        outside.show(f"  + {line}")
    outside.show("It replaces:")
    for line in vocabulary.REPLACED:
        outside.show(f"  - {line}")
    arm = Arm(
        endpoint=given.endpoint,
        token="",
        show=outside.show,
        most=MOST_REQUESTS + _more(given),
        transport=outside.transport,
    )
    who = login(outside.az, arm.endpoint, given.subscription)
    arm.token = who.token
    arm.renew = lambda: login(outside.az, arm.endpoint, who.subscription).token
    survey(arm, who.subscription, given.region)
    try:
        _one_machine(given, arm, outside)
    except ContactError as fault:
        if not any(each.question in _WITH_A_MACHINE for each in arm.exchanges):
            raise  # nothing was done that cannot be repeated
        _written(arm, given.out)
        raise ContactError(f"{fault}. What was recorded until then is in {given.out}") from fault
    bundle = _written(arm, given.out)
    return (
        f"{compared(bundle)}\n\n{observed(arm.exchanges, given.region)}\n\n"
        f"{given.out} has {len(bundle.exchanges)} responses without names. Read it before you"
        " share it."
    )


def _one_machine(given: argparse.Namespace, arm: Arm, outside: Outside) -> None:
    try:
        if given.act:
            redeploy(arm, given.act, ask=outside.ask, wait=outside.wait)
        if given.watch:
            watch(arm, given.watch, wait=outside.wait)
    except KeyboardInterrupt as stop:
        raise ContactError("stopped; a redeploy that was sent continues in Azure") from stop


def _written(arm: Arm, out: Path) -> Bundle:
    bundle = anonymous(Bundle(made_by=__version__, exchanges=tuple(arm.exchanges)))
    exchanges.write(bundle, out)
    return bundle


def _more(given: argparse.Namespace) -> int:
    """Requests at most beside those of the survey."""
    if given.watch:
        return MOST_VIEWS
    return _CHECKS + 1 + 2 * _LOOKS * MOST_LOOKS if given.act else 0


def _typed(prompt: str) -> str:
    try:
        return input(prompt).strip()
    except EOFError:
        raise ContactError("--act needs somebody who types: nothing was sent") from None


def _to_standard_error(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
