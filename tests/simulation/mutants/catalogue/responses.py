"""What Azure answered, or that it did not, and the outcome of a call whose response was lost."""

import ast

from shared.domain.job.decision import in_outage
from shared.domain.machine.arm_responses import (
    DEFAULT_RETRY,
    Classification,
    ResponseMeaning,
    classify,
)
from shared.domain.redeploy.next_look import look_until
from shared.domain.redeploy.unknown_outcome import _never_arrived, after_unknown_outcome
from tests.simulation.mutants.mutant import Mutant
from tests.simulation.mutants.patches import always, never, returns, swap


def _retry_later() -> Classification:
    return Classification(meaning=ResponseMeaning.RETRY, retry_after=DEFAULT_RETRY)


RESPONSES = (
    Mutant(
        "retry a lost response immediately",
        classify,
        swap(ResponseMeaning.OUTCOME_UNKNOWN, ResponseMeaning.RETRY),
    ),
    Mutant(
        "retry an unknown response",
        classify,
        returns(ResponseMeaning.UNKNOWN, _retry_later),
    ),
    Mutant(
        "ask again for a machine that is not eligible",
        classify,
        swap(ResponseMeaning.NOT_ELIGIBLE, ResponseMeaning.READ_AGAIN),
    ),
    Mutant("ask at the usual pace in an outage", in_outage, always(ast.IsNot)),
    Mutant("no grace for a call whose answer was lost", after_unknown_outcome, never(look_until)),
    Mutant(
        "take a lost call for one that never arrived", after_unknown_outcome, always(_never_arrived)
    ),
)
