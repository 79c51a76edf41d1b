"""FORESTALL_MAIL: what is to be known of each inbound-mail service, and is no secret.

Sample::

    {"postmark": {"authserv_id": "mx.google.com"}, "plain": {"authserv_id": "mail.example.com"}}
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from shared.domain.policy.strict_json import read_strict_json
from shared.settings.reading.reader import Reader

SETTING = "FORESTALL_MAIL"
SERVICES = ("graph", "mailgun", "plain", "postmark", "sendgrid", "ses")
_AUTHSERV_ID = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,253}[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class MailService:
    """One service. `authserv_id`: the server whose results count; empty for the service's own."""

    authserv_id: str = ""


def read_mail(reader: Reader) -> Mapping[str, MailService]:
    """The services by their name in the path; the reader keeps every problem."""
    text = reader.text("FORESTALL_MAIL")
    if not text:
        return {}
    try:
        document = read_strict_json(text)
    except ValueError as fault:
        reader.problem(SETTING, str(fault))
        return {}
    if not isinstance(document, dict):
        reader.problem(SETTING, f"it must be an object such as {_EXAMPLE}.")
        return {}
    for problem in _problems(document):
        reader.problem(SETTING, problem)
    return {
        name: MailService(authserv_id=part.get("authserv_id", "").lower())
        for name, part in document.items()
        if name in SERVICES
        and isinstance(part, dict)
        and isinstance(part.get("authserv_id", ""), str)
    }


_EXAMPLE = '{"postmark": {"authserv_id": "mx.example.com"}}'


def _problems(document: Mapping[str, Any]) -> Iterator[str]:
    for name, part in document.items():
        if name not in SERVICES:
            near = get_close_matches(name, SERVICES, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else f" Known are {', '.join(SERVICES)}."
            yield f"{name[:40]!r} is no mail service.{hint}"
        elif not isinstance(part, dict):
            yield f"{name} must be an object such as {_EXAMPLE}."
        else:
            yield from _problems_of_service(name, part)


def _problems_of_service(name: str, part: Mapping[str, Any]) -> Iterator[str]:
    for key in part:
        if key != "authserv_id":
            yield f"{name}.{key[:40]} is not known. Write {name}.authserv_id, or leave it out."
    value = part.get("authserv_id", "x")
    if not isinstance(value, str) or not _AUTHSERV_ID.fullmatch(value):
        yield (
            f"{name}.authserv_id must be the name at the beginning of your mail server's"
            " Authentication-Results, such as mx.example.com."
        )
