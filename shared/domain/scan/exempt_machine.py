"""A machine that is left alone in an open self-service phase, or whose phase is not known. Pure.

A scan stores one for each machine of a wave that has no job, with the reason and since when.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from shared.domain.machine.machine import MachineId, SubscriptionId, address_of
from shared.domain.policy.eligibility import ExemptionRule
from shared.domain.utc import require_aware


@dataclass(frozen=True, slots=True, kw_only=True)
class ExemptMachine:
    """A machine without a job, as the last scan that saw it decided."""

    machine: MachineId
    rule: ExemptionRule
    reason: str
    #: since when this rule leaves the machine alone; of one that cannot be read: since when
    since: datetime
    #: as last shown; None: not known
    wave: datetime | None = None
    self_service_end: datetime | None = None
    #: when operators were notified that its phase closes
    told_at: datetime | None = None

    def __post_init__(self) -> None:
        require_aware(
            since=self.since,
            wave=self.wave,
            self_service_end=self.self_service_end,
            told_at=self.told_at,
        )

    @property
    def subscription(self) -> SubscriptionId:
        """The subscription of the machine."""
        return address_of(self.machine).subscription

    @property
    def is_unknown(self) -> bool:
        """Whether the machine cannot be read, so that nobody knows what it needs."""
        return self.rule is ExemptionRule.UNREADABLE

    def is_open(self, now: datetime) -> bool:
        """Whether its phase is open as far as anybody knows."""
        return self.self_service_end is None or now < self.self_service_end

    def following(self, before: "ExemptMachine | None") -> "ExemptMachine":
        """This one, with what continues from the one that was stored before.

        The same rule applies since it began. Operators were notified of the same end of the phase.
        What cannot be read keeps the wave that it showed last.
        """
        if before is None:
            return self
        now = self
        if now.is_unknown and now.wave is None and now.self_service_end is None:
            now = replace(now, wave=before.wave, self_service_end=before.self_service_end)
        if now.rule is not before.rule:
            return now
        told = before.told_at if now.self_service_end == before.self_service_end else None
        return replace(now, since=before.since, told_at=told)


class KnownExemptions:
    """What is stored, with what this worker has changed."""

    def __init__(
        self, stored: Iterable[ExemptMachine], unreadable: Iterable[MachineId] = ()
    ) -> None:
        """`unreadable`: machines whose rows a newer release wrote. They stay as they are."""
        self._of = {each.machine: each for each in stored}
        self._unreadable = frozenset(unreadable)

    def __bool__(self) -> bool:
        return bool(self._of)

    @property
    def machines(self) -> frozenset[MachineId]:
        """All of them."""
        return frozenset(self._of)

    def of(self, machine: MachineId) -> ExemptMachine | None:
        """The stored one of a machine."""
        return self._of.get(machine)

    def may_store(self, machine: MachineId) -> bool:
        """Whether no row of a newer release would be replaced."""
        return machine not in self._unreadable

    def put(self, machines: Iterable[ExemptMachine]) -> None:
        """These are stored now."""
        self._of.update((each.machine, each) for each in machines)

    def drop(self, machines: Iterable[MachineId]) -> None:
        """These are not stored any more."""
        for each in machines:
            self._of.pop(each, None)

    def by_rule(self, now: datetime) -> dict[str, int]:
        """How many machines each rule leaves alone in a phase that is open, or not known."""
        counted = Counter(each.rule.value for each in self._of.values() if each.is_open(now))
        return dict(sorted(counted.items()))
