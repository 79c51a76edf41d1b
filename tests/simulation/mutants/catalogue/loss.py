"""After a loss of stored state: what shows it, what it holds, and what is put back."""

from shared.domain.generation import Loss, Mark, _against_heard, find_loss
from shared.domain.job.job import Job
from shared.domain.redeploy.after_loss import may_have_called, moved_unseen
from shared.ports import Stored
from shared.usecases.recover.recover import recover
from shared.usecases.recover.restore_leases import restore_leases
from shared.usecases.redeploy.redeploy import _record_intent_and_check
from shared.usecases.redeploy.resolve_unknown_outcome import resolve_unknown_outcome
from tests.simulation.mutants.mutant import Mutant
from tests.simulation.mutants.patches import drop, instead, never, only, without


def _as_it_is(stored: Stored[Job]) -> Job:
    return stored.value


LOSS = (
    Mutant(
        "a table without a mark, or with an older one, shows nothing", find_loss, never(Mark.number)
    ),
    Mutant("what messages and processes have seen shows nothing", find_loss, never(_against_heard)),
    Mutant("marks of any age count", find_loss, never(Mark.at)),
    Mutant("start immediately after go-on", Loss.holds, only(Loss.lifted_at)),
    Mutant(
        "after the locks are taken, the marks are not looked at",
        _record_intent_and_check,
        never(Mark.holds),
    ),
    Mutant("no lease is put back after a loss", recover, drop(restore_leases)),
    Mutant(
        "an admitted job of an older table was never called",
        resolve_unknown_outcome,
        instead(may_have_called, _as_it_is),
    ),
    Mutant("a lost attempt is not looked for", _record_intent_and_check, without(moved_unseen)),
)
