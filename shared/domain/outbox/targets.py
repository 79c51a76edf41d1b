"""A target: a Teams workflow, a Slack webhook, or a webhook that takes CloudEvents. Pure.

Sources of the address rules: Teams workflows end in `.logic.azure.com` or
`.environment.api.powerplatform.com`. The connectors of `webhook.office.com` were retired.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from shared.domain.health.allowed_targets import Target as Address
from shared.domain.health.allowed_targets import read_target
from shared.domain.outbox.events import OutboxEvent
from shared.domain.outbox.news import digest
from shared.domain.outbox.quiet_hours import QuietHours
from shared.domain.urls import is_secure

TEAMS_HOSTS = ("logic.azure.com", "environment.api.powerplatform.com")
SLACK_HOSTS = ("hooks.slack.com", "hooks.slack-gov.com")
_RETIRED = ("webhook.office.com", "outlook.office.com")


class TargetKind(StrEnum):
    """In which form a target takes messages."""

    TEAMS = "teams"
    SLACK = "slack"
    WEBHOOK = "webhook"

    @property
    def drops_duplicates(self) -> bool:
        """Whether the receiver knows a repeated message by its id."""
        return self is TargetKind.WEBHOOK


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideTarget:
    """Where messages go, and which."""

    name: str
    kind: TargetKind
    #: the whole address is a secret: anyone who has it can post
    url: str = field(repr=False)
    #: of Standard Webhooks; empty: the webhook's messages are not signed
    signing_key: bytes = field(default=b"", repr=False)
    events: frozenset[OutboxEvent] = frozenset(OutboxEvent)
    quiet: QuietHours | None = None

    @property
    def fingerprint(self) -> str:
        """Changes with address and kind: a target with new settings is tried immediately."""
        return digest(self.kind, self.url)[:16]


def problem_of_address(
    kind: TargetKind, url: str, teams_hosts: tuple[str, ...] = TEAMS_HOSTS
) -> str | None:
    """What is wrong with the address of a target, without showing it; None if nothing is."""
    found = read_target(url)
    if not isinstance(found, Address) or not is_secure(url) or not url.startswith("https://"):
        return "it must be an address that begins with https://."
    if any(_is_at(found.host, each) for each in _RETIRED):
        return (
            "it is the address of an Office 365 connector, and these are retired. In Teams, make a"
            " workflow that posts to a channel when a webhook request is received, and take its"
            " address."
        )
    if kind is TargetKind.TEAMS and not any(_is_at(found.host, each) for each in teams_hosts):
        return f"its host must end in {' or '.join(f'.{each}' for each in teams_hosts)}."
    if kind is TargetKind.SLACK and found.host not in SLACK_HOSTS:
        return f"its host must be {' or '.join(SLACK_HOSTS)}."
    return None


def _is_at(host: str, domain: str) -> bool:
    return host == domain or host.endswith(f".{domain}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """The targets of the installation, and what every message shows."""

    targets: tuple[OutsideTarget, ...] = ()
    #: the name of the installation, without spaces
    installation: str = "forestall"
    #: the page that messages link; empty: no link
    link: str = ""
    #: in which times are shown
    zone: str = "UTC"

    def named(self, name: str) -> OutsideTarget | None:
        """The target with this name."""
        return next((each for each in self.targets if each.name == name), None)
