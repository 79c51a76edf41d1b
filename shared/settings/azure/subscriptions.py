"""Which subscriptions are watched, as the setting names them.

Samples::

    2f1c0000-0000-4000-8000-000000000001, 2f1c0000-0000-4000-8000-000000000002
    *
    *, -2f1c0000-0000-4000-8000-000000000003
"""

from shared.domain.guid import read_guid
from shared.settings.reading.reader import Reader

_NAME = "FORESTALL_SUBSCRIPTIONS"
_ALL, _WITHOUT = "*", "-"


def read_subscriptions(reader: Reader) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The subscriptions that are named, and those that are left out of all.

    No named one means every subscription that the app's identity can see.
    """
    text = reader.text("FORESTALL_SUBSCRIPTIONS")
    if not reader.is_set("FORESTALL_SUBSCRIPTIONS") or (text and not text.strip(", ")):
        reader.problem(
            _NAME,
            "it is not set. Write subscription ids, separated by commas, "
            "or * for all that the app's identity can see.",
        )
    named = reader.values("FORESTALL_SUBSCRIPTIONS", _read)
    excluded = tuple(each[1:] for each in named if each.startswith(_WITHOUT))
    watched = tuple(each for each in named if not each.startswith(_WITHOUT))
    if _ALL not in watched:
        if excluded:
            reader.problem(
                _NAME, "- leaves a subscription out of all. Write * first, or leave it out."
            )
        return watched, ()
    if watched != (_ALL,):
        reader.problem(_NAME, "* stands for all subscriptions. Write it alone, or leave it out.")
    return (), excluded


def _read(text: str) -> str:
    if text == _ALL:
        return text
    sign = _WITHOUT if text.startswith(_WITHOUT) else ""
    try:
        return sign + read_guid(text.removeprefix(_WITHOUT).strip())
    except ValueError:
        raise ValueError(
            f"{text!r} is not the id of a subscription. "
            "`az account list --output table` shows the ids. Separate them by commas."
        ) from None
