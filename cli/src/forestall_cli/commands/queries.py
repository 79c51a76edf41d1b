"""The commands that only read."""

from argparse import Namespace

from forestall_cli import jobs as jobs_text
from forestall_cli import notices as notices_text
from forestall_cli import plan as plan_text
from forestall_cli.client import ApiClient
from forestall_cli.commands.policies import plan_with_files
from forestall_cli.completion.names import remember
from forestall_cli.errors import UsageError
from forestall_cli.look.find import find_machine
from forestall_cli.names import machine_name
from forestall_cli.output.answer import Answer
from forestall_cli.output.printed import terminal_width
from forestall_cli.output.table import Table, columns
from forestall_cli.paging import pages
from forestall_cli.responses.jobs import JobList, MachineList
from forestall_cli.responses.locks import PauseList, SemaphoreList
from forestall_cli.responses.messages import AddressList, PreviewView, TargetList
from forestall_cli.responses.notices import NoticeList, NoticeTrace
from forestall_cli.responses.plan import ExplanationView


def notices(app: ApiClient, given: Namespace) -> Answer:
    """The received notices; with an id, the jobs that one of them led to."""
    if given.id:
        found = app.get(NoticeTrace, "notices", given.id)
        return Answer(document=found, text=notices_text.trace(found))
    read = pages(
        app,
        NoticeList,
        "notices",
        lambda page: len(page.notices),
        limit=given.limit,
        after=given.after,
        days=given.days,
    )
    return notices_text.listed(read)


def jobs(app: ApiClient, given: Namespace) -> Answer:
    """Every job."""
    read = pages(
        app,
        JobList,
        "jobs",
        lambda page: len(page.jobs),
        limit=given.limit,
        after=given.after,
        subscription=given.subscription,
        state=given.state,
        archived="true" if given.archived else None,
    )
    remember({machine_name(each.machine) for page in read for each in page.jobs})
    return jobs_text.jobs(read)


def plan(app: ApiClient, given: Namespace) -> Answer:
    """The plan, day by day; with other policy files where they are named."""
    if given.policy:
        return plan_with_files(app, given)
    if given.diff:
        raise UsageError("--diff compares with other policy files: name them with --policy")
    found = plan_text.whole(app, given.group)
    remember({each.name for each in found.machines})
    width = terminal_width() or plan_text.ENDLESS
    return Answer(
        document=found,
        text=plan_text.table(found, width),
        ids=[each.job for each in found.machines],
    )


def machines(app: ApiClient, given: Namespace) -> Answer:
    """Every machine in an open phase."""
    read = pages(
        app,
        MachineList,
        "machines",
        lambda page: len(page.machines),
        limit=given.limit,
        after=given.after,
        subscription=given.subscription,
        state=given.state,
    )
    remember({machine_name(each.machine) for page in read for each in page.machines})
    return jobs_text.machines(read)


def semaphores(app: ApiClient, given: Namespace) -> Answer:
    """Every lock."""
    read = pages(
        app,
        SemaphoreList,
        "semaphores",
        lambda page: len(page.semaphores),
        limit=given.limit,
        after=given.after,
    )
    return jobs_text.semaphore_list(read)


def pauses(app: ApiClient, given: Namespace) -> Answer:
    """The pauses in force."""
    read = pages(
        app,
        PauseList,
        "pauses",
        lambda page: len(page.pauses),
        limit=given.limit,
        after=given.after,
    )
    return jobs_text.pauses(read)


def targets(app: ApiClient, _: Namespace) -> Answer:
    """Where messages go, and whether they arrive."""
    found = app.get(TargetList, "targets")
    rows = [
        (each.condition, each.name, each.kind, each.waiting, each.accepted, each.reason)
        for each in found.targets
    ]
    heads = columns("condition!", "target!", "kind", "waiting#", "accepted@", "reason")
    return Answer(
        document=found, table=Table.of(heads, rows), ids=[each.name for each in found.targets]
    )


def calendar(app: ApiClient, _: Namespace) -> Answer:
    """The secret addresses of the calendar."""
    found = app.get(AddressList, "calendar", "addresses")
    rows = [(each.name, each.group or "all", each.by, each.at) for each in found.addresses]
    return Answer(
        document=found,
        table=Table.of(columns("name!", "group", "by", "at@"), rows),
        ids=[each.name for each in found.addresses],
    )


def preview(app: ApiClient, given: Namespace) -> Answer:
    """A sample message in the form of a target."""
    found = app.get(PreviewView, "targets", "preview", target=given.target, event=given.event)
    return Answer(document=found, text=found.body)


def explain(app: ApiClient, given: Namespace) -> Answer:
    """One machine: job, place in the plan, locks, audit trail."""
    found = app.get(ExplanationView, "explain", machine=find_machine(app, given.machine))
    return Answer(document=found, text=jobs_text.explanation(found))
