"""Rounds: a job that comes back to waiting again and again, without another attempt. Pure.

A round ends where a job that was taken up waits again::

    deferred ─► admitted ─► deferred                            a check: nothing was started
    deferred ─► admitted ─► ... ─► verifying ─► deferred        a look at its machine
    deferred ─► admitted ─► ... ─► succeeded ─► deferred        a result that did not last

The count restarts at each attempt, and when an operator retries the job. So every loop of states
has a bound.
"""

from dataclasses import dataclass, replace

from shared.domain.job.states import State

#: looks and results without an attempt, after which an operator has to decide
MAX_LOOKS = 5
#: checks without a call, after which operators are notified; again each time the number doubles
CHECKS_BEFORE_NOTIFIED = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounds:
    """The rounds of a job since its last attempt."""

    #: how many attempts the job had made when the last round ended
    attempts: int = 0
    checks: int = 0
    looks: int = 0

    def after_round(self, left: State, attempts: int) -> "Rounds":
        """The count after one more round, which ended when the job left a state to wait again.

        `attempts`: as many as the job has made now. A job that only waited has ended no round.
        """
        if left.is_waiting:
            return self
        if attempts > self.attempts:
            return Rounds(attempts=attempts)
        if left is State.ADMITTED:
            return replace(self, attempts=attempts, checks=self.checks + 1)
        return replace(self, attempts=attempts, looks=self.looks + 1)

    @property
    def needs_operator(self) -> bool:
        """Whether an operator has to decide: the looks at the machine lead to no attempt."""
        return self.looks >= MAX_LOOKS

    @property
    def is_worth_a_notification(self) -> bool:
        """Whether operators are notified of the checks now: at 12, and each time that doubles."""
        times, rest = divmod(self.checks, CHECKS_BEFORE_NOTIFIED)
        return rest == 0 and times > 0 and times & (times - 1) == 0
