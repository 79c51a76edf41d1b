"""Which installation a subscription belongs to, as a tag on it says. Pure.

A person writes the tag; the app's role cannot. Two installations with locks of their own do not see
each other, so one that finds another's name only observes.
"""

from collections.abc import Mapping

#: on the subscription, in lower case as all names of tags are kept
OWNER_TAG = "forestall-installation"


def other_owner(tags: Mapping[str, str], installation: str) -> str | None:
    """What the tag says if it does not name this installation; None: it does, or there is none.

    A tag without a value names nobody, so it does not name this installation either (I6).
    """
    said = tags.get(OWNER_TAG)
    if said is None or said.strip().casefold() == installation.casefold():
        return None
    return said.strip()
