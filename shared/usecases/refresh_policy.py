"""Take the newest version of the policy that can be read. The last good one counts until then.

A version that is no policy stops nothing that runs: new starts follow the last good one. Only
where there is no good version at all, nothing new starts.
"""

from datetime import timedelta

from shared.domain.policy.files.layers import LayeredPolicy
from shared.domain.policy.files.load import Refused, load_policy
from shared.errors import StorageUnavailable
from shared.ports import Policies, PolicyName
from shared.telemetry import log_event, log_warning
from shared.usecases.app import App
from shared.usecases.policy_in_force import PolicyInForce

#: how old the last look may be
REFRESHED = timedelta(minutes=1)
#: versions that are tried, from the newest on
_MOST_TRIED = 20
#: problems of a version that the log names; `forestall policy check` has all
_MOST_NAMED = 10


async def refresh_policy(app: App) -> None:
    """Look for a new version, at most once in REFRESHED. Never raises for what is stored."""
    known, now = app.policy_in_force, app.now()
    if app.policies is None:
        return
    if known.looked_at is not None and now - known.looked_at < REFRESHED:
        return
    known.looked_at = now
    try:
        await _take_newest(app, app.policies, known)
    except StorageUnavailable as outage:
        _report(known, f"the policy cannot be read: {outage}")


async def _take_newest(app: App, policies: Policies, known: PolicyInForce) -> None:
    names = await policies.names()
    newest_problem = "" if names else "no version of the policy was published"
    for name in names[:_MOST_TRIED]:
        if name == known.name:
            break
        if name not in known.refused:
            found = await _load(app, policies, name)
            if isinstance(found, LayeredPolicy):
                break
        newest_problem = newest_problem or f"{name}: {known.refused[name]}"
    _report(known, newest_problem)


async def _load(app: App, policies: Policies, name: PolicyName) -> LayeredPolicy | None:
    """The policy of a version, which is in force then; None if it is refused."""
    known = app.policy_in_force
    try:
        published = await policies.read(name)
    except ValueError as fault:
        known.refused[name] = str(fault)
        return None
    found = load_policy(published.files, app.now())
    if isinstance(found, Refused):
        problems = found.problems
        more = f"; and {len(problems) - _MOST_NAMED} more" if len(problems) > _MOST_NAMED else ""
        known.refused[name] = "; ".join(map(str, problems[:_MOST_NAMED])) + more
        return None
    known.current, known.name, known.by = found, name, published.by
    known.stored = published
    log_event("policy.in_force", version=found.version, name=name, by=published.by or None)
    return found


def _report(known: PolicyInForce, problem: str) -> None:
    """Log a problem once, until it is another one."""
    if problem and problem != known.problem:
        kept = known.current.version if known.current else None
        log_warning("policy.refused", reason=problem, in_force=kept)
    known.problem = problem
