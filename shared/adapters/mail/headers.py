"""What the headers of a mail tell: who signed it, and what a receiving server found. Believes the worst of two."""

import re
from collections.abc import Iterable, Sequence

from shared.domain.notices.mail import Checks, Verdict

type Headers = Sequence[tuple[str, str]]
"""Name and value in the order they stand; names as written."""

#: a sender can write headers of its own, but it cannot unsay the server's: so the worst of all counts
_RESULT = re.compile(r"\b(spf|dkim|dmarc)\s{0,3}=\s{0,3}([a-z]{1,12})", re.IGNORECASE)
_SIGNER = re.compile(r"(?:^|[;\s])d\s{0,3}=\s{0,3}([a-z0-9.-]{1,253})", re.IGNORECASE)
_SIGNED_BY = re.compile(r"header\.d\s{0,3}=\s{0,3}@?([a-z0-9.-]{1,253})", re.IGNORECASE)
_LONGEST = 8000


def values_of(headers: Headers, name: str) -> list[str]:
    """Every value of a header, whatever its casing."""
    return [value[:_LONGEST] for key, value in headers if key.lower() == name.lower()]


def value_of(headers: Headers, name: str) -> str:
    """A header's first value; empty where there is none."""
    return next(iter(values_of(headers, name)), "")


def worst_of(headers: Headers, name: str) -> Verdict:
    """The verdict that stands in every header of a name."""
    return Verdict.worst(Verdict.of(each) for each in values_of(headers, name))


def signers(headers: Headers) -> list[str]:
    """The domains that the mail's DKIM signatures name. Whether a signature holds is not said by them."""
    found = (_SIGNER.search(each) for each in values_of(headers, "DKIM-Signature"))
    return [match[1].lower() for match in found if match is not None]


def signed_by(domains: Iterable[str], verdict: Verdict) -> tuple[tuple[str, Verdict], ...]:
    """One verdict on several signatures: good for a domain only if no other domain can be meant."""
    distinct = set(domains)
    return ((distinct.pop(), verdict),) if len(distinct) == 1 else ()


def authentication_results(headers: Headers) -> Checks:
    """What `Authentication-Results` (RFC 8601) says, the worst of all that stand there.

    Sample: ``spf=pass smtp.mailfrom=microsoft.com; dkim=pass header.d=microsoft.com; dmarc=pass action=none``
    """
    fields = values_of(headers, "Authentication-Results")
    found = [(match[1].lower(), Verdict.of(match[2])) for each in fields for match in _RESULT.finditer(each)]

    def verdict(method: str) -> Verdict:
        return Verdict.worst(result for name, result in found if name == method)

    domains = [match.lower() for each in fields for match in _SIGNED_BY.findall(each)]
    return Checks(spf=verdict("spf"), dmarc=verdict("dmarc"), dkim=signed_by(domains, verdict("dkim")))
