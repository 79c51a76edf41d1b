"""What Azure answered, and what became of a call whose answer was lost."""

from shared.domain.machine.arm_responses import DEFAULT_RETRY, Meaning, Verdict, classify
from shared.domain.redeploy.unknown_outcome import _never_arrived, after_unknown_outcome
from shared.domain.redeploy.verification import next_look
from tests.simulation.mutants.mutant import Mutant
from tests.simulation.mutants.patches import always, never, returns, swap


def _retry_later() -> Verdict:
    return Verdict(meaning=Meaning.RETRY, wait=DEFAULT_RETRY)


ANSWERS = (
    Mutant("retry a lost answer at once", classify, swap(Meaning.LOST, Meaning.RETRY)),
    Mutant("retry an answer that nobody has seen yet", classify, returns(Meaning.UNKNOWN, _retry_later)),
    Mutant(
        "ask again for a machine that is not eligible", classify, swap(Meaning.NOT_ELIGIBLE, Meaning.REREAD)
    ),
    Mutant("no grace for a call whose answer was lost", after_unknown_outcome, never(next_look)),
    Mutant("take a lost call for one that never arrived", after_unknown_outcome, always(_never_arrived)),
)
