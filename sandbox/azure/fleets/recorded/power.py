"""What a machine's power state means for a rehearsal: running, stopped, or deallocated.

Known but not running never means running. Samples: `PowerState/deallocated` of an instance view,
`VM stopped (deallocated)` of `az vm list -d`, `running` of a projection.
"""

from collections.abc import Iterator, Mapping
from typing import Any, TypeIs

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
_SHOWN = "vm "
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
    listed = statuses if isinstance(statuses, list) else [statuses]
    # Two words contradict each other: known but not running never means running.
    yield from sorted((_of_status(each) for each in listed), key="running".__eq__)
    # Resource Graph has one object where the instance view has a list.
    yield _word(view.get("powerState"))
    yield _word(properties.get("powerState"))


def _of_status(status: object) -> str:
    """The word of one status. One of something else, such as of provisioning, has none."""
    parts = [status.get("code"), status.get("displayStatus")] if _is_object(status) else [status]
    for each in parts:
        text = each.strip().lower() if isinstance(each, str) else ""
        if text.startswith((_PREFIX, _SHOWN)):
            return _word(text)
    return ""


def _is_object(value: object) -> TypeIs[Mapping[str, Any]]:
    return isinstance(value, Mapping)


def _word(shown: object) -> str:
    """The word in any form. A value of no known form is no known word, and not absent."""
    if _is_object(shown):
        shown = shown.get("code") or shown.get("displayStatus")
    if shown is None or shown in ("", [], {}):
        return ""
    text = str(shown).strip().lower()
    return text.removeprefix(_PREFIX).removeprefix(_SHOWN).strip()[:_LONGEST]
