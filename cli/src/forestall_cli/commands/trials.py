"""`test`: whether messages, notices and health checks work, without a wave."""

from argparse import Namespace
from datetime import UTC, datetime

from forestall_cli.client import ApiClient
from forestall_cli.commands.acts import operator
from forestall_cli.errors import ApiError, UsageError
from forestall_cli.look.find import find_machine
from forestall_cli.output.answer import FINE, REFUSED, Answer
from forestall_cli.output.cell import cell
from forestall_cli.responses.health import HealthTested
from forestall_cli.responses.messages import Tested
from forestall_cli.responses.notices import NoticeList
from forestall_cli.terminal.times import read_instant, relative

_TEAMS = "If no Teams card shows within a minute, look at the run history of the workflow."


def test(app: ApiClient, given: Namespace) -> Answer:
    """One test. UsageError where what it needs is missing."""
    match given.what:
        case "notify":
            return _notify(app, given)
        case "health":
            return _health(app, given)
        case _:
            return _notice(app)


def _notify(app: ApiClient, given: Namespace) -> Answer:
    if not given.target:
        raise UsageError("name the target: `forestall targets` lists them")
    done = app.post(Tested, "targets", "test", name=given.target, **operator(given))
    text = f"{done.target}: {done.result}. {done.detail}".strip()
    if done.result != "accepted":
        raise ApiError(text)
    return Answer(document=done, text=f"{text} {_TEAMS}")


def _health(app: ApiClient, given: Namespace) -> Answer:
    if not given.target:
        raise UsageError("name the machine: `forestall machines` lists them")
    machine = find_machine(app, given.target)
    done = app.post(HealthTested, "health-checks", "test", machine=machine, **operator(given))
    text = ". ".join(each for each in (done.result, cell(done.detail)) if each != "-")
    code = REFUSED if done.result == "unhealthy" else FINE
    return Answer(document=done, text=f"{cell(given.target)}: {text}", code=code)


def _notice(app: ApiClient) -> Answer:
    """Whether notices arrive: by the newest one on record."""
    page = app.get(NoticeList, "notices", days=30, limit=1)
    if not page.notices:
        raise ApiError(
            "no notice came in the last 30 days. In the portal, open the action group of the"
            " Service Health alert, choose Test, and type this again"
        )
    last = page.notices[0]
    moment = read_instant(last.at)
    age = relative(moment, datetime.now(UTC)) if moment else last.at
    text = f"the newest notice came {age}, from {cell(last.source)}: {cell(last.outcome)}"
    return Answer(document=last, text=text)
