"""The published versions of the policy."""

from functions.views import Time, View
from shared.usecases.policies.history import PolicyHistory, VersionState


class PolicyVersionView(View, frozen=True, kw_only=True):
    """A published version. `reason`: why it is refused."""

    name: str
    version: str | None
    by: str
    published_at: Time | None
    state: VersionState
    reason: str


class PolicyHistoryView(View, frozen=True, kw_only=True):
    """Versions, newest first. `place` is where they are published; null: rules are a setting.

    `problem`: why the newest version is not in force. `at` is the app's clock.
    """

    at: Time
    place: str | None
    policy: str
    problem: str
    newest: str | None
    versions: tuple[PolicyVersionView, ...]
    has_more: bool


def history_view(found: PolicyHistory) -> PolicyHistoryView:
    """The versions."""
    return PolicyHistoryView(
        at=found.at,
        place=found.place,
        policy=found.version,
        problem=found.problem,
        newest=found.newest,
        versions=tuple(
            PolicyVersionView(
                name=each.name,
                version=each.version,
                by=each.by,
                published_at=each.published_at,
                state=each.state,
                reason=each.reason,
            )
            for each in found.versions
        ),
        has_more=found.has_more,
    )
