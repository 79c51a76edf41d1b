"""`report`: the facts of one wave, printed or written to a file."""

from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from forestall_cli.client import ApiClient
from forestall_cli.errors import ApiError, UsageError
from forestall_cli.output.answer import FINE, NEEDS_A_PERSON, Answer
from forestall_cli.output.as_csv import as_csv
from forestall_cli.paging import all_machines, pages
from forestall_cli.report.facts import Facts, facts_of
from forestall_cli.report.texts import as_html, summary, table
from forestall_cli.responses.jobs import JobList, JobView
from forestall_cli.responses.plan import PlanView


def report(app: ApiClient, given: Namespace) -> Answer:
    """The report of a wave. Its exit code is 3 where two lanes moved at the same time."""
    if given.file and Path(given.file).suffix not in _FORMS:
        raise UsageError(f"the file ends in {', '.join(_FORMS)}: that is its form")
    jobs = _jobs(app, given)
    if not jobs:
        raise ApiError(
            f"no job is of the wave {given.wave}: `forestall waves` lists them; the jobs of old"
            " waves are in the archive, so add --archived --subscription ID"
        )
    machines = [each for each in all_machines(app) if (each.wave or "").startswith(given.wave)]
    facts = facts_of(
        given.wave,
        jobs,
        machines,
        app=app.url,
        policy=app.get(PlanView, "plan", limit=1).policy,
        made_at=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
    )
    lines, code = summary(facts), NEEDS_A_PERSON if facts.overlaps else FINE
    document = {**msgspec.to_builtins(facts), "sha256": facts.digest}
    if given.file:
        _write(Path(given.file), facts, document)
        text = "\n".join([*lines, f"written to {given.file}"])
        return Answer(document=document, text=text, code=code)
    return Answer(
        document=document,
        text="\n".join([*lines, ""]),
        table=table(facts),
        ids=[each.id for each in facts.machines],
        code=code,
    )


_FORMS = (".html", ".csv", ".json")


def _jobs(app: ApiClient, given: Namespace) -> list[JobView]:
    if given.archived and not given.subscription:
        raise UsageError("the archive is read by subscription: add --subscription ID")
    query = {"subscription": given.subscription}
    read = pages(app, JobList, "jobs", lambda page: len(page.jobs), **query)
    if given.archived:
        read += pages(app, JobList, "jobs", lambda page: len(page.jobs), **query, archived="true")
    return [each for page in read for each in page.jobs if each.wave.startswith(given.wave)]


def _write(path: Path, facts: Facts, document: object) -> None:
    match path.suffix:
        case ".html":
            raw = as_html(facts).encode(errors="replace")
        case ".csv":
            raw = as_csv(table(facts)).encode("utf-8-sig", errors="replace")
        case _:
            raw = msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"
    try:
        path.write_bytes(raw)
    except OSError as fault:
        raise UsageError(f"{path} cannot be written: {fault.strerror}") from fault
