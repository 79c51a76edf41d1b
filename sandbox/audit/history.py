"""A log as a history: who was in flight from when to when, and who called what under which wave.

    redeploy.requested (accepted)  ──┐                       machine runs ──┐
    machine.down (by azure)        ──┴── in flight ── agent ready, and its operation has ended
                                                            or its owner takes it: machine.changed

An owner who stops, deallocates or deletes a machine ends its flight: from then on the owner caused
that it is down. It judges nothing; `one_lane` and its neighbours do.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sandbox.audit.events import Event, LogError

_SCALE_SET = "/virtualmachinescalesets/"
#: the lane of the members of a Flexible scale set that have no domain: one of them goes at a time
NO_DOMAIN = "domain:none"
_TAKEN_AWAY = {"stopped", "deallocated", "deleted"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Flight:
    """One stretch of time in which a machine was being moved.

    `end` None: it never was well again.
    """

    machine: str
    subscription: str
    placement: str | None
    lane: str
    first: Event
    last: Event | None
    #: client ids whose accepted calls it answers, or "azure"
    by: frozenset[str]
    #: who moved it with success, if the machine was well again afterwards
    moved_by: str | None = None

    @property
    def start(self) -> datetime:
        """When the call was accepted, or Azure took the machine down."""
        return self.first.at

    @property
    def end(self) -> datetime | None:
        """When the machine was well again and its operation over."""
        return self.last.at if self.last else None

    def is_in_flight_at(self, event: Event) -> bool:
        """Whether it continues at an event after its start."""
        return self.last is None or self.last.line > event.line

    def verified(self, app_identity: str, bake_time: timedelta) -> datetime | None:
        """The earliest instant at which the app may know that the machine is well.

        It watches a machine that it moved itself for the bake time. None: it never was well again.
        """
        if self.end is None:
            return None
        return self.end + bake_time if self.moved_by == app_identity else self.end

    def is_held_at(self, event: Event, app_identity: str, bake_time: timedelta) -> bool:
        """Whether it counts as in flight at an event after its start, the bake time included."""
        verified = self.verified(app_identity, bake_time)
        return self.is_in_flight_at(event) or (verified is not None and event.at < verified)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedCall:
    """A performMaintenance or redeploy that reached Compute, with the announcement of then."""

    event: Event
    announcement: Event | None

    @property
    def machine(self) -> str:
        """The machine that was called for."""
        return str(self.event.machine)

    @property
    def accepted(self) -> bool:
        """Whether Azure started moving the machine."""
        return bool(self.event.more["accepted"])

    @property
    def wave(self) -> str | None:
        """The wave the machine was in; None: nothing was announced."""
        return str(self.announcement.more["wave"]) if self.announcement else None


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineHistory:
    """Everything the log says of one machine."""

    id: str
    loaded: Event
    lane: str
    events: tuple[Event, ...]
    flights: tuple[Flight, ...]
    calls: tuple[LoggedCall, ...]

    @property
    def subscription(self) -> str:
        """The subscription it was loaded in."""
        return str(self.loaded.more["subscription"])

    @property
    def placement(self) -> str | None:
        """Its availability set or placement group; None for a machine without a set."""
        return self.loaded.placement

    def tag(self, name: str) -> str | None:
        """A tag's value in lower case; None if it has none. Names ignore case."""
        tags = self.loaded.more.get("tags")
        found = tags.items() if isinstance(tags, Mapping) else ()
        return next(
            (str(value).strip().lower() for key, value in found if key.lower() == name.lower()),
            None,
        )

    @property
    def location(self) -> str:
        """Its region as ARM spells it: `westeurope`; empty if the log does not say."""
        return "".join(str(self.loaded.more.get("location") or "").split()).lower()

    @property
    def is_eligible(self) -> bool:
        """Whether it ran and was to get an open self-service phase when the fleet was loaded."""
        return bool(self.loaded.more["eligible"])


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The whole run."""

    events: tuple[Event, ...]
    machines: Mapping[str, MachineHistory]

    @property
    def calls(self) -> tuple[LoggedCall, ...]:
        """All calls in order of time."""
        every = (
            call for machine_history in self.machines.values() for call in machine_history.calls
        )
        return tuple(sorted(every, key=lambda call: call.event.line))

    @property
    def flights(self) -> tuple[Flight, ...]:
        """All flights in order of their start."""
        every = (
            flight
            for machine_history in self.machines.values()
            for flight in machine_history.flights
        )
        return tuple(sorted(every, key=lambda flight: flight.first.line))


def replay(events: Iterable[Event]) -> History:
    """The history that a log tells.

    Raises LogError where an event names a machine that was never loaded.
    """
    told = tuple(events)
    machines: dict[str, _Replay] = {}
    for event in told:
        if event.machine is None:
            continue
        if event.kind == "machine.loaded":
            machines.setdefault(
                event.machine, _Replay(loaded=event)
            )  # one that was deleted may be created again
        if event.machine not in machines:
            raise LogError(event.line, f"{event.machine} has no machine.loaded before it")
        machines[event.machine].apply(event)
    return History(events=told, machines={key: each.history() for key, each in machines.items()})


def lane_of(event: Event) -> str:
    """The update domain.

    Where Azure has none (Flexible scale sets), the zone, otherwise the fault domain.

    Members of a Flexible scale set without any share a lane, in which one goes at a time. Any other
    machine without an update domain is in a lane of its own: nothing shows which others share it.
    """
    if event.update_domain is not None:
        return f"ud:{event.update_domain}"
    for key, name in (("zone", "zone"), ("fault_domain", "fd")):
        if event.more.get(key) is not None:
            return f"{name}:{event.more[key]}"
    in_flexible_set = _SCALE_SET in (event.placement or "") and _SCALE_SET not in (
        event.machine or ""
    )
    return NO_DOMAIN if in_flexible_set else f"unknown:{event.machine}"


@dataclass(slots=True, kw_only=True)
class _Replay:
    """One machine while the log is gone through."""

    loaded: Event
    is_running: bool = True
    is_ready: bool = True
    operation: str | None = None
    announcement: Event | None = None
    first: Event | None = None
    movers: set[str] = field(default_factory=set)
    moved_by: str | None = None
    events: list[Event] = field(default_factory=list)
    flights: list[Flight] = field(default_factory=list)
    calls: list[LoggedCall] = field(default_factory=list)

    def apply(self, event: Event) -> None:
        self.events.append(event)
        match event.kind:
            case "machine.loaded":
                self.is_running = self.is_ready = event.more["power"] == "running"
            case "maintenance.announced":
                self.announcement = event
            case "redeploy.requested":
                self._apply_call(event)
            case "machine.down":
                self._apply_down(event)
            case "machine.up":
                self.is_running = True
            case "agent.ready":
                self.is_ready = True
                self._end_flight(event)
            case "operation.finished":
                self._end_operation(event)
            case "machine.changed" if event.more["change"] in _TAKEN_AWAY:
                self.operation = self.moved_by = None
                self._close(event)

    def _apply_call(self, event: Event) -> None:
        self.calls.append(LoggedCall(event=event, announcement=self.announcement))
        if event.more["accepted"]:
            self.operation = event.operation or f"line {event.line}"
            self._begin_flight(event)

    def _apply_down(self, event: Event) -> None:
        self.is_running = self.is_ready = False
        if event.by != "owner":
            self._begin_flight(event)

    def _end_operation(self, event: Event) -> None:
        if event.operation == self.operation:  # one that was pre-empted by a newer one ends nothing
            self.operation = None
            self.moved_by = event.by if event.more["status"] == "Succeeded" else None
            self._end_flight(event)

    def _begin_flight(self, event: Event) -> None:
        self.first = self.first or event
        self.movers.add(event.by)

    def _end_flight(self, event: Event) -> None:
        if self.is_running and self.is_ready and self.operation is None:
            self._close(event)

    def _close(self, event: Event | None) -> None:
        if self.first is None:
            return
        self.flights.append(
            Flight(
                machine=str(self.loaded.machine),
                subscription=str(self.loaded.more["subscription"]),
                placement=self.loaded.placement,
                lane=lane_of(self.loaded),
                first=self.first,
                last=event,
                by=frozenset(self.movers),
                moved_by=self.moved_by if event else None,
            )
        )
        self.first = self.moved_by = None
        self.movers.clear()

    def history(self) -> MachineHistory:
        self._close(None)
        return MachineHistory(
            id=str(self.loaded.machine),
            loaded=self.loaded,
            lane=lane_of(self.loaded),
            events=tuple(self.events),
            flights=tuple(self.flights),
            calls=tuple(self.calls),
        )
