"""The commands that change something: each says first what it will do, and then sends it."""

from argparse import Namespace
from collections.abc import Callable

import msgspec

from forestall_cli import jobs
from forestall_cli.client import ApiClient
from forestall_cli.errors import ApiError, OutcomeUnknown, UsageError
from forestall_cli.look import consequences
from forestall_cli.look.find import find_job_view, find_machine
from forestall_cli.output.answer import FINE, REFUSED, Answer
from forestall_cli.output.cell import cell
from forestall_cli.paging import all_jobs, pages
from forestall_cli.responses.jobs import JobView
from forestall_cli.responses.locks import (
    AlreadyView,
    Lifted,
    PausedView,
    PauseList,
    Released,
    Resumed,
    WentOn,
)
from forestall_cli.responses.messages import MadeAddress, Revoked
from forestall_cli.terminal.ask import confirm

_NOTHING = Answer(document={"done": False}, text="nothing was done")


def pause(app: ApiClient, given: Namespace) -> Answer:
    """Let nothing new start in a target."""
    if not _may(given, consequences.of_pause(app, given.target)):
        return _NOTHING
    return _paused(app, given, given.target)


def hold(app: ApiClient, given: Namespace) -> Answer:
    """Let machines not start, each by its name."""
    return _each_machine(
        app, given, "stops {n} before the next start. A redeploy that runs is finished", _paused
    )


def resume(app: ApiClient, given: Namespace) -> Answer:
    """Continue after a pause."""
    if not _may(given, consequences.of_resume(app, given.target)):
        return _NOTHING
    return _resumed(app, given, given.target)


def unhold(app: ApiClient, given: Namespace) -> Answer:
    """Let held machines start again."""
    return _each_machine(app, given, "lets {n} start again, by all other rules", _resumed)


def go_on(app: ApiClient, given: Namespace) -> Answer:
    """Let jobs start again after stored state was lost."""
    wait = "" if given.immediately else " after a time in which something may be in flight"
    if not _may(given, f"This lets jobs start again{wait}."):
        return _NOTHING
    done = app.post(WentOn, "go-on", immediately=given.immediately, **operator(given))
    return Answer(document=done, text=f"jobs may start again from {done.starts_at}")


def lift_halt(app: ApiClient, given: Namespace) -> Answer:
    """Let work in a halted scope continue."""
    if not _may(given, consequences.of_lift_halt(app, given.scope)):
        return _NOTHING
    done = app.post(Lifted, "halts", "lift", scope=given.scope, **operator(given))
    return Answer(document=done, text=f"lifted the halt of {done.lifted}{_before(done.already)}")


def retry(app: ApiClient, given: Namespace) -> Answer:
    """Continue a parked job."""
    return _job(app, given, "retry", "continues")


def prioritize(app: ApiClient, given: Namespace) -> Answer:
    """Let a waiting job start before the others."""
    return _job(app, given, "prioritize", "puts in front")


def open_window(app: ApiClient, given: Namespace) -> Answer:
    """Let a waiting job start from now on."""
    does = f"opens a window of {cell(given.length)} for"
    return _job(app, given, "open-window", does, **{"for": given.length})


def reopen(app: ApiClient, given: Namespace) -> Answer:
    """Let an ended job wait again."""
    return _job(app, given, "reopen", "lets wait again")


def cancel(app: ApiClient, given: Namespace) -> Answer:
    """End a job that waits or is parked."""
    moving = {"skipMachineCheck": given.skip_machine_check}
    return _job(app, given, "cancel", "ends", **moving)


def release(app: ApiClient, given: Namespace) -> Answer:
    """Release the leases of a parked job."""
    moving = {"skipMachineCheck": given.skip_machine_check}
    return _job(app, given, "release", "releases the leases of", **moving)


def release_lease(app: ApiClient, given: Namespace) -> Answer:
    """Give back a lease whose job is gone."""
    if not _may(given, f"This releases lease {given.token} of {cell(given.scope)}."):
        return _NOTHING
    done = app.post(
        Released, "leases", "release", scope=given.scope, token=given.token, **operator(given)
    )
    one = done.released
    text = f"released lease {one.token} of {one.scope}, which job {one.job} had held"
    return Answer(document=done, text=text)


def calendar_add(app: ApiClient, given: Namespace) -> Answer:
    """Make a secret address of the calendar, and print it."""
    made = app.post(
        MadeAddress, "calendar", "address", name=given.name, group=given.group, **operator(given)
    )
    return Answer(document=made, text=f"{app.url.rstrip('/')}{made.path}")


def calendar_revoke(app: ApiClient, given: Namespace) -> Answer:
    """Revoke a secret address of the calendar."""
    if not _may(given, f"This ends the calendar of all who have the address {cell(given.name)!r}."):
        return _NOTHING
    done = app.post(Revoked, "calendar", "revoke", name=given.name, **operator(given))
    return Answer(document=done, text=f"revoked {done.revoked}")


def operator(given: Namespace) -> dict[str, str]:
    """Who gives the command, and why."""
    return {"by": given.by, "reason": given.reason}


def _may(given: Namespace, summary: str) -> bool:
    return confirm(summary, is_agreed=given.yes)


def _paused(app: ApiClient, given: Namespace, target: str) -> Answer:
    def send() -> Answer:
        length = getattr(given, "length", None)
        done = app.post(
            PausedView,
            "pause",
            target=target,
            evenIfNothing=getattr(given, "even_if_nothing", False),
            **({} if length is None else {"for": length}),
            **operator(given),
        )
        return Answer(document=done, text=jobs.paused(done))

    return _or_present_state(send, lambda: _pauses_now(app, target))


def _resumed(app: ApiClient, given: Namespace, target: str) -> Answer:
    def send() -> Answer:
        done = app.post(Resumed, "resume", target=target, **operator(given))
        return Answer(document=done, text=f"resumed {done.resumed}{_before(done.already)}")

    return _or_present_state(send, lambda: _pauses_now(app, target))


def _before(already: AlreadyView | None) -> str:
    return "" if already is None else f" (already so, by {cell(already.by)} at {already.at})"


def _pauses_now(app: ApiClient, target: str) -> str:
    listed = pages(app, PauseList, "pauses", lambda page: len(page.pauses))
    for each in (pause for page in listed for pause in page.pauses):
        if each.target.lower() == target.lower():
            return f"{each.target} is paused, by {cell(each.by)} since {each.at}"
    return f"{cell(target)} is not paused"


def _job(app: ApiClient, given: Namespace, verb: str, does: str, **more: bool | str) -> Answer:
    job = None if "~" in given.job else find_job_view(app, given.job)
    named = given.job if job is None else job.id
    if not _may(given, consequences.of_job(job, named, does)):
        return _NOTHING

    def send() -> Answer:
        done = app.post(JobView, "jobs", named, verb, **operator(given), **more)
        return Answer(document=done, text=jobs.job(done))

    return _or_present_state(send, lambda: _job_now(app, named))


def _job_now(app: ApiClient, job: str) -> str:
    found = [each for each in all_jobs(app) if each.id == job]
    if not found:
        return f"there is no job {job}"
    return f"the job is {found[0].state}: {cell(found[0].reason)}"


def _or_present_state(send: Callable[[], Answer], present: Callable[[], str]) -> Answer:
    """The answer of an act; where its response is lost, the present state in the error."""
    try:
        return send()
    except OutcomeUnknown as unknown:
        try:
            state = present()
        except ApiError:
            state = "it cannot be read now"
        raise OutcomeUnknown(f"{unknown}. The present state: {state}") from unknown


def _each_machine(
    app: ApiClient,
    given: Namespace,
    does: str,
    act: Callable[[ApiClient, Namespace, str], Answer],
) -> Answer:
    """One act for each machine. One that is refused does not hold up the others."""
    found = {name: _machine_or_error(app, name) for name in dict.fromkeys(given.machine)}
    known = [name for name, machine in found.items() if isinstance(machine, str)]
    count = f"{len(known)} machine{'' if len(known) == 1 else 's'}"
    if known and not _may(given, f"This {does.format(n=count)}."):
        return _NOTHING
    lines, documents, complaints = [], [], []
    for name, machine in found.items():
        try:
            if not isinstance(machine, str):
                raise machine
            done = act(app, given, f"machine:{machine}")
        except (ApiError, UsageError) as fault:
            complaints.append(f"{cell(name)}: {fault}")
            documents.append({"machine": name, "error": str(fault)})
        else:
            lines.append(f"{cell(name)}: {done.text}")
            documents.append({"machine": name, "done": msgspec.to_builtins(done.document)})
    return Answer(
        document={"machines": documents},
        text="\n".join(lines),
        complaints=complaints,
        code=REFUSED if complaints else FINE,
    )


def _machine_or_error(app: ApiClient, name: str) -> str | ApiError | UsageError:
    try:
        return find_machine(app, name)
    except (ApiError, UsageError) as fault:
        return fault
