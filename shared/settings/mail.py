"""FORESTALL_MAIL: what is to be known of inbound mail, and is no secret; secrets are named.

Sample::

    {"senders": ["azure-noreply@microsoft.com", "@contoso.com"],
     "postmark": {"secret": "postmark-2026", "authserv_id": "mx.google.com"},
     "ses": {"topics": ["arn:aws:sns:eu-west-1:111111111111:mails"]},
     "graph": {"secret": "graph", "mailbox": "maintenance@contoso.com", "url": "graph-url"}}

The secret `postmark-2026` is the setting FORESTALL_MAIL_SECRET_POSTMARK_2026. Each value can be a
setting of its own instead, such as FORESTALL_MAIL_SENDERS.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from shared.domain.policy.strict_json import read_json_and_problems
from shared.settings.reading.reader import Reader

SETTING = "FORESTALL_MAIL"
SECRET_PREFIX = "FORESTALL_MAIL_SECRET_"  # noqa: S105 - the beginning of a name
_SENDERS = "senders"
_AUTHSERV_ID_KEY = "authserv_id"
#: by mail service, its texts and lists of texts, and the setting that each stands for
_TEXTS: Mapping[str, Mapping[str, str]] = {
    "graph": {
        "mailbox": "FORESTALL_MAIL_GRAPH_MAILBOX",
        "endpoint": "FORESTALL_MAIL_GRAPH_ENDPOINT",
    },
    "mailgun": {},
    "plain": {},
    "postmark": {},
    "sendgrid": {"public_key": "FORESTALL_MAIL_SENDGRID_KEY"},
    "ses": {"topics": "FORESTALL_MAIL_SES_TOPICS"},
}
#: by mail service, the names of its secrets
_SECRETS: Mapping[str, Mapping[str, str]] = {
    "graph": {
        "secret": "FORESTALL_MAIL_GRAPH_CLIENT_STATE",
        "url": "FORESTALL_MAIL_GRAPH_URL",
    },
    "mailgun": {"secret": "FORESTALL_MAIL_MAILGUN_KEY"},
    "plain": {"secret": "FORESTALL_MAIL_PLAIN_SECRET"},
    "postmark": {"secret": "FORESTALL_MAIL_POSTMARK_LOGIN"},
}
SERVICES = tuple(_TEXTS)
_LISTS = {"topics"}
_AUTHSERV_ID = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,253}[A-Za-z0-9])?")
_SECRET_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_EXAMPLE = '{"postmark": {"authserv_id": "mx.example.com"}}'


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServiceSettings:
    """One service. `authserv_id`: the server whose results count; empty for the service's own."""

    authserv_id: str = ""


def read_mail(reader: Reader) -> Mapping[str, MailServiceSettings]:
    """The services by their name in the path; the reader keeps every problem.

    Every other value is given to the reader, as if its own setting had it.
    """
    text = reader.text("FORESTALL_MAIL")
    if not text:
        return {}
    try:
        document, twice = read_json_and_problems(text)
    except ValueError as fault:
        reader.problem(SETTING, str(fault))
        return {}
    if not isinstance(document, dict):
        reader.problem(SETTING, f"it must be an object such as {_EXAMPLE}.")
        return {}
    for problem in (*twice, *_problems(document)):
        reader.problem(SETTING, problem)
    if _SENDERS in document:
        _give_texts(reader, _SENDERS, document[_SENDERS], "FORESTALL_MAIL_SENDERS")
    services = {
        name: part for name, part in document.items() if name in SERVICES and isinstance(part, dict)
    }
    for name, part in services.items():
        _give(reader, name, part)
    return {
        name: MailServiceSettings(authserv_id=part.get(_AUTHSERV_ID_KEY, "").lower())
        for name, part in services.items()
        if isinstance(part.get(_AUTHSERV_ID_KEY, ""), str)
    }


def _problems(document: Mapping[str, Any]) -> Iterator[str]:
    for name, part in document.items():
        if name == _SENDERS:
            continue
        if name not in SERVICES:
            near = get_close_matches(name, (*SERVICES, _SENDERS), n=1)
            hint = f" Did you mean {near[0]!r}?" if near else f" Known are {', '.join(SERVICES)}."
            yield f"{name[:40]!r} is no mail service.{hint}"
        elif not isinstance(part, dict):
            yield f"{name} must be an object such as {_EXAMPLE}."
        else:
            yield from _problems_of_service(name, part)


def _problems_of_service(name: str, part: Mapping[str, Any]) -> Iterator[str]:
    known = (_AUTHSERV_ID_KEY, *_TEXTS[name], *_SECRETS.get(name, {}))
    for key in part:
        if key not in known:
            near = get_close_matches(key, known, n=1, cutoff=0.5)
            meant = near[0] if near else known[0]
            yield (
                f"{name}.{key[:40]} is not known. Write {name}.{meant}, or leave it out."
                f" Known are {', '.join(known)}."
            )
    value = part.get(_AUTHSERV_ID_KEY, "x")
    if not isinstance(value, str) or not _AUTHSERV_ID.fullmatch(value):
        yield (
            f"{name}.authserv_id must be the name at the beginning of your mail server's"
            " Authentication-Results, such as mx.example.com."
        )


def _give(reader: Reader, name: str, part: Mapping[str, Any]) -> None:
    for key, setting in _TEXTS[name].items():
        if key not in part:
            continue
        if key in _LISTS:
            _give_texts(reader, f"{name}.{key}", part[key], setting)
        elif isinstance(part[key], str) and part[key].strip():
            reader.give(setting, part[key].strip(), f"{SETTING}: {name}.{key}")
        else:
            reader.problem(SETTING, f"{name}.{key} must be a text that is not empty.")
    for key, setting in _SECRETS.get(name, {}).items():
        if key in part:
            _give_secret(reader, f"{name}.{key}", part[key], setting)


def _give_texts(reader: Reader, key: str, value: Any, setting: str) -> None:
    if (
        not isinstance(value, list)
        or not value
        or not all(isinstance(each, str) and each.strip() and "," not in each for each in value)
    ):
        reader.problem(SETTING, f"{key} must be a list of texts, with one at least.")
        return
    reader.give(setting, ",".join(value), f"{SETTING}: {key}")


def _give_secret(reader: Reader, key: str, name: Any, setting: str) -> None:
    """The value of the secret's own setting. A problem where there is none."""
    if not isinstance(name, str) or not _SECRET_NAME.fullmatch(name):
        reader.problem(
            SETTING,
            f"{key} must be the name of a secret, never its value: up to 40 small letters, digits"
            f" and dashes. The secret mail-1 is the setting {SECRET_PREFIX}MAIL_1.",
        )
        return
    own = f"{SECRET_PREFIX}{name.upper().replace('-', '_')}"
    if not reader.is_set(own):
        reader.problem(own, f"it is not set, and {key} of {SETTING} needs it.")
        return
    reader.give(setting, reader.text(own), own)
