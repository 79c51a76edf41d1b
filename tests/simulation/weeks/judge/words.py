"""What people and Azure said last, and what is known of it at a call. Raises at a broken rule."""

from collections import OrderedDict, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.domain.machine.machine import Machine, MachineId
from shared.domain.redeploy.pauses import Pause
from tests.simulation.monitoring.tolerances import TOLERANCE, InvariantViolated, name_of
from tests.simulation.weeks.rules import EXPECTED_DURATION, TEAM, OwnRules, RuleBook

#: a worker may act on a version of the policy, or on a setting, that was replaced this long ago:
#: it looks once a minute, and calls within another one
LAG = timedelta(minutes=2) + TOLERANCE
#: between the gates and the call
_CALL_DELAY = timedelta(seconds=60) + TOLERANCE
_MOST_KNOWN = 500
#: the only regions of a long run that are each other's pair
PAIR = frozenset({"westeurope", "northeurope"})


@dataclass(slots=True)
class Read:
    """What one invocation has read and written so far."""

    machines: dict[MachineId, tuple[datetime, Machine]] = field(default_factory=dict)
    views: dict[MachineId, bool] = field(default_factory=dict)
    intents: set[str] = field(default_factory=set)


class Words:
    """Owners, operators and Azure have the last word, as far as it can be read before a call."""

    def __init__(self, book: RuleBook, now: Callable[[], datetime]) -> None:
        self._book = book
        self._now = now
        self._read: OrderedDict[str, Read] = OrderedDict()
        #: each with the instant from which it was stored
        self._pauses: dict[str, tuple[Pause, datetime]] = {}
        #: subscriptions that were taken out of the setting, and when
        self.unwatched: dict[str, datetime] = {}
        self._in_transit: dict[MachineId, int] = defaultdict(int)

    def known_to(self, who: str) -> Read:
        """What an invocation has read. Older ones are dropped."""
        read = self._read.get(who)
        if read is None:
            read = self._read[who] = Read()
            if len(self._read) > _MOST_KNOWN:
                self._read.popitem(last=False)
        return read

    def on_paused(self, pause: Pause) -> None:
        """Somebody threw a kill switch, or gave one another end."""
        known = self._pauses.get(pause.target)
        held = known is not None and not known[0].has_ended(self._now())
        since = known[1] if known is not None and held else self._now()
        self._pauses[pause.target] = (pause, since)

    def on_resumed(self, target: str) -> None:
        """Somebody lifted one."""
        self._pauses.pop(target, None)

    def on_call_sent(self, who: str, machine: MachineId) -> None:
        """An invocation sends the call: nothing that it could read may be a reason against it."""
        now, read = self._now(), self.known_to(who)
        if not read.views.get(machine):
            raise InvariantViolated(f"I3: {name_of(machine)} was called without its own word")
        if machine not in read.intents:
            raise InvariantViolated(f"I7: {name_of(machine)} was called without an intent")
        if machine not in read.machines:
            raise InvariantViolated(f"owner: the tags of {name_of(machine)} were not read")
        self._check_owner(read.machines[machine][1])
        self._check_group(read.machines[machine][1], now)
        self._check_operators(read.machines[machine][1], now)
        if self._in_transit[machine]:
            raise InvariantViolated(f"I2: two calls for {name_of(machine)} are on their way")
        self._in_transit[machine] += 1

    def on_call_ended(self, machine: MachineId) -> None:
        """The call has arrived, or never will."""
        self._in_transit[machine] -= 1

    def _check_owner(self, machine: Machine) -> None:
        """The tags as the worker read them: what the owner said before that read, it knew."""
        if machine.tags.get("forestall", "on") != "on":
            raise InvariantViolated(
                f"owner: {name_of(machine.id)} was called, and its tag forestall says "
                f"{machine.tags['forestall']}"
            )

    def _check_group(self, machine: Machine, now: datetime) -> None:
        """The rules of the machine's own group, in a version that may be in force."""
        rules = self._book.between(machine.tags.get(TEAM), now - LAG, now)
        team = machine.tags.get(TEAM, "none")
        if all(each.leave_alone for each in rules):
            raise InvariantViolated(
                f"owner: {name_of(machine.id)} was called, and its group {team} is left alone"
            )
        if not any(_may_start(each, now) for each in rules):
            raise InvariantViolated(
                f"I4: {name_of(machine.id)} of group {team} was called outside of its windows"
            )

    def _check_operators(self, machine: Machine, now: datetime) -> None:
        """Kill switches and news of Azure, by the machine as the worker read it."""
        name, subscription = name_of(machine.id), machine.id.split("/")[2]
        regions = PAIR if machine.location in PAIR else {machine.location}
        for target in (
            "everything",
            f"subscription:{subscription}",
            f"machine:{machine.id}",
            *(f"region:{each}" for each in sorted(regions)),
        ):
            pause, since = self._pauses.get(target, (None, now))
            if pause is None or pause.has_ended(now + TOLERANCE) or now <= since + _CALL_DELAY:
                continue
            rule = "region" if target.startswith("region:") else "kill switch"
            raise InvariantViolated(
                f"{rule}: {name} was called {now - since} after {target} was paused"
            )
        taken_out = self.unwatched.get(subscription)
        if taken_out is not None and now > taken_out + LAG:
            raise InvariantViolated(
                f"owner: {name} was called {now - taken_out} after its subscription was taken out"
            )


def _may_start(rules: OwnRules, now: datetime) -> bool:
    skew = timedelta(seconds=5)
    return any(rules.allows(now + shift, EXPECTED_DURATION) for shift in (-skew, skew))
