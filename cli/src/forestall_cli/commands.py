"""The commands: each calls the app once and returns the text to print, or raises ApiError."""

from argparse import Namespace
from collections.abc import Callable

from forestall_cli import jobs, notices, plan
from forestall_cli.client import ApiClient, ApiError
from forestall_cli.responses import (
    ExplanationView,
    JobList,
    JobView,
    Lifted,
    MachineList,
    NoticeList,
    NoticeTrace,
    PauseList,
    PauseView,
    PreviewView,
    Released,
    Resumed,
    SemaphoreList,
    TargetList,
    Tested,
    WentOn,
)
from forestall_cli.tables import in_columns

#: elements that the app answers at a time
_PAGE = 1000


def _notices(app: ApiClient, given: Namespace) -> str:
    if given.id:
        return notices.trace(app.get(NoticeTrace, "notices", given.id))
    found: list[NoticeList] = []
    left, after = given.limit, given.after
    while left > 0:
        page = app.get(NoticeList, "notices", days=given.days, limit=min(left, _PAGE), after=after)
        found.append(page)
        left, after = left - len(page.notices), page.next
        if after is None:
            break
    return notices.table(found, after)


def _jobs(app: ApiClient, given: Namespace) -> str:
    return jobs.jobs(app.get(JobList, "jobs", subscription=given.subscription, state=given.state))


def _plan(app: ApiClient, given: Namespace) -> str:
    found = plan.whole(app, given.group)
    return plan.as_json(found) if given.json else plan.table(found, plan.width())


def _machines(app: ApiClient, given: Namespace) -> str:
    found: list[MachineList] = []
    left, after = given.limit, given.after
    while left > 0:
        page = app.get(
            MachineList,
            "machines",
            subscription=given.subscription,
            state=given.state,
            limit=min(left, _PAGE),
            after=after,
        )
        found.append(page)
        left, after = left - len(page.machines), page.next
        if after is None:
            break
    return jobs.machines(found, after)


def _semaphores(app: ApiClient, _: Namespace) -> str:
    return jobs.semaphore_list(app.get(SemaphoreList, "semaphores"))


def _pauses(app: ApiClient, _: Namespace) -> str:
    return jobs.pauses(app.get(PauseList, "pauses"))


def _targets(app: ApiClient, _: Namespace) -> str:
    return in_columns(
        ("condition", "target", "kind", "waiting", "accepted", "reason"),
        (
            (each.condition, each.name, each.kind, each.waiting, each.accepted, each.reason)
            for each in app.get(TargetList, "targets").targets
        ),
    )


def _preview(app: ApiClient, given: Namespace) -> str:
    return app.get(PreviewView, "targets", "preview", target=given.target, event=given.event).body


def _test(app: ApiClient, given: Namespace) -> str:
    done = app.post(Tested, "targets", "test", name=given.target, **_operator(given))
    text = f"{done.target}: {done.result}. {done.detail}".strip()
    if done.result != "accepted":
        raise ApiError(text)
    return text


def _explain(app: ApiClient, given: Namespace) -> str:
    return jobs.explanation(app.get(ExplanationView, "explain", machine=given.machine))


def _pause(app: ApiClient, given: Namespace) -> str:
    return f"paused {app.post(PauseView, 'pause', target=given.target, **_operator(given)).target}"


def _resume(app: ApiClient, given: Namespace) -> str:
    return f"resumed {app.post(Resumed, 'resume', target=given.target, **_operator(given)).resumed}"


def _go_on(app: ApiClient, given: Namespace) -> str:
    done = app.post(WentOn, "go-on", immediately=given.immediately, **_operator(given))
    return f"jobs may start again from {done.starts_at}"


def _lift_halt(app: ApiClient, given: Namespace) -> str:
    done = app.post(Lifted, "halts", "lift", scope=given.scope, **_operator(given))
    return f"lifted the halt of {done.lifted}"


def _retry(app: ApiClient, given: Namespace) -> str:
    return jobs.job(app.post(JobView, "jobs", given.job, "retry", **_operator(given)))


def _prioritize(app: ApiClient, given: Namespace) -> str:
    return jobs.job(app.post(JobView, "jobs", given.job, "prioritize", **_operator(given)))


def _reopen(app: ApiClient, given: Namespace) -> str:
    return jobs.job(app.post(JobView, "jobs", given.job, "reopen", **_operator(given)))


def _cancel(app: ApiClient, given: Namespace) -> str:
    moving = given.skip_machine_check
    return jobs.job(
        app.post(JobView, "jobs", given.job, "cancel", **_operator(given), skipMachineCheck=moving)
    )


def _release(app: ApiClient, given: Namespace) -> str:
    moving = given.skip_machine_check
    return jobs.job(
        app.post(JobView, "jobs", given.job, "release", **_operator(given), skipMachineCheck=moving)
    )


def _release_lease(app: ApiClient, given: Namespace) -> str:
    done = app.post(
        Released, "leases", "release", scope=given.scope, token=given.token, **_operator(given)
    ).released
    return f"released lease {done.token} of {done.scope}, which job {done.job} had held"


def _operator(given: Namespace) -> dict[str, str]:
    return {"by": given.by, "reason": given.reason}


#: by the name that the user types
COMMANDS: dict[str, Callable[[ApiClient, Namespace], str]] = {
    "notices": _notices,
    "jobs": _jobs,
    "plan": _plan,
    "machines": _machines,
    "semaphores": _semaphores,
    "pauses": _pauses,
    "targets": _targets,
    "preview": _preview,
    "test": _test,
    "explain": _explain,
    "pause": _pause,
    "resume": _resume,
    "go-on": _go_on,
    "lift-halt": _lift_halt,
    "retry": _retry,
    "prioritize": _prioritize,
    "reopen": _reopen,
    "cancel": _cancel,
    "release": _release,
    "release-lease": _release_lease,
}
