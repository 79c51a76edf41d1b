"""The commands by the name that the user types. Each returns an answer, or raises an error.

`watch`, `completion` and `doctor` are in `__main__`: they are more than one response.
"""

from argparse import Namespace
from collections.abc import Callable

from forestall_cli.client import ApiClient
from forestall_cli.commands import acts, policies, queries, reports, trials
from forestall_cli.look import status
from forestall_cli.output.answer import Answer
from forestall_cli.rehearse.command import rehearse

COMMANDS: dict[str, Callable[[ApiClient, Namespace], Answer]] = {
    "status": lambda app, _: status.status(app),
    "waves": lambda app, _: status.waves(app),
    "why": lambda app, given: status.why(app, given.machine),
    "locks": lambda app, _: status.locks(app),
    "notices": queries.notices,
    "jobs": queries.jobs,
    "plan": queries.plan,
    "machines": queries.machines,
    "semaphores": queries.semaphores,
    "pauses": queries.pauses,
    "targets": queries.targets,
    "calendar": queries.calendar,
    "preview": queries.preview,
    "explain": queries.explain,
    "policy": policies.policy,
    "report": reports.report,
    "test": trials.test,
    "rehearse": rehearse,
    "pause": acts.pause,
    "resume": acts.resume,
    "hold": acts.hold,
    "unhold": acts.unhold,
    "go-on": acts.go_on,
    "lift-halt": acts.lift_halt,
    "retry": acts.retry,
    "open-window": acts.open_window,
    "prioritize": acts.prioritize,
    "reopen": acts.reopen,
    "cancel": acts.cancel,
    "release": acts.release,
    "release-lease": acts.release_lease,
    "calendar-add": acts.calendar_add,
    "calendar-revoke": acts.calendar_revoke,
}
