"""What a machine's power state means for a rehearsal: running, stopped, or deallocated.

Known but not running never means running. Samples: `PowerState/deallocated` of an instance view,
`VM stopped (deallocated)` of `az vm list -d`, `running` of a projection.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.azure.fleets.fleet import Power

#: by the word in lower case. A hibernated machine is deallocated (Azure's page on hibernation)
_POWERS = {
    "running": Power.RUNNING,
    "stopped": Power.STOPPED,
    "stopping": Power.STOPPED,
    "starting": Power.STOPPED,
    "deallocated": Power.DEALLOCATED,
    "deallocating": Power.DEALLOCATED,
    "hibernated": Power.DEALLOCATED,
    "hibernating": Power.DEALLOCATED,
    "stopped (deallocated)": Power.DEALLOCATED,
}
_PREFIX = "powerstate/"
_LONGEST = 40


def power_word(view: Mapping[str, Any], properties: Mapping[str, Any]) -> str:
    """The word for a machine's power in lower case; empty if the files say nothing of it."""
    return next((word for word in _words(view, properties) if word), "")


def power_of(word: str) -> Power:
    """What the word means. No word is taken as running, and an unknown one as stopped."""
    return _POWERS.get(word, Power.STOPPED) if word else Power.RUNNING


def is_known(word: str) -> bool:
    """Whether the word is one of Azure's."""
    return word in _POWERS


def _words(view: Mapping[str, Any], properties: Mapping[str, Any]) -> Iterator[str]:
    statuses = view.get("statuses")
    codes = [
        str(each.get("code") or "")
        for each in (statuses if isinstance(statuses, list) else [])
        if isinstance(each, Mapping)
    ]
    yield from (_word(each) for each in codes if each.lower().startswith(_PREFIX))
    # Resource Graph has one object where the instance view has a list.
    graph = view.get("powerState")
    yield _word(graph.get("code") if isinstance(graph, Mapping) else graph)
    yield _word(properties.get("powerState"))


def _word(shown: object) -> str:
    text = shown.strip().lower() if isinstance(shown, str) else ""
    return text.removeprefix(_PREFIX).removeprefix("vm ").strip()[:_LONGEST]
