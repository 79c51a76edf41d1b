"""Reads Azure's mail about planned maintenance for a hint which subscriptions to scan.

Never read for what to do: a mail can be forged, mistranslated or out of date. Facts:
azure-compute-docs maintenance-notifications.md (who gets one); forms after mails quoted in
dotnet/dnceng#4907 (2025), gitlab-com/gl-infra/infrastructure#4579 (2018) and nodejs/build#356
(2016), as no official text is public.
"""

import re
from collections.abc import Iterable

from shared.domain.guid import GUID
from shared.domain.machine.machine import SubscriptionId
from shared.domain.notices.decoding import decodes
from shared.domain.notices.mail import keywords as words
from shared.domain.notices.mail.message import Mail
from shared.domain.notices.mail.text import text_of
from shared.domain.notices.mail.windows import window_in
from shared.domain.notices.notice import Notice, Source, digest_of
from shared.domain.notices.regions import regions_in
from shared.domain.notices.untrusted_json import MOST, as_text

_GUID = re.compile(rf"\b{GUID}\b")
_TRACKING_LABEL = re.compile(
    r"(?:tracking[\s-]?id|/h/|nachverfolgungs-?id|id de suivi|id de seguimiento"
    r"|追跡\s?id|跟踪\s?id)[\s:#]{0,4}"
    r"(?=[\w-]{0,16}[\d_])([A-Z0-9_]{3,8}-?[A-Z0-9_]{2,8})\b",
    re.IGNORECASE,
)
#: seen: 0NIH-U2O, PYN_-ZL8, 1J14-8LG; NK_29aG1 is only known by its label
_TRACKING = re.compile(
    r"(?<![\w-])(?=[A-Z0-9_-]*[A-Z])(?=[A-Z0-9_-]*[0-9_])[A-Z0-9_]{4}-[A-Z0-9_]{3}(?![\w-])"
)

#: a label is at most this far before its id (a heading of a table, a sentence)
_BEFORE = 160
#: and the ids of one list this far from each other
_BETWEEN = 12


@decodes("the mail")
def read_maintenance_mail(mail: Mail) -> Notice:
    """The notice in a mail.

    One that is not Azure's planned maintenance of virtual machines is `ignored`, with the reason.

    Sample (our own text, after the mail of 2025)::

        Subject: Action required: VMs in West US affected by planned Azure maintenance

        ... maintenance is planned from 13 February 2025 23:10 UTC to 14 February 2025 23:10 UTC ...
        Subscription ID: <guid>
    """
    text = text_of(mail)
    window = window_in(text)
    return Notice(
        source=Source.EMAIL,
        subscriptions=subscriptions_in(text),
        tracking_id=tracking_id_in(text),
        communication_id=as_text(mail.message_id) or digest_of(text.encode(errors="replace")),
        title=as_text(mail.subject),
        regions=regions_in(text),
        starts=window[0] if window else None,
        ends=window[1] if window else None,
        # There may be a line end or a mark between two words. Python gives a Turkish capital I
        # with a dot that dot as a character of its own.
        ignored=_ignore_reason(" ".join(text.lower().replace("i\u0307", "i").split())),
    )


def subscriptions_in(text: str) -> tuple[SubscriptionId, ...]:
    """The subscription ids that a text names as such.

    In an ARM id, or after the word for subscription.
    """
    found: list[SubscriptionId] = []
    lowered = text.lower()
    last_end = -_BEFORE
    for match in _GUID.finditer(lowered):
        listed = (
            match.start() - last_end <= _BETWEEN and "\n\n" not in lowered[last_end : match.start()]
        )
        if listed or _is_labelled(lowered, match.start()):
            found.append(SubscriptionId(match[0]))
            last_end = match.end()
    return tuple(dict.fromkeys(found))[:MOST]


def tracking_id_in(text: str) -> str:
    """The tracking id that a text names, or something in the usual form of one.

    Empty if there is none.
    """
    named = _TRACKING_LABEL.search(text)
    if named is not None:
        return named[1]
    usual = _TRACKING.search(text)
    return usual[0] if usual is not None else ""


def _is_labelled(lowered: str, start: int) -> bool:
    before = lowered[max(0, start - _BEFORE) : start]
    return _last(before, words.SUBSCRIPTION) > _last(before, words.OTHER_IDS)


def _last(text: str, wanted: Iterable[str]) -> int:
    return max(text.rfind(word) for word in wanted)


def _ignore_reason(lowered: str) -> str:
    missing = [
        name
        for name, wanted in (
            ("Azure", words.AZURE),
            ("maintenance", words.MAINTENANCE),
            ("virtual machines", words.MACHINES),
        )
        if not any(word in lowered for word in wanted)
        and not (wanted is words.MACHINES and words.MACHINE_WORD.search(lowered))
    ]
    return (
        f"not Azure's maintenance of virtual machines: no word of {', '.join(missing)}"
        if missing
        else ""
    )
