"""A fleet as the app answers it, for commands that read several answers."""

from collections.abc import Sequence
from typing import Any

from forestall_cli import __version__

LONG_NAME = "vm-ledger-sql-production-0002-with-a-name-of-64-characters-in-total"
WAVE, CLOSES, SINCE = "2026-11-23T08:00:00Z", "2026-12-18T22:00:00Z", "2026-11-29T13:00:00Z"
SUBSCRIPTION = "11111111-1111-1111-1111-111111111111"
_GROUP = f"/subscriptions/{SUBSCRIPTION}/resourcegroups/g/providers/microsoft.compute"


def arm_id(name: str) -> str:
    """The ARM id of a machine; `set/7` is an instance of a scale set."""
    scale_set, slash, instance = name.partition("/")
    if slash:
        return f"{_GROUP}/virtualmachinescalesets/{scale_set}/virtualmachines/{instance}"
    return f"{_GROUP}/virtualmachines/{name}"


def job_id(name: str) -> str:
    """A job id of the app's form."""
    digest = f"{sum(map(ord, name)):08x}" + name.encode().hex()[:16].ljust(16, "0")
    return f"{SUBSCRIPTION}~{digest}"


def machine(
    name: str, state: str = "planned", reason: str = "waits", **more: Any
) -> dict[str, Any]:
    """A row of GET /api/v1/machines."""
    return {
        "machine": arm_id(name),
        "subscription": SUBSCRIPTION,
        "state": state,
        "rule": None,
        "reason": reason,
        "since": SINCE,
        "wave": WAVE,
        "selfServiceEnd": CLOSES,
        "job": job_id(name),
        **more,
    }


def job(name: str, state: str = "planned", reason: str = "waits", **more: Any) -> dict[str, Any]:
    """A row of GET /api/v1/jobs."""
    return {
        "id": job_id(name),
        "machine": arm_id(name),
        "subscription": SUBSCRIPTION,
        "scope": f"avset:{_GROUP}/availabilitysets/web",
        "lane": "ud:0",
        "wave": WAVE,
        "selfServiceEnd": CLOSES,
        "state": state,
        "reason": reason,
        "due": CLOSES,
        "atRisk": [],
        "step": 1,
        "attempts": 0,
        "prioritized": None,
        "windowUntil": None,
        "leases": [],
        "operation": None,
        "healthCheck": None,
        "agent": "required",
        "harms": [],
        "started": None,
        "finished": None,
        **more,
    }


def lock(waiting: Sequence[str] = (), halted_by: str = "") -> dict[str, Any]:
    """A row of GET /api/v1/semaphores."""
    halt = {"reason": "agent not ready", "job": job_id(halted_by), "lane": None, "at": SINCE}
    return {
        "scope": f"avset:{_GROUP}/availabilitysets/web",
        "lane": None,
        "slots": 1,
        "holders": [],
        "waiters": [{"job": job_id(each), "lane": "ud:0", "since": SINCE} for each in waiting],
        "halts": [halt] if halted_by else [],
    }


def answers(
    *,
    machines: Sequence[dict[str, Any]] = (),
    jobs: Sequence[dict[str, Any]] = (),
    locks: Sequence[dict[str, Any]] = (),
    pauses: Sequence[dict[str, Any]] = (),
    scans: Sequence[dict[str, Any]] = (),
    targets: Sequence[dict[str, Any]] = (),
    infeasible: Sequence[dict[str, Any]] = (),
    held: str | None = None,
    version: str = __version__,
) -> dict[str, Any]:
    """Every answer that a status needs, by path."""
    rest: dict[str, Any] = {"unreadable": [], "next": None}
    plan = {
        "fingerprint": "9c41e0",
        "generated_at": SINCE,
        "mode": "act",
        "policy": "7f3a91c",
        "time_zone": "Europe/Berlin",
        "feasibility": "fits",
        "machines": [],
        "infeasible": list(infeasible),
        "left_alone": [],
        **rest,
    }
    listed = jobs or [job("vm-0", "succeeded")]
    return {
        "/api/v1/machines?limit=1000": {"machines": list(machines), "unknown": [], **rest},
        "/api/v1/jobs?limit=1000": {"jobs": list(listed), **rest},
        "/api/v1/semaphores?limit=1000": {"semaphores": list(locks), **rest},
        "/api/v1/pauses?limit=1000": {"pauses": list(pauses), "next": None},
        "/api/v1/health": {
            "status": "ok",
            "version": version,
            "mode": "act",
            "pauses": len(pauses),
            "generation": "g",
            "held": held,
        },
        "/api/v1/scans": {
            "failing": sum(each["failingSince"] is not None for each in scans),
            "unreadableRows": 0,
            "scans": list(scans),
            "hints": [],
        },
        "/api/v1/targets": {"targets": list(targets)},
        "/api/v1/plan": plan,
    }
