"""Faults that a rehearsal switches on.

Faults of Azure, which the user of the simulator chooses.

    --fault lost-response:on=actions,times=1        --fault latency:seconds=0.2,chance=0.5
    POST /sim/faults {"kind": "stale-reads", "seconds": 3}

It only says whether a fault occurs; the HTTP layer does what the fault means.
"""

from enum import Enum
from random import Random

import msgspec


class FaultKind(Enum):
    """What goes wrong."""

    THROTTLE_ARM = "throttle-arm"  # 429 of the front end
    THROTTLE_COMPUTE = "throttle-compute"  # 429 of Compute, `body` says in which of its two shapes
    LATENCY = "latency"  # the answer comes `seconds` late
    SERVER_ERROR = "server-error"  # `status` 500, 502, 503 or 504, before anything is done
    LOST_RESPONSE = "lost-response"  # the act is done, the connection cut instead of an answer
    STALE_READS = "stale-reads"  # instance views as they were `seconds` ago
    ROLE_REMOVED = (
        "role-removed"  # 403 AuthorizationFailed, as after the role assignment is deleted
    )
    ROWS_MISSING = "rows-missing"  # a row of Resource Graph is left out
    BROKEN_NEXT_LINK = (
        "broken-next-link"  # following a nextLink answers 502, or it names a foreign host
    )


class RequestGroup(Enum):
    """Which requests a fault may strike."""

    ALL = "all"
    LISTS = "lists"
    VIEWS = "views"  # instance views and GET of one machine
    ACTIONS = "actions"  # performMaintenance and redeploy
    OPERATIONS = "operations"  # polling
    GRAPH = "graph"
    OTHER = "other"


STATUSES = (500, 502, 503, 504)
BODIES = {
    FaultKind.THROTTLE_COMPUTE: ("bare", "innererror"),
    FaultKind.BROKEN_NEXT_LINK: ("error", "foreign-host"),
}


class Fault(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """One fault; `times` null means until it is switched off."""

    kind: FaultKind
    on: RequestGroup = RequestGroup.ALL
    chance: float = 1.0
    times: int | None = None
    seconds: float = 1.0
    """Latency, age of stale reads, or Retry-After of a throttled answer (in whole seconds)."""
    status: int = 503
    body: str = ""
    """What the answer looks like.

    Of throttle-compute: "bare" (default) or "innererror".
    Of broken-next-link: "error" (default) or "foreign-host".
    """

    def __post_init__(self) -> None:
        """Refuses what no fault can be (ValueError)."""
        bodies = BODIES.get(self.kind, ("",))
        if self.body and self.body not in bodies:
            message = (
                f"body is one of {', '.join(bodies)}"
                if bodies[0]
                else f"{self.kind.value} takes no body"
            )
            raise ValueError(message)
        if not 0 <= self.chance <= 1:
            message = "chance is from 0 to 1"
            raise ValueError(message)
        if self.status not in STATUSES:
            message = f"status is one of {', '.join(map(str, STATUSES))}"
            raise ValueError(message)
        if self.seconds < 0 or (self.times is not None and self.times < 1):
            message = "seconds is not negative, times at least 1"
            raise ValueError(message)


class Faults:
    """The faults that are switched on; a counted fault goes off by itself."""

    def __init__(self, faults: list[Fault], rng: Random) -> None:
        self._rng = rng
        self.active: list[Fault] = list(faults)

    def switch_on(self, fault: Fault) -> None:
        """Let a fault occur from now on, beside those that already do."""
        self.active.append(fault)

    def switch_off(self, kind: FaultKind | None) -> int:
        """Switch off the faults of one kind, or all; returns how many there were."""
        kept = [fault for fault in self.active if kind is not None and fault.kind is not kind]
        count = len(self.active) - len(kept)
        self.active = kept
        return count

    def trigger(self, kind: FaultKind, group: RequestGroup) -> Fault | None:
        """The fault of this kind that strikes this request, counted down; None if none does."""
        for index, fault in enumerate(self.active):
            fits = fault.kind is kind and fault.on in (RequestGroup.ALL, group)
            if fits and (fault.chance >= 1 or self._rng.random() < fault.chance):
                self._count_down(index, fault)
                return fault
        return None

    def _count_down(self, index: int, fault: Fault) -> None:
        if fault.times is None:
            return
        if fault.times <= 1:
            del self.active[index]
        else:
            self.active[index] = msgspec.structs.replace(fault, times=fault.times - 1)


def parse_fault(text: str) -> Fault:
    """A fault as the command line writes it: `kind` or `kind:key=value,...`.

    ValueError says what is wrong.
    """
    kind, _, rest = text.partition(":")
    try:
        fields = dict(_setting(part) for part in rest.split(",") if part)
        return msgspec.convert({"kind": kind} | fields, Fault, strict=False)
    except ValueError as error:  # msgspec's own is one, too
        kinds = ", ".join(one.value for one in FaultKind)
        message = (
            f"fault {text!r}: {error}. Kinds: {kinds}; example: latency:seconds=0.2,chance=0.5"
        )
        raise ValueError(message) from error


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        message = f"{text!r} is not key=value"
        raise ValueError(message)
    return name, value
