"""The commands: each calls the app once and returns the text to print, or raises ApiError."""

from argparse import Namespace
from collections.abc import Callable, Sequence

from forestall_cli import jobs, notices, plan, policies, publish
from forestall_cli.client import ApiClient, ApiError
from forestall_cli.policy_files import read_files
from forestall_cli.policy_responses import (
    MachineRulesView,
    PolicyCheckView,
    PolicyDifferenceView,
    PolicyHistoryView,
    PolicyPlanView,
    PolicyProblemView,
)
from forestall_cli.responses import (
    AddressList,
    ExplanationView,
    JobList,
    JobView,
    Lifted,
    MachineList,
    MadeAddress,
    NoticeList,
    NoticeTrace,
    PauseList,
    PauseView,
    PreviewView,
    Released,
    Response,
    Resumed,
    Revoked,
    SemaphoreList,
    TargetList,
    Tested,
    WentOn,
)
from forestall_cli.tables import as_json, in_columns

#: elements that the app answers at a time
_PAGE = 1000


def _notices(app: ApiClient, given: Namespace) -> str:
    if given.id:
        return notices.trace(app.get(NoticeTrace, "notices", given.id))
    pages = _pages(
        app, NoticeList, given, "notices", lambda page: len(page.notices), days=given.days
    )
    return notices.table(pages, pages[-1].next if pages else None)


def _jobs(app: ApiClient, given: Namespace) -> str:
    pages = _pages(
        app,
        JobList,
        given,
        "jobs",
        lambda page: len(page.jobs),
        subscription=given.subscription,
        state=given.state,
        archived="true" if given.archived else None,
    )
    return jobs.jobs(pages)


def _plan(app: ApiClient, given: Namespace) -> str:
    if given.policy:
        return _policy_diff(app, given) if given.diff else _plan_with(app, given)
    if given.diff:
        raise ApiError("--diff compares with other policy files: name them with --policy")
    found = plan.whole(app, given.group)
    return as_json(found) if given.json else plan.table(found, plan.width())


def _plan_with(app: ApiClient, given: Namespace) -> str:
    if given.group:
        raise ApiError("a plan with --policy is of all groups: leave the group out")
    answer = app.send(PolicyPlanView, "policy", "plan", files=_files(given.policy))
    if answer.plan is None:
        raise _refused(answer, answer.problems, given)
    return as_json(answer.plan) if given.json else plan.table(answer.plan, plan.width())


def _policy(app: ApiClient, given: Namespace) -> str:
    return POLICY_ACTIONS[given.action](app, given)


def _policy_check(app: ApiClient, given: Namespace) -> str:
    found = app.send(PolicyCheckView, "policy", "check", files=_files(given.policy))
    if found.version is None:
        raise _refused(found, found.problems, given)
    return as_json(found) if given.json else policies.check(found, with_machines=given.machines)


def _policy_diff(app: ApiClient, given: Namespace) -> str:
    found = app.send(PolicyDifferenceView, "policy", "diff", files=_files(given.policy))
    if found.after is None:
        raise _refused(found, found.problems, given)
    return as_json(found) if given.json else policies.difference(found)


def _policy_show(app: ApiClient, given: Namespace) -> str:
    found = app.get(MachineRulesView, "policy", "machine", machine=given.machine)
    return as_json(found) if given.json else policies.machine_rules(found)


def _policy_history(app: ApiClient, given: Namespace) -> str:
    found = app.get(PolicyHistoryView, "policy", "history", limit=given.limit)
    return as_json(found) if given.json else policies.history(found)


def _policy_publish(app: ApiClient, given: Namespace) -> str:
    return publish.publish(app, read_files(given.policy), given.by, dry_run=given.dry_run)


def _refused(answer: Response, problems: Sequence[PolicyProblemView], given: Namespace) -> ApiError:
    """Why the command fails. Standard output has the JSON where that was asked for."""
    if given.json:
        print(as_json(answer), flush=True)
    return ApiError(policies.refused(problems))


def _files(paths: list[str]) -> list[dict[str, object]]:
    return [each.body() for each in read_files(paths)]


def _machines(app: ApiClient, given: Namespace) -> str:
    pages = _pages(
        app,
        MachineList,
        given,
        "machines",
        lambda page: len(page.machines),
        subscription=given.subscription,
        state=given.state,
    )
    return jobs.machines(pages)


def _semaphores(app: ApiClient, given: Namespace) -> str:
    pages = _pages(app, SemaphoreList, given, "semaphores", lambda page: len(page.semaphores))
    return jobs.semaphore_list(pages)


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


def _calendar(app: ApiClient, _: Namespace) -> str:
    return in_columns(
        ("name", "group", "by", "at"),
        (
            (each.name, each.group or "all", each.by, each.at)
            for each in app.get(AddressList, "calendar", "addresses").addresses
        ),
    )


def _calendar_add(app: ApiClient, given: Namespace) -> str:
    made = app.post(
        MadeAddress, "calendar", "address", name=given.name, group=given.group, **_operator(given)
    )
    return f"{app.url.rstrip('/')}{made.path}"


def _calendar_revoke(app: ApiClient, given: Namespace) -> str:
    done = app.post(Revoked, "calendar", "revoke", name=given.name, **_operator(given))
    return f"revoked {done.revoked}"


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


def _pages[T: JobList | MachineList | NoticeList | SemaphoreList](
    app: ApiClient,
    form: type[T],
    given: Namespace,
    path: str,
    count: Callable[[T], int],
    **query: str | int | None,
) -> list[T]:
    """The pages of a list, until `--limit` elements are there or none follows."""
    found: list[T] = []
    left, after = given.limit, given.after
    while left > 0:
        page = app.get(form, path, **query, limit=min(left, _PAGE), after=after)
        found.append(page)
        left, after = left - count(page), page.next
        if after is None:
            break
    return found


def _operator(given: Namespace) -> dict[str, str]:
    return {"by": given.by, "reason": given.reason}


#: of the command `policy`
POLICY_ACTIONS: dict[str, Callable[[ApiClient, Namespace], str]] = {
    "check": _policy_check,
    "show": _policy_show,
    "diff": _policy_diff,
    "publish": _policy_publish,
    "history": _policy_history,
}

#: by the name that the user types
COMMANDS: dict[str, Callable[[ApiClient, Namespace], str]] = {
    "notices": _notices,
    "jobs": _jobs,
    "plan": _plan,
    "policy": _policy,
    "machines": _machines,
    "semaphores": _semaphores,
    "pauses": _pauses,
    "targets": _targets,
    "calendar": _calendar,
    "calendar-add": _calendar_add,
    "calendar-revoke": _calendar_revoke,
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
