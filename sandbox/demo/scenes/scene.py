"""What a scene is, and the names of all of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sandbox.azure.fleets.fleet import Fleet
from sandbox.demo.live.responses import Job, Semaphore


class SceneName(StrEnum):
    """The scenes that `make serve SCENE=...` can open."""

    CALM = "calm"
    TROUBLE = "trouble"
    DEADLINE = "deadline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One situation, before it is played."""

    name: SceneName
    #: one sentence: what a person finds
    shows: str
    fleet: Fleet
    #: the policy files, by name; `forestall.yaml` is the platform's
    files: dict[str, str]
    #: a Service Health alert names this subscription; None: no alert is sent
    alerted: str | None
    #: whether everything that the scene promises is to be seen
    is_there: Callable[[Sequence[Job], Sequence[Semaphore]], bool]
    #: what to type, without the address of the app; {machine} is none of these words
    tries: tuple[str, ...]
