"""The rules of a long run: policy files with groups, and the same rules as the judge reads them.

Both are made from one draw, and the judge's reading uses no code of the app.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

from shared.domain.policy.files.document import PolicyFile
from tests.support.fleets import HOUR, MINUTE

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
#: the tag by which groups of the policy claim machines
TEAM = "team"
TEAMS = ("a", "b", "c")


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A change window that comes back each week. Hours of the day in UTC, 0 to 24.

    An end that is not after its start is on the next day.
    """

    days: tuple[int, ...]
    start: int
    end: int

    def closes(self, at: datetime) -> datetime | None:
        """When the window closes that is open at an instant; None: it is not open then."""
        midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
        length = timedelta(hours=(self.end - self.start - 1) % 24 + 1)
        for day in (midnight - timedelta(days=1), midnight):
            opens = day + timedelta(hours=self.start)
            if day.weekday() in self.days and opens <= at < opens + length:
                return opens + length
        return None

    @property
    def text(self) -> str:
        """As a policy file writes it."""
        days = ", ".join(_DAYS[each] for each in self.days)
        return f"{{ weekly: [{days}], from: {self.start:02}:00, to: {self.end:02}:00 }}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRules:
    """The rules of one group that the judge holds against each call."""

    #: None: every moment is allowed
    windows: tuple[Window, ...] | None = None
    cool_down: timedelta = 30 * MINUTE
    spacing: timedelta = timedelta(0)
    bake_time: timedelta = 5 * MINUTE
    slots: int = 1
    leave_alone: bool = False

    def allows(self, start: datetime, duration: timedelta) -> bool:
        """Whether a redeploy may start at an instant and fits into a window."""
        if self.windows is None:
            return True
        closes = [each.closes(start) for each in self.windows]
        return any(each is not None and start + duration <= each for each in closes)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleVersion:
    """One version of the policy."""

    platform: OwnRules = field(default_factory=OwnRules)
    groups: Mapping[str, OwnRules] = field(default_factory=dict)
    platform_text: str = "version: 1\n"

    def rules_of(self, team: str | None) -> OwnRules:
        """The rules of a machine with this tag."""
        return self.groups.get(team or "", self.platform)

    @property
    def files(self) -> tuple[PolicyFile, ...]:
        """The version as it is published."""
        owners = [
            PolicyFile(f"{name}.yaml", _group_text(name, rules), is_platform=False)
            for name, rules in self.groups.items()
        ]
        return (PolicyFile("forestall.yaml", self.platform_text, is_platform=True), *owners)


class RuleBook:
    """Every version that was published, and which of them may be in force."""

    def __init__(self, first: RuleVersion, at: datetime) -> None:
        self._versions: list[tuple[datetime, RuleVersion]] = [(at, first)]

    @property
    def newest(self) -> RuleVersion:
        """The version that was published last."""
        return self._versions[-1][1]

    def publish(self, version: RuleVersion, at: datetime) -> None:
        """A new version, now."""
        self._versions.append((at, version))

    def between(self, team: str | None, since: datetime, until: datetime) -> Sequence[OwnRules]:
        """The rules of a team in every version that was the newest in this time."""
        found = []
        ends = [at for at, _ in self._versions[1:]]
        for (begins, version), ended in zip(self._versions, [*ends, None], strict=True):
            if begins <= until and (ended is None or ended >= since):
                found.append(version.rules_of(team))
        return found


def draw_first_version(random: Random) -> RuleVersion:
    """The rules that are in force first: the platform's, and those of some owners."""
    night = random.random() < 0.3
    windows = (Window(days=tuple(range(7)), start=20, end=6),) if night else None
    cool_down = random.choice((10, 30, 30, 60)) * MINUTE
    slots = random.choice((1, 1, 2))
    platform = OwnRules(windows=windows, cool_down=cool_down, slots=slots)
    lines = ["version: 1", "time_zone: UTC", "defaults:"]
    if windows is not None:
        lines.append(f"  windows: [{', '.join(each.text for each in windows)}]")
    lines.append(f"  limits: {{ slots: {slots}, cool_down: {_minutes(cool_down)} }}")
    version = RuleVersion(platform=platform, platform_text="\n".join(lines) + "\n")
    for team in TEAMS[: random.choice((2, 3))]:
        version = redraw_group(random, version, team)
    return version


def redraw_group(random: Random, version: RuleVersion, team: str) -> RuleVersion:
    """The version with other rules of one group. They only narrow those of the platform."""
    rules = replace(
        version.platform,
        windows=_draw_windows(random, version.platform),
        cool_down=version.platform.cool_down * random.choice((1, 1, 2)),
        spacing=random.choice((0, 5, 45)) * MINUTE,
        bake_time=random.choice((5, 5, 20)) * MINUTE,
        slots=min(version.platform.slots, random.choice((1, 2))),
        leave_alone=random.random() < 0.08,
    )
    return replace(version, groups={**version.groups, team: rules})


def _draw_windows(random: Random, platform: OwnRules) -> tuple[Window, ...] | None:
    if random.random() < 0.4:
        return platform.windows
    start, end = random.choice(((20, 6), (22, 4), (0, 5)))
    days = random.choice(((5, 6), (0, 1, 2, 3, 4), (1, 3), tuple(range(7)), (6,)))
    return (Window(days=days, start=start, end=end),)


def _group_text(name: str, rules: OwnRules) -> str:
    lines = [
        "version: 1",
        "time_zone: UTC",
        "groups:",
        f"  - name: {name}",
        f"    owner: {name}@example.com",
        f"    match: {{ tag: {{ {TEAM}: {name} }} }}",
    ]
    if rules.leave_alone:
        lines += ["    do: leave-alone", "    reason: its owner wants it so"]
    else:
        if rules.windows is not None:
            lines.append(f"    windows: [{', '.join(each.text for each in rules.windows)}]")
        limits = (
            f"slots: {rules.slots}, cool_down: {_minutes(rules.cool_down)}, "
            f"spacing: {_minutes(rules.spacing)}"
        )
        lines.append(f"    limits: {{ {limits} }}")
        lines.append(f"    timing: {{ bake_time: {_minutes(rules.bake_time)} }}")
    return "\n".join(lines) + "\n"


def _minutes(duration: timedelta) -> str:
    return f"{duration // MINUTE}m"


#: of the default policy
EXPECTED_DURATION = HOUR / 2
