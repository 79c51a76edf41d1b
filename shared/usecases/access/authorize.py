"""Whether a caller who signed in may do what the request asks for.

Every check that cannot be made counts as a no.
"""

from dataclasses import dataclass

from shared.domain.access.caller import (
    Caller,
    Claims,
    NotProved,
    caller_of,
    development_caller,
)
from shared.domain.access.rights import Right
from shared.domain.job.job import JobId
from shared.domain.machine.machine import MachineId
from shared.errors import RowUnreadable
from shared.telemetry import log_warning
from shared.usecases.app import App

_MACHINE = "machine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Denied:
    """Why the request is refused. `is_signed_in`: it is known who calls.

    `has_sign_in`: this app has a sign-in.
    """

    reason: str
    is_signed_in: bool
    has_sign_in: bool = True


async def authenticate(app: App, claims: Claims | None) -> Caller | Denied:
    """Who calls, by the claims that the platform passed on; None: it passed none."""
    sign_in = app.sign_in
    if sign_in.development_roles:
        return development_caller(sign_in.development_roles)
    if not sign_in.is_believed:
        reason = "sign-in is not set up for this app; use a function key (docs/sign-in.md)"
        return Denied(reason=reason, is_signed_in=False, has_sign_in=False)
    if claims is None:
        reason = "sign in first: open /.auth/login/aad, or send a token of Entra (docs/sign-in.md)"
        return Denied(reason=reason, is_signed_in=False)
    found = caller_of(claims, sign_in)
    if isinstance(found, NotProved):
        return Denied(reason=f"{found.reason} (docs/sign-in.md)", is_signed_in=False)
    return found


async def authorize(
    app: App,
    claims: Claims | None,
    right: Right,
    operation: str,
    *,
    job: JobId | None = None,
    target: str | None = None,
) -> Caller | Denied:
    """The caller, if it has the right. An owner has it for machines of its groups alone.

    `job` or `target`: what an act with the right OWN is about. Each refusal is in the log.
    """
    found = await authenticate(app, claims)
    if isinstance(found, Caller):
        found = await _permitted(app, found, right, operation, job=job, target=target)
    if isinstance(found, Denied):
        log_warning("access.refused", operation=operation, reason=found.reason)
    return found


async def _permitted(
    app: App, caller: Caller, right: Right, operation: str, *, job: JobId | None, target: str | None
) -> Caller | Denied:
    if not caller.may(right):
        return _without(caller, right)
    if right is not Right.OWN or caller.rights.operate:
        return caller
    fault = await _not_own(app, caller, operation, job=job, target=target)
    return caller if fault is None else Denied(reason=fault, is_signed_in=True)


def _without(caller: Caller, right: Right) -> Denied:
    if right is Right.APPROVE and not caller.is_person:
        reason = "an application never approves; a person with the role Approver does"
    elif not caller.may(Right.READ):
        reason = "this account has no role in Forestall; ask for one (docs/sign-in.md)"
    else:
        needed = {Right.APPROVE: "Approver", Right.OPERATE: "Operator"}
        role = needed.get(right, "Operator, or Owner of the group")
        reason = f"this needs the role {role}"
    return Denied(reason=reason, is_signed_in=True)


async def _not_own(
    app: App, caller: Caller, operation: str, *, job: JobId | None, target: str | None
) -> str | None:
    """Why the act is not for an owner; None: it is for a machine of one of its groups."""
    if job is not None:
        stored = await app.jobs.get(job)
        groups = [] if stored is None else [stored.value.policy_group]
    elif target is not None and target.startswith(f"{_MACHINE}:"):
        groups = await _groups_of(app, MachineId(target.removeprefix(f"{_MACHINE}:")))
    else:
        return "an owner acts on single machines; larger targets need the role Operator"
    if not groups or not all(map(caller.rights.is_for, groups)):
        own = ", ".join(sorted(caller.rights.groups))
        return f"the machine has no job in a group of this owner ({own})"
    if target is None:
        return None
    return await _pause_of_others(app, caller, target, operation)


async def _groups_of(app: App, machine: MachineId) -> list[str]:
    """The groups of the open jobs of a machine. RowUnreadable where one cannot be read."""
    found = await app.jobs.of_machine(machine)
    for row in found.unreadable:
        raise RowUnreadable(str(row))
    return [each.policy_group for each in found if not each.state.is_final]


async def _pause_of_others(app: App, caller: Caller, target: str, operation: str) -> str | None:
    """A pause of an operator is not shortened, replaced or lifted by an owner."""
    for each in await app.pauses.all():
        if each.target == target and each.by != caller.name and not each.has_ended(app.now()):
            return f"somebody else paused this machine; {operation} then needs the role Operator"
    return None
