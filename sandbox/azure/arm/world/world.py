"""The state of everything, and the few verbs that all that happens is made of.

It keeps time only when told (`advance`) and writes down what happens through the `record` it is
given. What happens when is decided by `redeploys`, `announcements`, `scheduled_phase` and `owners`.
"""

from bisect import bisect_right, insort
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from sandbox.azure.arm.world.agenda import Action, TimerQueue
from sandbox.azure.arm.world.machines import Machine
from sandbox.azure.arm.world.operations import Operation, OperationStatus, Problem, Verb
from sandbox.azure.arm.world.waves import Wave
from sandbox.azure.fleets.fleet import Subscription

type Event = dict[str, object]
type Sink = Callable[[Event], None]

AZURE = "azure"
OWNER = "owner"


def instant(moment: datetime) -> str:
    """RFC 3339 in UTC with microseconds, as the event log writes instants."""
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


class World:
    """Machines by key, operations by id, waves by name; `now` only moves forward."""

    def __init__(
        self, *, started: datetime, rng: Random, sink: Sink, subscriptions: Iterable[Subscription]
    ) -> None:
        self.started = started
        self.subscriptions = {one.id.lower(): one for one in subscriptions}
        self.now = started
        self.rng = rng
        self.agenda = TimerQueue()
        self.machines: dict[str, Machine] = {}
        self.operations: dict[str, Operation] = {}
        self.waves = dict[str, Wave]()
        self.reach = dict[str, list[Machine]]()  # by wave: whom it was launched over
        self._order: dict[str, list[str]] = {}
        self._sink = sink

    def advance(self, now: datetime) -> None:
        """Let everything happen that is due by `now`, each at its own instant."""
        while (due := self.agenda.take_due(now)) is not None:
            self.now = max(self.now, due[0])
            due[1]()
        self.now = max(self.now, now)

    def after(self, delay: timedelta, act: Action) -> None:
        """Let `act` happen `delay` from now."""
        self.agenda.schedule(self.now + delay, act)

    def is_eligible(self, machine: Machine) -> bool:
        """Whether the machine's subscription may use self-service maintenance."""
        return self.subscriptions[machine.id.subscription.lower()].eligible

    def shows_maintenance(self, machine: Machine) -> bool:
        """Whether the machine's subscription is shown maintenance.

        "Microsoft internal" ones are not (documented).
        """
        one = self.subscriptions[machine.id.subscription.lower()]
        return one.eligible or one.shows_maintenance

    def add(self, machine: Machine) -> None:
        """Let a machine exist."""
        self.machines[machine.key] = machine
        insort(self._order.setdefault(machine.id.subscription.lower(), []), machine.key)

    def remove(self, machine: Machine) -> None:
        """Let a machine be gone."""
        del self.machines[machine.key]
        self._order[machine.id.subscription.lower()].remove(machine.key)

    def keys_after(self, subscription: str, last: str) -> list[str]:
        """Keys of a subscription's machines behind `last` ("" for all), in the order lists have."""
        keys = self._order.get(subscription.lower(), [])
        return keys[bisect_right(keys, last) :]

    def open_operation(self, machines: list[Machine], verb: Verb, by: str) -> Operation:
        """Start an operation over machines of one subscription and location."""
        operation = Operation(
            id=self.new_uuid(),
            tracking_id=self.new_uuid(),
            verb=verb,
            by=by,
            subscription=machines[0].id.subscription,
            location=machines[0].spec.location,
            started=self.now,
            machines=tuple(machines),
            pending={machine.key for machine in machines},
        )
        self.operations[operation.id] = operation
        return operation

    def close_operation(
        self,
        operation: Operation,
        machine: Machine,
        problem: Problem | None = None,
        *,
        canceled: bool = False,
    ) -> None:
        """One machine of the operation is through.

        With the last one it ends, which is recorded for each of them.
        """
        operation.pending.discard(machine.key)
        operation.problem = operation.problem or problem
        if operation.pending or operation.status is not OperationStatus.IN_PROGRESS:
            return
        failed = OperationStatus.CANCELED if canceled else OperationStatus.FAILED
        operation.status = failed if operation.problem else OperationStatus.SUCCEEDED
        operation.ended = self.now
        for member in operation.machines:
            self._record_end(operation, member)

    def _record_end(self, operation: Operation, machine: Machine) -> None:
        problem = operation.problem
        self.record(
            "operation.finished",
            machine,
            by=operation.by,
            operation=operation.id,
            status=operation.status.value,
            code=problem.code if problem else None,
            message=problem.message if problem else None,
        )

    def new_uuid(self) -> str:
        """A random UUID out of the seeded source."""
        return str(UUID(int=self.rng.getrandbits(128), version=4))

    def record(
        self,
        event: str,
        machine: Machine | None = None,
        *,
        by: str,
        operation: str | None = None,
        **more: object,
    ) -> None:
        """Write down what truly happened, now; the keys are those of docs/sandbox/arm.md."""
        entry: Event = {"at": instant(self.now), "event": event}
        entry |= _where(machine)
        entry |= {"operation": operation, "by": by}
        self._sink(entry | more)


def _where(machine: Machine | None) -> Event:
    if machine is None:
        return {"machine": None, "placement": None, "update_domain": None}
    place = machine.place
    where: Event = {
        "machine": machine.key,
        "placement": place.placement,
        "update_domain": place.update_domain,
    }
    if place.placement is not None and place.update_domain is None:
        where["fault_domain"] = place.fault_domain
    return where
