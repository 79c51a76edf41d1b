"""The published versions of the policy: when, by whom, and which is in force."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.concurrency import map_concurrently
from shared.domain.policy.files.document import version_of
from shared.ports import Policies, PolicyName
from shared.usecases.app import App

#: reads of versions at the same time
_AT_ONCE = 8


class VersionState(StrEnum):
    """What a version is now, as far as this process knows."""

    IN_FORCE = "in force"
    #: newer than the version in force, and not read yet
    NEW = "new"
    #: the app does not take it
    REFUSED = "refused"
    OLDER = "older"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedVersion:
    """One version. `reason`: why it is refused; empty otherwise."""

    name: PolicyName
    version: str | None
    by: str
    published_at: datetime | None
    state: VersionState
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyHistory:
    """Versions, newest first. `place`: where they are published; None: rules are a setting."""

    at: datetime
    place: str | None
    version: str
    #: why the newest version is not in force
    problem: str
    versions: tuple[PublishedVersion, ...] = ()
    #: the name of the newest version of all
    newest: str | None = None
    has_more: bool = False


async def policy_history(app: App, at_most: int) -> PolicyHistory:
    """The newest versions. Reads each of them. StorageUnavailable where they cannot be read."""
    known = app.policy_in_force
    names: list[PolicyName] = [] if app.policies is None else list(await app.policies.names())
    found: list[PublishedVersion] = []
    if app.policies is not None:
        policies = app.policies
        found = await map_concurrently(
            lambda name: _version(app, policies, name, names), names[:at_most], _AT_ONCE
        )
    return PolicyHistory(
        at=app.now(),
        place=app.policy_place or None,
        version=app.rules.version,
        problem=known.problem,
        versions=tuple(found),
        newest=names[0] if names else None,
        has_more=len(names) > at_most,
    )


async def _version(
    app: App,
    policies: Policies,
    name: PolicyName,
    names: list[PolicyName],
) -> PublishedVersion:
    state, reason = _state(app, name, names)
    try:
        published = await policies.read(name)
    except ValueError as fault:
        return PublishedVersion(
            name=name,
            version=None,
            by="",
            published_at=None,
            state=VersionState.REFUSED,
            reason=str(fault),
        )
    return PublishedVersion(
        name=name,
        version=version_of(published.files),
        by=published.by,
        published_at=published.published_at,
        state=state,
        reason=reason,
    )


def _state(app: App, name: PolicyName, names: list[PolicyName]) -> tuple[VersionState, str]:
    known = app.policy_in_force
    if name == known.name:
        return VersionState.IN_FORCE, ""
    if name in known.refused:
        return VersionState.REFUSED, known.refused[name]
    is_newer = known.name not in names or names.index(name) < names.index(PolicyName(known.name))
    return (VersionState.NEW if is_newer else VersionState.OLDER), ""
