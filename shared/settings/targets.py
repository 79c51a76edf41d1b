"""FORESTALL_NOTIFY: where messages go, as JSON, and the secret settings that it names.

Sample::

    {"time_zone": "Europe/Berlin", "targets": {
       "crm-teams": {"teams": {"secret": "crm-webhook"}, "events": ["failed", "at-risk"]},
       "siem": {"webhook": {"url": "https://siem.example.com", "sign": {"secret": "hook-key"}}}}}

The secret `crm-webhook` is the setting FORESTALL_NOTIFY_SECRET_CRM_WEBHOOK.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Any, Final

from shared.domain.calendar.zones.names import zone as zone_of
from shared.domain.outbox.events import OutboxEvent
from shared.domain.outbox.formats.signature import read_key
from shared.domain.outbox.quiet_hours import QuietHours
from shared.domain.outbox.targets import (
    TEAMS_HOSTS,
    Outside,
    OutsideTarget,
    TargetKind,
    problem_of_address,
)
from shared.domain.policy.strict_json import read_json_and_problems
from shared.settings.reading.reader import Reader

SETTING: Final = "FORESTALL_NOTIFY"
_SECRET_PREFIX = "FORESTALL_NOTIFY_SECRET_"  # noqa: S105 - the beginning of a name
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_INSTALLATION = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?")
_HOST = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,}")
_LINK = re.compile(r"https://[!-~]{1,300}")
_TOP = ("installation", "link", "time_zone", "teams_hosts", "targets")
_OF_TARGET = (*TargetKind, "events", "quiet_hours")
_OF_ADDRESS = ("secret", "url", "sign")
_MOST_TARGETS = 20
_MOST_SHOWN = 5
_EXAMPLE = '{"targets": {"platform": {"slack": {"secret": "slack"}}}}'


class _Fault(ValueError):
    """What is wrong with the setting, with the key first."""


def read_outside(reader: Reader) -> Outside:
    """The targets; the reader keeps every problem. No target: nothing is sent."""
    text = reader.text("FORESTALL_NOTIFY")
    if not text:
        return Outside()
    try:
        document, twice = read_json_and_problems(text)
    except ValueError as fault:
        reader.problem(SETTING, str(fault))
        return Outside()
    if not isinstance(document, dict):
        reader.problem(SETTING, f"it must be an object such as {_EXAMPLE}.")
        return Outside()
    for problem in twice:
        reader.problem(SETTING, problem)
    _report_unknown(reader, document, _TOP, "")
    zone = _read(reader, document, "time_zone", _zone, "UTC")
    hosts = _read(reader, document, "teams_hosts", _hosts, TEAMS_HOSTS)
    targets = document.get("targets", {})
    if not isinstance(targets, dict):
        reader.problem(SETTING, f"targets must be an object, as in {_EXAMPLE}.")
        targets = {}
    if len(targets) > _MOST_TARGETS:
        reader.problem(
            SETTING, f"targets has {len(targets)} entries. At most {_MOST_TARGETS} work."
        )
    found = (_target(reader, name, part, zone, hosts) for name, part in targets.items())
    site = reader.text("WEBSITE_SITE_NAME")
    return Outside(
        targets=tuple(each for each in found if each is not None),
        installation=_read(
            reader, document, "installation", _installation, site or Outside().installation
        ),
        link=_read(reader, document, "link", _link, ""),
        zone=zone,
    )


def _target(
    reader: Reader, name: str, part: Any, zone: str, hosts: tuple[str, ...]
) -> OutsideTarget | None:
    """The target; None, with every problem of it, if it has any."""
    before = len(reader.problems)
    found = _tried(reader, lambda: _checked_target(reader, name, part, zone, hosts), None)
    return found if len(reader.problems) == before else None


def _tried[T](reader: Reader, read: Callable[[], T], default: T) -> T:
    """What a part of a target is; the default, with its problem, if it is unsound."""
    try:
        return read()
    except _Fault as fault:
        reader.problem(SETTING, str(fault))
        return default


def _checked_target(
    reader: Reader, name: str, part: Any, zone: str, hosts: tuple[str, ...]
) -> OutsideTarget | None:
    if not _NAME.fullmatch(name):
        raise _Fault(
            f"targets: {name[:40]!r} is no name. Use up to 40 small letters, digits and dashes."
        )
    if not isinstance(part, dict):
        raise _Fault(f"{name} must be an object such as {_EXAMPLE}.")
    _report_unknown(reader, part, _OF_TARGET, f"{name}.")
    events = _tried(reader, lambda: _events(name, part.get("events")), frozenset[OutboxEvent]())
    quiet = _tried(reader, lambda: _quiet(name, part.get("quiet_hours"), zone), None)
    kinds = [kind for kind in TargetKind if kind in part]
    if len(kinds) != 1:
        raise _Fault(f"{name} needs one of {', '.join(TargetKind)}.")
    (kind,) = kinds
    address, key = part[kind], f"{name}.{kind}"
    if not isinstance(address, dict):
        raise _Fault(f'{key} must be an object such as {{"secret": "NAME"}}.')
    _report_unknown(reader, address, _OF_ADDRESS, f"{key}.")
    return OutsideTarget(
        name=name,
        kind=kind,
        url=_tried(reader, lambda: _address(reader, key, kind, address, hosts), ""),
        signing_key=_tried(reader, lambda: _signing_key(reader, key, kind, address), b""),
        events=events,
        quiet=quiet,
    )


def _address(
    reader: Reader, key: str, kind: TargetKind, address: Mapping[str, Any], hosts: tuple[str, ...]
) -> str:
    if ("url" in address) == ("secret" in address):
        raise _Fault(f"{key} needs either secret or url.")
    if "url" in address:
        if kind is not TargetKind.WEBHOOK:
            raise _Fault(
                f"{key}.url: the whole address is a secret. Name it: {key}.secret, and put the"
                " address into the setting that docs/messages.md names."
            )
        url, place = address["url"], f"{SETTING}: {key}.url"
    else:
        url, place = _secret(reader, f"{key}.secret", address["secret"])
    if url is None:
        return ""
    problem = problem_of_address(kind, url if isinstance(url, str) else "", hosts)
    if problem is not None:
        name, _, rest = place.partition(": ")
        reader.problem(name, f"{f'{rest}: ' if rest else ''}{problem}")
        return ""
    return str(url)


def _signing_key(reader: Reader, key: str, kind: TargetKind, address: Mapping[str, Any]) -> bytes:
    sign = address.get("sign")
    if sign is None:
        return b""
    if kind is not TargetKind.WEBHOOK:
        raise _Fault(f"{key}.sign: only a webhook's messages are signed. Leave it out.")
    if not isinstance(sign, dict) or set(sign) != {"secret"}:
        raise _Fault(f'{key}.sign must be an object such as {{"secret": "NAME"}}.')
    text, place = _secret(reader, f"{key}.sign.secret", sign["secret"])
    if text is None:
        return b""
    try:
        return read_key(text)
    except ValueError as fault:
        reader.problem(place, str(fault))
        return b""


def _secret(reader: Reader, key: str, name: Any) -> tuple[str | None, str]:
    """The value of a named secret, and its setting. None, with a problem, where there is none."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise _Fault(f"{key} must be a name of small letters, digits and dashes, such as slack.")
    setting = f"{_SECRET_PREFIX}{name.upper().replace('-', '_')}"
    if not reader.is_set(setting):
        reader.problem(setting, f"it is not set, and {key} of {SETTING} needs it.")
        return None, setting
    return reader.text(setting) or None, setting


def _events(name: str, given: Any) -> frozenset[OutboxEvent]:
    if given is None:
        return frozenset(OutboxEvent)
    if not isinstance(given, list) or not given:
        raise _Fault(
            f'{name}.events must be a list such as ["{OutboxEvent.FAILED}"]. {_known_events()}'
        )
    known = [str(each) for each in OutboxEvent]
    wrong = [str(each)[:40] for each in given if each not in known]
    if wrong:
        raise _Fault(
            f"{name}.events: {', '.join(map(repr, wrong[:_MOST_SHOWN]))} is no event."
            f"{_meant(wrong[0], known)} {_known_events()}"
        )
    return frozenset(OutboxEvent(each) for each in given)


def _quiet(name: str, given: Any, zone: str) -> QuietHours | None:
    if given is None:
        return None
    try:
        return QuietHours.parse(given if isinstance(given, str) else "", zone)
    except ValueError as fault:
        raise _Fault(f"{name}.quiet_hours: {fault}") from None


def _read[T](reader: Reader, document: Mapping[str, Any], key: str, read: Any, default: T) -> T:
    if key not in document:
        return default
    try:
        found: T = read(document[key])
    except ValueError as fault:
        reader.problem(SETTING, f"{key}: {fault}")
        return default
    return found


def _zone(given: Any) -> str:
    if not isinstance(given, str):
        # Only the content of the setting is wrong.
        raise ValueError("it must be a text in quotes, such as Europe/Berlin.")  # noqa: TRY004
    return zone_of(given).key


def _hosts(given: Any) -> tuple[str, ...]:
    if not isinstance(given, list) or not all(
        isinstance(each, str) and _HOST.fullmatch(each) for each in given
    ):
        raise ValueError('it must be a list of domains such as ["logic.azure.us"].')
    return tuple(given)


def _installation(given: Any) -> str:
    if not isinstance(given, str) or not _INSTALLATION.fullmatch(given):
        raise ValueError("it must be a short name such as forestall-prod.")
    return given


def _link(given: Any) -> str:
    if not isinstance(given, str) or not _LINK.fullmatch(given) or set(given) & set("|<>"):
        raise ValueError("it must be the address of the page, such as https://HOST/api/v1/ui.")
    return given


def _report_unknown(
    reader: Reader, part: Mapping[str, Any], known: Iterable[str], path: str
) -> None:
    for key in part:
        if key not in set(known):
            reader.problem(SETTING, f"{path}{key[:40]} is not known.{_near(key, known)}")


def _near(word: str, known: Iterable[str]) -> str:
    return _meant(word, known) or f" Known are {', '.join(known)}."


def _meant(word: str, known: Iterable[str]) -> str:
    near = get_close_matches(word, [str(each) for each in known], n=1)
    return f" Did you mean {near[0]!r}?" if near else ""


def _known_events() -> str:
    return f"Events are {', '.join(OutboxEvent)}."
