"""The commands on policy files, and the plan with other files."""

from argparse import Namespace
from collections.abc import Callable, Sequence

from forestall_cli import plan as plan_text
from forestall_cli.client import ApiClient
from forestall_cli.errors import UsageError
from forestall_cli.look.find import find_machine
from forestall_cli.output.answer import REFUSED, Answer
from forestall_cli.output.printed import terminal_width
from forestall_cli.policies import texts
from forestall_cli.policies.files import read_files
from forestall_cli.policies.publish import publish
from forestall_cli.policies.responses import (
    MachineRulesView,
    PolicyCheckView,
    PolicyDifferenceView,
    PolicyHistoryView,
    PolicyPlanView,
    PolicyProblemView,
)
from forestall_cli.responses.response import Response
from forestall_cli.terminal.ask import confirm


def policy(app: ApiClient, given: Namespace) -> Answer:
    """One of the actions of `forestall policy`."""
    return POLICY_ACTIONS[given.action](app, given)


def plan_with_files(app: ApiClient, given: Namespace) -> Answer:
    """The plan as it would be with other files, or what they change."""
    if given.diff:
        return _diff(app, given)
    if given.group:
        raise UsageError("a plan with --policy is of all groups: leave the group out")
    found = app.send(PolicyPlanView, "policy", "plan", files=_files(given.policy))
    if found.plan is None:
        return _refused(found, found.problems)
    width = terminal_width() or plan_text.ENDLESS
    return Answer(document=found.plan, text=plan_text.table(found.plan, width))


def _check(app: ApiClient, given: Namespace) -> Answer:
    found = app.send(PolicyCheckView, "policy", "check", files=_files(given.policy))
    if found.version is None:
        return _refused(found, found.problems)
    return Answer(document=found, text=texts.check(found, with_machines=given.machines))


def _diff(app: ApiClient, given: Namespace) -> Answer:
    found = app.send(PolicyDifferenceView, "policy", "diff", files=_files(given.policy))
    if found.after is None:
        return _refused(found, found.problems)
    return Answer(document=found, text=texts.difference(found))


def _show(app: ApiClient, given: Namespace) -> Answer:
    machine = find_machine(app, given.machine)
    found = app.get(MachineRulesView, "policy", "machine", machine=machine)
    return Answer(document=found, text=texts.machine_rules(found))


def _history(app: ApiClient, given: Namespace) -> Answer:
    found = app.get(PolicyHistoryView, "policy", "history", limit=given.limit)
    return Answer(document=found, text=texts.history(found))


def _publish(app: ApiClient, given: Namespace) -> Answer:
    def may(summary: str) -> bool:
        return confirm(summary, is_agreed=given.yes)

    files = read_files(given.policy)
    told = publish(app, files, given.by, dry_run=given.dry_run, may=may)
    return Answer(document={"result": told}, text=told)


def _refused(found: Response, problems: Sequence[PolicyProblemView]) -> Answer:
    """Why the files are refused. Standard output has the JSON where that was asked for."""
    return Answer(document=found, code=REFUSED, complaints=[texts.refused(problems)])


def _files(paths: Sequence[str]) -> list[dict[str, object]]:
    return [each.body() for each in read_files(paths)]


POLICY_ACTIONS: dict[str, Callable[[ApiClient, Namespace], Answer]] = {
    "check": _check,
    "show": _show,
    "diff": _diff,
    "publish": _publish,
    "history": _history,
}
