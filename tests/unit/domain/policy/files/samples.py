"""Policy files for tests, and what is said of them."""

from datetime import UTC, datetime

from shared.domain.policy.files.document import PolicyFile
from shared.domain.policy.files.layers import LayeredPolicy
from shared.domain.policy.files.load import Refused, load_policy

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)

PLATFORM = """\
version: 1
time_zone: Europe/Berlin
defaults:
  windows:
    - { weekly: [sat, sun], from: 22:00, to: 06:00 }
  limits: { slots: 1, cool_down: 30m }
"""


def platform(text: str = PLATFORM) -> PolicyFile:
    return PolicyFile("forestall.yaml", text, is_platform=True)


def defaults(rules: str) -> PolicyFile:
    """A platform file with these rules, written in lines or in braces."""
    return platform(f"version: 1\ntime_zone: Europe/Berlin\ndefaults:\n{rules}")


def owner(rules: str, name: str = "crm", match: str = "{ tag: { app: crm } }") -> PolicyFile:
    """An owner's file with one group; the rules are indented by four."""
    head = f"version: 1\ntime_zone: Europe/Berlin\ngroups:\n  - name: {name}\n    match: {match}\n"
    return PolicyFile(f"groups/{name}.yaml", head + rules)


def loaded(*files: PolicyFile) -> LayeredPolicy:
    """The policy of these files; the test fails if they are refused."""
    found = load_policy(files, NOW)
    assert isinstance(found, LayeredPolicy), str(found)
    return found


def refused(*files: PolicyFile) -> list[str]:
    """Why these files are refused, one text for each problem."""
    found = load_policy(files, NOW)
    assert isinstance(found, Refused), "the files were accepted"
    return [str(each) for each in found.problems]
