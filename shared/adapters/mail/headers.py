"""What the headers of a mail say: who signed it, and what the server of a mail service found.

A sender can add any header, and cannot remove the receiving server's. So the worst result counts,
and a result counts only for the domain that it names itself. What other headers name
(`Return-Path`, a second From) may be the sender's.
"""

import re
from collections.abc import Iterable, Sequence

from shared.domain.notices.mail.message import AuthResult
from shared.domain.notices.untrusted_json import as_dict

type Headers = Sequence[tuple[str, str]]
"""Name and value in the order they stand; names as written."""

#: of one mail
MOST_HEADERS = 1000
#: of all headers of one mail together, in bytes or characters
LONGEST_HEADERS = 256 * 1024
TOO_MANY_HEADERS = (
    f"more than {MOST_HEADERS} headers, or more than {LONGEST_HEADERS} characters of them"
)

_SENT_BY = re.compile(r"envelope-from\s{0,3}=\s{0,3}[\"<]{0,2}([^\s;\"<>]{0,320})", re.IGNORECASE)
_FROM_ANOTHER_SERVER = re.compile(r"\s*+from\s", re.IGNORECASE)
_DOMAIN = re.compile(r"[a-z0-9.-]{1,253}")


def within_limits(headers: Headers) -> tuple[Headers, str]:
    """The headers and an empty text.

    Or, where they are more than is read, none of them and what they are too many of.

    They are read whole or not at all: what is cut off could take back what the rest says.
    """
    length = sum(len(name) + len(value) for name, value in headers)
    if len(headers) > MOST_HEADERS or length > LONGEST_HEADERS:
        return [], TOO_MANY_HEADERS
    return headers, ""


def listed_headers(listed: object, name: str, value: str) -> tuple[Headers, str]:
    """The headers in a list of JSON objects with these two keys, and what `within_limits` says."""
    if not isinstance(listed, list):
        return [], ""
    if len(listed) > MOST_HEADERS:
        return [], TOO_MANY_HEADERS
    pairs = [(as_dict(each).get(name), as_dict(each).get(value)) for each in listed]
    return within_limits(
        [(key, text) for key, text in pairs if isinstance(key, str) and isinstance(text, str)]
    )


def values_of(headers: Headers, name: str) -> list[str]:
    """Every value of a header, in any casing."""
    return [value for key, value in headers if key.lower() == name.lower()]


def value_of(headers: Headers, name: str) -> str:
    """A header's first value; empty where there is none."""
    return next(iter(values_of(headers, name)), "")


def has_one_author(headers: Headers) -> bool:
    """Whether there is at most one From, as RFC 5322 requires.

    Of two, people may see another than the one that was checked.
    """
    return len(values_of(headers, "From")) <= 1


def of_receiving_server(headers: Headers) -> Headers:
    """The headers that the receiving server wrote: those above the hop by which the mail came in.

    A server writes its headers above those that it receives (RFC 5321, 4.4). So a header below the
    first `Received: from` may be the sender's. If no such header is listed, the order says nothing.
    """
    for place, (name, value) in enumerate(headers):
        if name.lower() == "received" and _FROM_ANOTHER_SERVER.match(value):
            return headers[:place]
    return headers


def worst_of(headers: Headers, name: str) -> AuthResult:
    """The verdict of every header of a name."""
    return AuthResult.worst(AuthResult.of(each) for each in values_of(headers, name))


def sent_by(values: Iterable[str]) -> str:
    """The one domain that SPF results say they were found for.

    Empty where they name none, or several.
    """
    return sole_domain(
        match.rpartition("@")[2] for each in values for match in _SENT_BY.findall(each)
    )


def signers(headers: Headers) -> list[str]:
    """The domains that the mail's DKIM signatures name.

    An empty one for a signature that names none plainly.

    Whether a signature holds is not said by them.
    """
    return [_signer(each) for each in values_of(headers, "DKIM-Signature")]


def _signer(signature: str) -> str:
    """The tag `d` (RFC 6376).

    Tags end at semicolons alone, as a copied header in the tag `z` may look like one.
    """
    tags = (tag.partition("=") for tag in signature.split(";"))
    named = ["".join(value.split()) for name, _, value in tags if name.strip() == "d"]
    return sole_domain(named) if len(named) == 1 else ""


def signed_by(domains: Iterable[str], result: AuthResult) -> tuple[tuple[str, AuthResult], ...]:
    """One verdict on several signatures: good for a domain only if no other domain can be meant."""
    distinct = set(domains)
    return ((distinct.pop(), result),) if len(distinct) == 1 and "" not in distinct else ()


def sole_domain(domains: Iterable[str]) -> str:
    """The one domain that all of them are.

    Empty where there is none, or another, or something that is no domain.
    """
    distinct = {each.strip(". ").lower() for each in domains}
    only = distinct.pop() if len(distinct) == 1 else ""
    return only if _DOMAIN.fullmatch(only) else ""
