"""Error budgets: how many machines of a wave may fail before nothing continues.

A failure is a machine that did not come back.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import ceil

_HUNDRED_PERCENT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorBudget:
    """Spent as soon as one of its two bounds is reached; None: no bound of that kind."""

    failures: int | None = None
    #: of the machines that have a job in the wave
    percent: float | None = None

    def is_exhausted(self, failed: int, of: int) -> bool:
        """Whether that many failures among that many machines are too many."""
        too_many = self.failures is not None and failed >= self.failures
        too_much = (
            self.percent is not None
            and failed > 0
            and failed * _HUNDRED_PERCENT >= self.percent * of
        )
        return too_many or too_much

    def failures_that_spend_it(self, of: int) -> int | None:
        """How many failures among that many machines spend it, at least one.

        None: it has no bound.
        """
        bounds = [] if self.failures is None else [self.failures]
        if self.percent is not None:
            bounds.append(ceil(self.percent * of / _HUNDRED_PERCENT))
        return max(1, min(bounds)) if bounds else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorBudgets:
    """What may fail in one wave; waves that are under way at the same time count as one."""

    #: of one placement, and of one group by tag: it is halted then. A canary that fails halts it in
    #: any case.
    group: ErrorBudget = field(default_factory=lambda: ErrorBudget(failures=1))
    #: of one subscription, over all its groups: it is paused then
    subscription: ErrorBudget = field(default_factory=lambda: ErrorBudget(failures=3))


def problems_of_error_budgets(failures: ErrorBudgets) -> Iterator[str]:
    """What is wrong with the budgets that a user wrote."""
    if failures.group == ErrorBudget():
        yield (
            "error_budgets.group needs failures or percent: "
            "without a bound a group could lose all its machines"
        )
    for name, budget in (("group", failures.group), ("subscription", failures.subscription)):
        if budget.failures is not None and budget.failures < 1:
            yield f"error_budgets.{name}.failures must be at least 1"
        if budget.percent is not None and not 0 < budget.percent <= _HUNDRED_PERCENT:
            yield f"error_budgets.{name}.percent must be more than 0 and at most 100"
