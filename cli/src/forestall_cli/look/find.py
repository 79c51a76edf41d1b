"""Which machine or job a short name means. A name that several have is refused with the list."""

from collections.abc import Iterable
from difflib import get_close_matches

from forestall_cli.client import ApiClient
from forestall_cli.completion.names import remember
from forestall_cli.errors import ApiError, UsageError
from forestall_cli.names import is_job, machine_name, short_job
from forestall_cli.output.cell import cell
from forestall_cli.paging import all_jobs, all_machines
from forestall_cli.responses.jobs import JobView

_SHOWN = 10
_OPEN = ("planned", "deferred", "admitted", "redeploying", "verifying", "parked")


def find_machine(app: ApiClient, text: str) -> str:
    """The ARM id of a machine by its name: `vm-1`, or `set/7`. An ARM id is returned as it is.

    ApiError where no machine has the name. UsageError where several have it.
    """
    if text.startswith("/") or "~" in text:
        return text
    known = {each.machine for each in all_machines(app)} or set()
    found = _named(text, known)
    if not found:
        known |= {each.machine for each in all_jobs(app)}
        found = _named(text, known)
    names = sorted({machine_name(each) for each in known})
    remember(names)
    if not found:
        raise ApiError(f"there is no machine {cell(text)!r}{_near(text, names)}")
    return _only(text, found)


def find_job_view(app: ApiClient, text: str) -> JobView:
    """The job that is meant: by its id, by the 8 letters that tables show, or by its machine.

    A machine means its open job. ApiError where there is none. UsageError where
    several are meant.
    """
    jobs = all_jobs(app)
    remember({machine_name(each.machine) for each in jobs})
    found = [each for each in jobs if is_job(text, each.id)]
    if not found:
        machines = _named(text, {each.machine for each in jobs})
        found = [each for each in jobs if each.machine in machines]
    if not found:
        names = [machine_name(each.machine) for each in jobs]
        raise ApiError(f"there is no job {cell(text)!r}{_near(text, names)}")
    still_open = [each for each in found if each.state in _OPEN]
    several = still_open or found
    if len(several) > 1:
        lines = [f"{short_job(each.id)}  {each.state}  {each.machine}" for each in several]
        raise UsageError(_several(text, lines))
    return several[0]


def _named(text: str, machines: Iterable[str]) -> list[str]:
    wanted = text.lower().replace("_", "/") if "_" in text else text.lower()
    return sorted(each for each in machines if machine_name(each).lower() in (text.lower(), wanted))


def _only(text: str, found: list[str]) -> str:
    if len(found) > 1:
        raise UsageError(_several(text, found))
    return found[0]


def _several(text: str, lines: list[str]) -> str:
    more = len(lines) - _SHOWN
    listed = [f"  {cell(each)}" for each in lines[:_SHOWN]]
    rest = [f"  and {more} more"] if more > 0 else []
    return "\n".join([f"{len(lines)} are meant by {cell(text)!r}; name one of:", *listed, *rest])


def _near(text: str, names: Iterable[str]) -> str:
    near = get_close_matches(text.lower(), list(names), n=1)
    return f". Did you mean {near[0]}?" if near else ": `forestall machines` lists them"
