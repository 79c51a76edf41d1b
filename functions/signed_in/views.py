"""Who signed in, as the page and the command line see it."""

from functions.views import View
from shared.domain.access.caller import Caller
from shared.domain.access.rights import Right


class CallerView(View, frozen=True, kw_only=True):
    """Who calls, by ids, and what it may do. `groups`: of which it is an owner."""

    name: str
    rights: tuple[Right, ...]
    groups: tuple[str, ...]


def caller_view(caller: Caller) -> CallerView:
    """The caller's own view of itself."""
    return CallerView(
        name=caller.name,
        rights=tuple(each for each in Right if caller.may(each)),
        groups=tuple(sorted(caller.rights.groups)),
    )
