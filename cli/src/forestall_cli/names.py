"""Short names: `vm-1`, `front/3` for an instance of a scale set, `job-73928e05` for a job."""

import re

_SCOPE_WITH_PATH = re.compile(r"\b([a-z]+):/subscriptions/[^\s:;,]*/([^/\s:;,]+)")
_SHORT_JOB = re.compile(r"(?:job-)?([0-9a-f]{6,24}(?:-\d+)?)", re.IGNORECASE)
_DIGITS = 8


def machine_name(machine: str) -> str:
    """The name of a machine. For an instance of a scale set, whose name is a number: `set/7`."""
    parts = machine.split("/")
    return "/".join(parts[-3::2]) if "virtualmachinescalesets" in parts else parts[-1]


def scope_name(scope: str) -> str:
    """`avset:web` for `avset:/subscriptions/.../web`."""
    kind, colon, rest = scope.partition(":")
    return f"{kind}:{rest.rpartition('/')[2]}" if colon and "/" in rest else scope


def short_reason(reason: str) -> str:
    """A reason with the short names of its scopes: `avset:web: halted`. JSON has the whole one."""
    return _SCOPE_WITH_PATH.sub(r"\1:\2", reason)


def short_job(job: str) -> str:
    """`job-73928e05`: no spreadsheet takes it for a number. Another id stays as it is."""
    digest, dash, again = job.partition("~")[2].partition("-")
    if len(digest) <= _DIGITS:
        return job
    return f"job-{digest[:_DIGITS]}{dash}{again}"


def is_job(text: str, job: str) -> bool:
    """Whether a text means this job: its id, or the beginning of its digest."""
    if text == job:
        return True
    match = _SHORT_JOB.fullmatch(text)
    if match is None:
        return False
    wanted, dash, again = match[1].lower().partition("-")
    digest, other_dash, other = job.partition("~")[2].partition("-")
    return digest.startswith(wanted) and (dash, again) == (other_dash, other)
