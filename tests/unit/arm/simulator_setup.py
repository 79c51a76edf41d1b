"""A world under a clock that the test holds, and the history it writes."""

from datetime import datetime
from random import Random

from sandbox.azure.arm.world.machines import Machine
from sandbox.azure.arm.world.operations import Operation, Verb
from sandbox.azure.arm.world.redeploys import request
from sandbox.azure.arm.world.refusals import Refusal
from sandbox.azure.arm.world.setup import build
from sandbox.azure.arm.world.world import Event
from sandbox.azure.fleets.fleet import Fleet
from sandbox.azure.fleets.ids import key
from tests.unit.arm.fleets import START, seconds

ME = "f0000000-0000-4000-8000-000000000001"


def dice(seed: int = 0) -> Random:
    """Chance that is always the same."""
    return Random(seed)  # noqa: S311 - nothing secret depends on it


class SimulatorSetup:
    """One rehearsal; `at(seconds)` moves its clock to so many seconds after the start."""

    def __init__(self, fleet: Fleet, seed: int = 0) -> None:
        self.events: list[Event] = []
        self.world = build(fleet, started=START, seed=seed, sink=self.events.append)
        self.fleet = fleet
        self.keys = [key(one.id) for one in fleet.machines]

    def at(self, after_start: float) -> None:
        self.world.advance(START + seconds(after_start))

    def machine(self, index: int = 0) -> Machine:
        return self.world.machines[key(self.fleet.machines[index].id)]

    def perform(self, *indices: int, verb: Verb = Verb.PERFORM_MAINTENANCE) -> Operation | Refusal:
        return request(self.world, [self.machine(index) for index in indices or (0,)], verb, ME)

    def accepted(self, *indices: int, verb: Verb = Verb.PERFORM_MAINTENANCE) -> Operation:
        response = self.perform(*indices, verb=verb)
        assert isinstance(response, Operation), response
        return response

    def refused(self, *indices: int, verb: Verb = Verb.PERFORM_MAINTENANCE) -> Refusal:
        response = self.perform(*indices, verb=verb)
        assert isinstance(response, Refusal), response
        return response

    def machine_history(self, index: int = 0) -> list[str]:
        """The names of what happened to one machine, in order, without its loading."""
        machine = key(self.fleet.machines[index].id)
        return [str(one["event"]) for one in self.events if one["machine"] == machine][1:]

    def events_of(self, event: str) -> list[Event]:
        return [one for one in self.events if one["event"] == event]

    def seconds_of(self, event: str) -> float:
        at = datetime.fromisoformat(str(self.events_of(event)[0]["at"]))
        return (at - START).total_seconds()
