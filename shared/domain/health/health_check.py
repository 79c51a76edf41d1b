"""A machine's health check over HTTP: where it is asked, what counts as healthy, and what it said.

Asks nobody.

tag `forestall-health-check`, else `health_check.url` of the policy
    -> HealthCheck, kept with the job
    -> checked before the call and while verifying
    -> Healthy | Unhealthy
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote

from shared.domain.health.allowed_targets import problem_of_entry, read_target
from shared.domain.machine.machine import Machine, address_of
from shared.domain.urls import shown

#: of an answer is read no more than this
MOST_BYTES = 64 * 1024

# A worker that is held up for a minute between the claim of its step and the call does not call any
# more.
_LONGEST = timedelta(seconds=20)

_KNOWN = ("name", "resource_group", "subscription", "location")
_PLACEHOLDER = re.compile(r"\{(\w*)\}")
_RANGE = re.compile(r"([1-5]\d\d)(?:-([1-5]\d\d))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthCheckPolicy:
    """The policy's rule on health checks.

    Without `url` and without a tag on the machine there is none, as by default.

    A check is one GET without credentials; redirects are not followed, and certificates are
    checked.
    """

    #: of machines without a tag of their own, such as `https://{name}.shop.example.com/health`;
    #: known are {name}, {resource_group}, {subscription} and {location}
    url: str | None = None
    #: where tags may point: `shop.example.com` is that host, `.example.com` every host below it,
    #: `10.1.0.0/16` every host whose addresses are all in it. Empty: no tag is accepted, and its
    #: machine waits
    allowed_targets: tuple[str, ...] = ()
    #: statuses that count as healthy, such as `200-299` or `204`
    expected_statuses: tuple[str, ...] = ("200-299",)
    #: what an answer must contain, within its first 64 KiB
    expected_text: str | None = None
    #: for the whole of a check, with finding the host's address
    timeout: timedelta = timedelta(seconds=5)

    def expects(self, status: int) -> bool:
        """Whether a status counts as healthy."""
        return any(first <= status <= last for first, last in map(_range, self.expected_statuses))


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthCheck:
    """Where one machine is asked; `by_tag`: its owner chose it; otherwise the policy did."""

    url: str
    by_tag: bool = False

    @property
    def display_url(self) -> str:
        """The URL as it may be shown."""
        return shown(self.url)


@dataclass(frozen=True, slots=True)
class Healthy:
    """The machine says that it is healthy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unhealthy:
    """It does not, or cannot be asked; operators read the reason unchanged."""

    reason: str


@dataclass(frozen=True, slots=True)
class NoHealthCheck:
    """Nobody asked for one: what the platform says is all there is."""


type HealthResult = Healthy | Unhealthy | NoHealthCheck

NO_HEALTH_CHECK = NoHealthCheck()


def health_check_of(machine: Machine, rule: HealthCheckPolicy, tag: str) -> HealthCheck | None:
    """The health check of a machine: its tag's, otherwise the policy's.

    None where there is neither, or the tag says `off`.

    The target is checked at each call, with the current policy. A machine whose check cannot be
    made is not moved, and the reason says why.
    """
    said = next(
        (text.strip() for name, text in machine.tags.items() if name.lower() == tag.lower()), ""
    )
    if said.lower() == "off":
        return None
    if said:
        return HealthCheck(url=said, by_tag=True)
    return None if rule.url is None else HealthCheck(url=_filled_in(rule.url, machine))


def evaluate_response(status: int, body: bytes, rule: HealthCheckPolicy) -> Healthy | Unhealthy:
    """What an answer means; `body` is its beginning."""
    if not rule.expects(status):
        # The class of redirects.
        moved = " (redirects are not followed)" if 300 <= status < 400 else ""  # noqa: PLR2004
        return Unhealthy(
            reason=f"HTTP {status} where {', '.join(rule.expected_statuses)} is expected{moved}"
        )
    if rule.expected_text is not None and rule.expected_text.encode() not in body[:MOST_BYTES]:
        missed = f"{rule.expected_text!r} is not in its first {MOST_BYTES} bytes"
        return Unhealthy(reason=f"HTTP {status}, and {missed}")
    return Healthy()


def problems_of_health_check(rule: HealthCheckPolicy) -> list[str]:
    """What its author has to correct."""
    problems = [
        f"health_check.expected_statuses: {each!r} is none: write 204 or 200-299"
        for each in rule.expected_statuses
        if not _is_range(each)
    ]
    if not rule.expected_statuses:
        problems.append(
            "health_check.expected_statuses must name one status at least, such as 200-299"
        )
    if rule.expected_text is not None and not rule.expected_text:
        problems.append(
            "health_check.expected_text must not be empty: leave it out where no text is expected"
        )
    if not timedelta(0) < rule.timeout <= _LONGEST:
        problems.append(
            f"health_check.timeout must be positive, and at most {_LONGEST.total_seconds():g} s"
        )
    problems += [
        f"health_check.allowed_targets: {fault}"
        for fault in map(problem_of_entry, rule.allowed_targets)
        if fault
    ]
    if rule.url is not None:
        problems += _problems_of_template(rule.url)
    return problems


def _problems_of_template(template: str) -> list[str]:
    unknown = sorted(set(_PLACEHOLDER.findall(template)) - set(_KNOWN))
    if unknown:
        known = ", ".join(f"{{{each}}}" for each in _KNOWN)
        return [f"health_check.url: {{{unknown[0]}}} is not known; known are {known}"]
    sample = read_target(_PLACEHOLDER.sub("x", template))
    if isinstance(sample, str):
        return [f"health_check.url: {sample}"]
    if not _ends_in_fixed_text(template):
        # Otherwise anyone who may name a machine could choose the host.
        return [
            (
                "health_check.url: its host must end in text of its own, "
                "such as https://{name}.shop.example.com/health"
            )
        ]
    return []


def _ends_in_fixed_text(template: str) -> bool:
    authority = template.split("/")[2]
    _, placeholder, suffix = authority.rpartition("}")
    return not placeholder or bool(re.match(r"\.[^:]", suffix))


def _filled_in(template: str, machine: Machine) -> str:
    """Values are quoted, so that none of them reaches out of its place.

    In a host a quoted one is refused when it is asked.
    """
    address = address_of(machine.id)
    values = {
        "name": address.name,
        "resource_group": address.resource_group,
        "subscription": address.subscription,
        "location": machine.location,
    }
    return _PLACEHOLDER.sub(lambda found: quote(values[found[1]], safe=""), template)


def _is_range(text: str) -> bool:
    match = _RANGE.fullmatch(text)
    return match is not None and (match[2] is None or match[1] <= match[2])


def _range(text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    return int(first), int(last or first)
