"""Which hints were passed on, and since when Resource Graph does not respond. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared.domain.hints.hint import Hint
from shared.domain.utc import require_aware

_DIGEST = 16
#: hints that are kept; older ones may be passed on again, which costs a read
MOST_KNOWN = 20_000
_LONGEST_REASON = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class HintStatus:
    """What is kept of the hints of one group of subscriptions.

    `chunk` names the group: its number among groups of at most 1,000.
    """

    chunk: str
    #: the digests of hints that were passed on, one behind the other, the newest last
    known: str = ""
    #: when something was read last that had not been read before, or a failure ended
    changed_at: datetime | None = None
    failing_since: datetime | None = None
    failure: str = ""

    def __post_init__(self) -> None:
        require_aware(changed_at=self.changed_at, failing_since=self.failing_since)


def new_hints(status: HintStatus, hints: Iterable[Hint]) -> list[Hint]:
    """The hints that were not passed on before, each once."""
    known = {
        status.known[start : start + _DIGEST] for start in range(0, len(status.known), _DIGEST)
    }
    found = {each.digest: each for each in hints}
    return [each for digest, each in found.items() if digest not in known]


def with_handed_on(status: HintStatus, hints: Sequence[Hint], now: datetime) -> HintStatus:
    """These hints are passed on, and Resource Graph responds."""
    if not hints and status.failing_since is None:
        return status
    known = status.known + "".join(each.digest for each in hints)
    return replace(
        status,
        known=known[-MOST_KNOWN * _DIGEST :],
        changed_at=now,
        failing_since=None,
        failure="",
    )


def with_failure(status: HintStatus, reason: str, now: datetime) -> HintStatus:
    """Resource Graph did not respond. The first failure counts; its reason is the newest."""
    return replace(
        status, failing_since=status.failing_since or now, failure=reason[:_LONGEST_REASON]
    )
