"""Values as a trace shows them: a few words, with machines by their names instead of their ids."""

from collections.abc import Sequence
from datetime import datetime

from shared.domain.audit import AuditRecord
from shared.domain.job.job import Job
from shared.domain.lock.semaphore import Semaphore
from shared.domain.machine.instance_view import NotFound, Observation
from shared.domain.messages import JobStep, Notification, ScanRequest
from shared.ports import Stored

_LONGEST = 160


class TraceFormatter:
    """Learns the names of jobs as it sees them."""

    def __init__(self) -> None:
        self._jobs: dict[str, str] = {}

    def format(self, value: object) -> str:  # noqa: C901, PLR0912 - one line per kind
        """The value in a few words."""
        match value:
            case set() | frozenset():  # their order depends on the process
                return str(sorted(map(str, value)))
            case Stored(value=inner):
                return self.format(inner)
            case Job():
                return self._job(value)
            case Semaphore():
                return self._semaphore(value)
            case Observation():
                return _observation(value)
            case NotFound():
                return f"{_last(value.machine)} gone"
            case AuditRecord():
                return (
                    f"{self._name(value.subject)} {value.event} {value.detail.get('reason', '')}"[
                        :_LONGEST
                    ]
                )
            case JobStep():
                return f"step {value.step} of {self._name(value.job)}"
            case ScanRequest():
                return f"scan {value.trigger_id}"
            case Notification():
                return f"{value.kind} {_last(value.text)}"[:_LONGEST]
            case datetime():
                return f"{value:%H:%M:%S}"
            case str():
                return self._name(value)
            case list() | tuple():
                return self._list(value)
        return str(value)[:_LONGEST]

    def _list(self, values: Sequence[object]) -> str:
        return f"[{', '.join(self.format(each) for each in values)}]"

    def _job(self, job: Job) -> str:
        name = f"{_last(job.machine)}@{job.wave:%H:%M}"
        self._jobs[job.id] = name
        due = f" due {job.due:%H:%M:%S}" if job.due else ""
        called = f" called {job.called_at:%H:%M:%S}" if job.called_at else ""
        tokens = " ".join(f"{_last(each.scope)}#{each.token}" for each in job.leases)
        return (
            f"{name} {job.state} step {job.step} attempts {job.attempts}{due}{called} "
            f"[{tokens}] {job.reason[:60]!r}"
        )

    def _semaphore(self, value: Semaphore) -> str:
        holders = ", ".join(
            f"{self._name(each.job)}#{each.token} in {each.lane} until {each.expires_at:%H:%M:%S}"
            for each in value.holders
        )
        waiters = ", ".join(
            f"{self._name(each.job)} until {each.until:%H:%M:%S}" for each in value.waiters
        )
        left = (
            f" left {value.last_release.lane} {value.last_release.at:%H:%M:%S}"
            if value.last_release
            else ""
        )
        halt = " HALTED" if value.halts else ""
        return f"{_last(value.scope)} held by [{holders}] waited for by [{waiters}]{left}{halt}"

    def _name(self, text: str) -> str:
        if "~" in text:
            return self._jobs.get(text, text.partition("~")[2])
        return _last(text)[:_LONGEST]


def _observation(seen: Observation) -> str:
    status = seen.maintenance
    shown = (
        "not scheduled"
        if status is None
        else f"scheduled, {'' if status.allowed else 'not '}allowed"
    )
    agent = "ready" if seen.agent_ready else "not ready"
    return (
        f"{_last(seen.machine)} {seen.power}, {seen.provisioning}, agent {agent}, "
        f"{shown} (as of {seen.at:%H:%M:%S})"
    )


def _last(text: str) -> str:
    return text.rsplit("/", 1)[-1] if text.startswith(("/", "avset:", "vm:", "group:")) else text
