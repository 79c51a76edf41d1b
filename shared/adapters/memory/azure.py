"""Azure as a script: what a test put in is what is answered.

It has no maintenance; the simulator of the sandbox does.
"""

from collections import defaultdict, deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from shared.domain.hints.hint import Hint, HintSource
from shared.domain.machine.arm_responses import ArmResponse, OperationState, OperationStatus
from shared.domain.machine.instance_view import NotFound, Observation
from shared.domain.machine.listing import ListedMachine, ListingPage, ScaleSet, unless_known
from shared.domain.machine.machine import (
    Machine,
    MachineId,
    Orchestration,
    SubscriptionId,
    address_of,
    scale_set_of,
)
from shared.errors import AzureUnavailable
from shared.ports import Clock

_NOT_FOUND = ArmResponse(status=404, code="ResourceNotFound", message="The Resource was not found.")
_ACCEPTED = "https://management.azure.com/subscriptions/{subscription}/operations/{number}"


class ScriptedAzure:
    """Fake of the port Azure.

    `show` puts a machine in, `delete` takes it out. `answer` and `reading` queue what the next
    calls get; the last reading of an operation stays. Without a script a call to a machine that
    exists is accepted, and its operation runs without end. `calls` holds each machine for which
    maintenance was asked, in order.
    """

    def __init__(self, *, clock: Clock, subscriptions: Sequence[SubscriptionId] = ()) -> None:
        self._clock = clock
        self._subscriptions = set(subscriptions)
        #: of subscriptions, by id
        self.names: dict[SubscriptionId, str] = {}
        self.tags: dict[SubscriptionId, Mapping[str, str]] = {}
        self._machines: dict[MachineId, Machine] = {}
        self._views: dict[MachineId, Observation] = {}
        self._answers: dict[MachineId, deque[ArmResponse]] = defaultdict(deque)
        self._readings: dict[str, deque[OperationStatus]] = {}
        self.calls: list[MachineId] = []
        #: what Resource Graph says
        self.hinted: list[Hint] = []

    def show(self, machine: Machine, seen: Observation) -> None:
        """Let the machine be listed and seen like this from now on."""
        self._subscriptions.add(machine.subscription)
        self._machines[machine.id] = machine
        self._views[machine.id] = seen

    def delete(self, machine: MachineId) -> None:
        """Let the machine not exist any more."""
        del self._machines[machine], self._views[machine]

    def script_responses(self, machine: MachineId, *answers: ArmResponse) -> None:
        """Give these answers to the next calls for the machine, one each."""
        self._answers[machine].extend(answers)

    def script_operation(self, url: str, *readings: OperationStatus) -> None:
        """Let the operation stand like this at the next looks; the last one stays."""
        self._readings.setdefault(url, deque()).extend(readings)

    async def subscriptions(self) -> Sequence[SubscriptionId]:
        """Those given, and those of the machines shown."""
        return sorted(self._subscriptions)

    async def subscription_names(self) -> Mapping[SubscriptionId, str]:
        """The same, each with the name that a test gives, or its id."""
        return {each: self.names.get(each, str(each)) for each in sorted(self._subscriptions)}

    async def subscription_tags(self, subscription: SubscriptionId) -> Mapping[str, str]:
        """The tags that a test gives."""
        if subscription not in self._subscriptions:
            raise AzureUnavailable("404 SubscriptionNotFound", status=404)
        return {name.lower(): value for name, value in self.tags.get(subscription, {}).items()}

    async def list_vms(
        self,
        subscription: SubscriptionId,
        link: str | None = None,  # noqa: ARG002 - there is one page, and no link to another
        known: Collection[str] = (),
    ) -> ListingPage[Machine]:
        """All VMs shown, on one page, in the order they were shown."""
        shown = [each for each in self._machines.values() if each.subscription == subscription]
        page = ListingPage(elements=tuple(each for each in shown if scale_set_of(each.id) is None))
        return unless_known(page, known)

    async def list_scale_sets(
        self,
        subscription: SubscriptionId,
        link: str | None = None,  # noqa: ARG002 - as above
    ) -> ListingPage[ScaleSet]:
        """The scale sets of the instances shown."""
        shown = [each for each in self._machines.values() if each.subscription == subscription]
        sets = dict.fromkeys(
            each for each in (scale_set_of(machine.id) for machine in shown) if each
        )
        return ListingPage(
            elements=tuple(ScaleSet(id=each, orchestration=Orchestration.UNIFORM) for each in sets)
        )

    async def list_instances(
        self,
        scale_set: ScaleSet,
        link: str | None = None,  # noqa: ARG002 - as above
    ) -> ListingPage[ListedMachine]:
        """The instances shown of a scale set, with their views."""
        uniform = scale_set.orchestration is Orchestration.UNIFORM
        shown = [
            each
            for each in self._machines.values()
            if (scale_set_of(each.id) if uniform else each.scale_set) == scale_set.id
        ]
        return ListingPage(
            elements=tuple(
                ListedMachine(machine=each, seen=self._seen_now(self._views[each.id]))
                for each in shown
            )
        )

    async def reserve_reads(self, machine: MachineId) -> None:
        """Nothing limits the reads here."""

    async def read_machine(self, machine: MachineId) -> Machine | NotFound:
        """What was shown."""
        address_of(machine)
        shown = self._machines.get(machine)
        return NotFound(machine=machine, at=self._clock.now()) if shown is None else shown

    async def observe(self, machine: MachineId) -> Observation | NotFound:
        """What was shown; the instant is that of the clock."""
        address_of(machine)
        seen = self._views.get(machine)
        return (
            NotFound(machine=machine, at=self._clock.now())
            if seen is None
            else self._seen_now(seen)
        )

    async def hints(
        self,
        source: HintSource,
        subscriptions: Sequence[SubscriptionId],
        token: str | None = None,  # noqa: ARG002 - there is one page
    ) -> ListingPage[Hint]:
        """The hints given for these subscriptions, on one page."""
        return ListingPage(
            elements=tuple(
                each
                for each in self.hinted
                if each.source is source and address_of(each.machine).subscription in subscriptions
            )
        )

    async def perform_maintenance(self, machine: MachineId) -> ArmResponse:
        """The next scripted response; without one, 202 with a new operation, or 404."""
        address = address_of(machine)
        self.calls.append(machine)
        if self._answers[machine]:
            return self._answers[machine].popleft()
        if machine not in self._machines:
            return _NOT_FOUND
        url = _ACCEPTED.format(subscription=address.subscription, number=len(self.calls))
        self.script_operation(url, OperationStatus(state=OperationState.RUNNING))
        return ArmResponse(status=202, operation=url)

    async def read_operation(self, url: str) -> OperationStatus:
        """The next reading that was scripted; EXPIRED for an operation that nobody started."""
        readings = self._readings.get(url)
        if not readings:
            return OperationStatus(state=OperationState.EXPIRED)
        return readings.popleft() if len(readings) > 1 else readings[0]

    def _seen_now(self, seen: Observation) -> Observation:
        return replace(seen, at=self._clock.now())
