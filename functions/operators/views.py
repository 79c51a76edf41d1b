"""What operators see of jobs, locks and pauses as JSON. A public form: names change only with the changelog."""

from datetime import datetime
from typing import Any

from shared.domain.job.job import Job
from shared.domain.lock.semaphore import Semaphore
from shared.domain.redeploy.pauses import Pause
from shared.usecases.operate.explain import Explanation


def job_view(job: Job) -> dict[str, Any]:
    """One job."""
    return {
        "id": job.id,
        "machine": job.machine,
        "subscription": job.subscription,
        "scope": job.placement.scope,
        "lane": job.placement.lane,
        "wave": _time(job.wave),
        "selfServiceEnd": _time(job.self_service_end),
        "state": job.state.value,
        "reason": job.reason,
        "due": _time(job.due),
        "atRisk": list(job.warned),
        "step": job.step,
        "attempts": job.attempts,
        "leases": [{"scope": each.scope, "token": each.token} for each in job.leases],
        "operation": job.operation,
        "probe": job.probe and job.probe.place,
        "started": _time(job.started_at),
        "finished": _time(job.finished_at),
    }


def semaphore_view(semaphore: Semaphore) -> dict[str, Any]:
    """One lock, with its holders and waiters."""
    return {
        "scope": semaphore.scope,
        "lane": semaphore.lane,
        "slots": semaphore.slots,
        "holders": [
            {"job": each.job, "lane": each.lane, "token": each.token, "expires_at": _time(each.expires_at)}
            for each in semaphore.holders
        ],
        "waiters": [
            {"job": each.job, "lane": each.lane, "since": _time(each.since)} for each in semaphore.waiters
        ],
        "halts": [
            {"reason": each.reason, "job": each.job, "lane": each.lane, "at": _time(each.at)}
            for each in semaphore.halts
        ],
    }


def pause_view(pause: Pause) -> dict[str, Any]:
    """One thrown kill switch."""
    return {"target": pause.target, "reason": pause.reason, "by": pause.by, "at": _time(pause.at)}


def explanation_view(found: Explanation) -> dict[str, Any]:
    """A machine's job with its locks and its trail."""
    return {
        "job": job_view(found.job),
        "semaphores": [semaphore_view(each) for each in found.semaphores],
        "trail": [
            {"at": _time(each.at), "event": each.event, "by": each.by, **each.detail} for each in found.trail
        ],
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")
