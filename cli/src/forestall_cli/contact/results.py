"""What a bundle says about one belief."""

from dataclasses import dataclass
from enum import Enum


class Outcome(Enum):
    """How a response of Azure fits what we assume."""

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    NOT_SEEN = "not seen"


@dataclass(frozen=True, slots=True)
class Result:
    """One belief, what was seen, and why in a sentence."""

    belief: str
    outcome: Outcome
    why: str


def judged(belief: str, wrong: str, right: str) -> Result:
    """Refuted with `wrong` if it says something, confirmed with `right`, or not seen."""
    if wrong:
        return Result(belief, Outcome.REFUTED, wrong)
    if right:
        return Result(belief, Outcome.CONFIRMED, right)
    return Result(belief, Outcome.NOT_SEEN, "no response of this bundle shows it")
