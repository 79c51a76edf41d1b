"""The results that the receiving server wrote into a mail's headers (RFC 8601).

A sender can add any header. So only the headers of one server count, by its authserv-id, and where
that server has several headers on one method, each of them must say pass.

Samples: the header of most servers, and that of Exchange Online, which writes no authserv-id::

    mx.example.com; dkim=pass header.i=@microsoft.com; dmarc=pass header.from=microsoft.com
    spf=pass smtp.mailfrom=microsoft.com; dkim=pass header.d=microsoft.com; compauth=pass reason=100
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from shared.adapters.mail.headers import Headers, sole_domain, values_of
from shared.domain.notices.mail.message import AuthResult, AuthResults

#: the authserv-id that stands for a header without one
NO_ID = ""

#: A quoted text, an escaped character, a parenthesis, or all that is none of them. Possessive, so
#: that nothing is tried twice.
_PIECE = re.compile(r'"(?:[^"\\]++|\\.?)*+"?|\\.?|[()]|[^"()\\]++', re.DOTALL)
#: what a quoted text may hold to be read: the parts of an address
_PLAIN = re.compile(r"[A-Za-z0-9.@_+-]*")
#: stands for a quoted text that is not read
_UNREAD = "\ufffd"
_RESULT = re.compile(
    r"\s*+([a-z0-9-]{1,40}+)\s*+(?:/\s*+\d{1,9}\s*+)?+=\s*+(\S{1,40})", re.IGNORECASE
)
_PROPERTY = re.compile(r"(?<!\S)([a-z]{1,20}\.[a-z-]{1,40}+)\s{0,3}=\s{0,3}(\S+)", re.IGNORECASE)
_ID = re.compile(r"\s*+([^\s=;]{1,255}+)(?:\s++\d{1,9})?\s*+")
#: the name of the header, which people copy with its text
_NAME = re.compile(r"\s*+Authentication-Results\s*+:", re.IGNORECASE)
_METHODS = ("spf", "dkim", "dmarc")
_ENVELOPE = ("smtp.mailfrom", "smtp.mail", "smtp.mfrom")


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodResult:
    """One result: `dkim=pass header.d=microsoft.com`. `domain`: the one that it names, or empty."""

    method: str
    result: AuthResult
    domain: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one server wrote in one header."""

    authserv_id: str
    results: tuple[MethodResult, ...]


def read_reports(text: str) -> list[Report]:
    """The reports in the text of a header, or of several headers that were joined by semicolons.

    A part that is no result begins another report, as an authserv-id is no result.
    """
    found: list[tuple[str, list[MethodResult]]] = []
    for part in _without_comments(text).split(";"):
        result = _RESULT.match(part)
        named = _ID.fullmatch(part)
        if result is not None:
            if not found:
                found.append((NO_ID, []))
            found[-1][1].extend(_results(result, part[result.end() :]))
        elif named is not None and named[1].lower() != "none":
            found.append((named[1].lower(), []))
    return [Report(authserv_id=each, results=tuple(results)) for each, results in found]


def authentication_results(headers: Headers, authserv_id: str = NO_ID) -> AuthResults:
    """What the server with this authserv-id says in its headers. Results of others do not count."""
    fields = values_of(headers, "Authentication-Results")
    # One header has one report: what follows in it is its server's.
    reports = [_first(read_reports(each)) for each in fields]
    return _judged([each for each in reports if each is not None], authserv_id)


def joined_results(text: str, authserv_id: str = NO_ID) -> AuthResults:
    """The same for one text in which headers may be joined, by semicolons or line ends.

    Each may begin with the header's name.

    Without an authserv-id nothing counts if another server wrote there too: whose the results are
    cannot be known.
    """
    lines = [_without_name(each) for each in re.split(r"\r?\n(?![ \t])", text)]
    reports = [each for line in lines for each in read_reports(line)]
    if not authserv_id and any(each.authserv_id for each in reports):
        return AuthResults(spf_domain="", dmarc_domain="", other_servers=_others(reports, NO_ID))
    return _judged(reports, authserv_id)


def _without_name(line: str) -> str:
    name = _NAME.match(line)
    return line[name.end() :] if name else line


def _judged(reports: Sequence[Report], authserv_id: str) -> AuthResults:
    own = [each for each in reports if each.authserv_id == authserv_id.lower()]
    spf, dmarc = (_named(own, method) for method in ("spf", "dmarc"))
    return AuthResults(
        spf=AuthResult.worst(each.result for each in spf),
        spf_domain=sole_domain(each.domain for each in spf),
        dmarc=AuthResult.worst(each.result for each in dmarc),
        dmarc_domain=sole_domain(each.domain for each in dmarc),
        dkim=tuple((domain, AuthResult.PASS) for domain in sorted(_signers(own))),
        other_servers=_others(reports, authserv_id),
    )


def _signers(reports: Iterable[Report]) -> set[str]:
    """The domains with a valid signature, in every report that has results of DKIM at all."""
    found = [
        {each.domain for each in dkim if each.result is AuthResult.PASS and each.domain}
        for report in reports
        if (dkim := _named([report], "dkim"))
    ]
    return set.intersection(*found) if found else set()


def _named(reports: Iterable[Report], method: str) -> list[MethodResult]:
    return [each for report in reports for each in report.results if each.method == method]


def _others(reports: Iterable[Report], authserv_id: str) -> tuple[str, ...]:
    ids = dict.fromkeys(each.authserv_id for each in reports if each.results)
    return tuple(each for each in ids if each != authserv_id.lower())


def _first(reports: Sequence[Report]) -> Report | None:
    """The report of a header whose server is the first that it names."""
    if not reports:
        return None
    results = tuple(result for each in reports for result in each.results)
    return replace(reports[0], results=results)


def _results(match: re.Match[str], rest: str) -> Iterator[MethodResult]:
    method = match[1].lower()
    if method not in _METHODS:
        return
    properties = _properties(rest)
    if method == "spf" and set(properties) == {"smtp.helo"}:
        return  # on the name of the sending server, beside the result on the envelope's address
    result = AuthResult.of(match[2])
    yield MethodResult(method=method, result=result, domain=_domain(method, properties))


def _properties(rest: str) -> dict[str, set[str]]:
    """The values of each property of a result; of an address only its domain."""
    found: dict[str, set[str]] = {}
    for match in _PROPERTY.finditer(rest):
        found.setdefault(match[1].lower(), set()).add(match[2].rpartition("@")[2])
    return found


def _domain(method: str, properties: Mapping[str, set[str]]) -> str:
    """The domain that a result is about: the one property counts that its method has."""
    match method:
        case "spf":
            # RFC 8601 has the first name; RFC 5451 and some programs have the others.
            named = set().union(*(properties.get(each, set()) for each in _ENVELOPE))
        case "dmarc":
            named = properties.get("header.from", set())
        case _:
            named = properties.get("header.d") or properties.get("header.i", set())
    return sole_domain(named)


def _without_comments(text: str) -> str:
    return "".join(_pieces(text))


def _pieces(text: str) -> Iterator[str]:
    """The text outside of comments, which may be nested. A quoted text stays if it is plain."""
    depth = 0
    for match in _PIECE.finditer(text):
        piece = match[0]
        if piece == "(":
            depth += 1
            yield " "
        elif piece == ")":
            depth = max(0, depth - 1)
        elif depth:
            continue
        elif piece[0] == '"':
            inner = piece.strip('"')
            yield inner if _PLAIN.fullmatch(inner) else _UNREAD
        elif piece[0] == "\\":
            yield _UNREAD
        else:
            yield piece
