"""FORESTALL_NOTIFY: targets, secrets by name, and what is said of a mistake."""

import json
from typing import Any

import pytest

from shared.domain.outbox.events import OutboxEvent
from shared.domain.outbox.targets import Outside, TargetKind, problem_of_address
from shared.settings.settings import Settings
from tests.unit.domain.outbox.samples import KEY, TEAMS_URL
from tests.unit.settings.samples import LEAST, names, problems

SLACK_URL = "https://hooks.slack.com/services/T0/B0/secret-part"
SECRETS = {
    "FORESTALL_NOTIFY_SECRET_CRM_WEBHOOK": TEAMS_URL,
    "FORESTALL_NOTIFY_SECRET_SLACK": SLACK_URL,
    "FORESTALL_NOTIFY_SECRET_HOOK_KEY": "whsec_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=",
}


def env(targets: Any, **others: Any) -> dict[str, str]:
    return {**LEAST, **SECRETS, "FORESTALL_NOTIFY": json.dumps({"targets": targets, **others})}


def test_without_the_setting_there_is_no_target() -> None:
    assert Settings.from_env(LEAST).outside == Outside()


def test_every_kind_of_target_is_read() -> None:
    outside = Settings.from_env(
        env(
            {
                "crm-teams": {"teams": {"secret": "crm-webhook"}, "events": ["failed"]},
                "platform": {"slack": {"secret": "slack"}, "quiet_hours": "22:00-07:00"},
                "siem": {
                    "webhook": {
                        "url": "https://siem.example.com/hook",
                        "sign": {"secret": "hook-key"},
                    }
                },
            },
            time_zone="Europe/Berlin",
            installation="forestall-prod",
            link="https://app.example.com/api/v1/ui",
        )
    ).outside
    teams, slack, webhook = outside.targets
    assert (teams.kind, teams.url, teams.events) == (
        TargetKind.TEAMS,
        TEAMS_URL,
        frozenset({OutboxEvent.FAILED}),
    )
    assert (slack.url, slack.events) == (SLACK_URL, frozenset(OutboxEvent))
    assert slack.quiet is not None
    assert slack.quiet.zone == "Europe/Berlin"
    assert (webhook.kind, webhook.signing_key) == (TargetKind.WEBHOOK, KEY)
    assert outside.installation == "forestall-prod"
    assert "sig=" not in repr(outside)
    assert str(KEY) not in repr(outside)


@pytest.mark.parametrize(
    ("targets", "said"),
    [
        ({"T": {"slack": {"secret": "slack"}}}, "is no name"),
        ({"t": []}, "t must be an object"),
        ({"t": {}}, "needs one of teams, slack, webhook"),
        ({"t": {"teams": {}, "slack": {}}}, "needs one of"),
        ({"t": {"slak": {"secret": "slack"}}}, "Did you mean 'slack'"),
        ({"t": {"slack": {"secret": "slack"}, "event": []}}, "Did you mean 'events'"),
        ({"t": {"slack": {"secret": "slack"}, "events": ["fail"]}}, "Did you mean 'failed'"),
        ({"t": {"slack": {"secret": "slack"}, "events": []}}, "must be a list"),
        ({"t": {"slack": {"secret": "slack"}, "quiet_hours": "22-7"}}, "22:00-07:00"),
        ({"t": {"slack": {"url": SLACK_URL}}}, "the whole address is a secret"),
        ({"t": {"slack": {"secret": "gone"}}}, "FORESTALL_NOTIFY_SECRET_GONE: it is not set"),
        ({"t": {"slack": {"secret": "crm-webhook"}}}, "its host must be hooks.slack.com"),
        ({"t": {"teams": {"secret": "slack"}}}, "must end in .logic.azure.com"),
        ({"t": {"slack": {"secret": "A B"}}}, "small letters"),
        ({"t": {"slack": {"secret": "slack", "sign": {"secret": "hook-key"}}}}, "only a webhook"),
        ({"t": {"webhook": {"url": "http://siem.example.com"}}}, "https://"),
        ({"t": {"webhook": {"url": 7}}}, "https://"),
        (
            {"t": {"webhook": {"url": "https://a.example", "sign": {"secret": "slack"}}}},
            "base64",
        ),
        ([], "must be an object"),
    ],
)
def test_a_mistake_is_named_with_what_to_write(targets: Any, said: str) -> None:
    found = problems(env(targets))
    assert any(said in each for each in found), found
    assert "secret-part" not in str(found)
    assert "sig=" not in str(found)


@pytest.mark.parametrize(
    ("others", "said"),
    [
        ({"time_zone": "Berlin"}, "time_zone"),
        ({"installation": "a b"}, "installation"),
        ({"link": "http://x"}, "link"),
        ({"link": "https://x|y"}, "link"),
        ({"teams_hosts": ["*"]}, "teams_hosts"),
        ({"target": {}}, "Did you mean 'targets'"),
    ],
)
def test_a_mistake_beside_the_targets_is_named(others: dict[str, Any], said: str) -> None:
    found = problems(env({}, **others))
    assert any(said in each for each in found), found
    assert names(found) == ["FORESTALL_NOTIFY"]


@pytest.mark.parametrize("text", ["{", "[]", '{"targets": {}, "targets": {}}', "null"])
def test_what_is_no_object_is_named(text: str) -> None:
    assert names(problems({**LEAST, "FORESTALL_NOTIFY": text})) == ["FORESTALL_NOTIFY"]


@pytest.mark.parametrize(
    ("kind", "url", "is_right"),
    [
        (TargetKind.TEAMS, TEAMS_URL, True),
        (TargetKind.TEAMS, "https://ab12.cd.environment.api.powerplatform.com:443/x?sig=A", True),
        (TargetKind.TEAMS, "https://logic.azure.com/x", True),
        (TargetKind.TEAMS, "https://evillogic.azure.com/x", False),
        (TargetKind.TEAMS, "https://logic.azure.com.evil.example/x", False),
        (TargetKind.TEAMS, "https://contoso.webhook.office.com/webhookb2/x", False),
        (TargetKind.SLACK, "https://hooks.slack.com/services/T/B/x", True),
        (TargetKind.SLACK, "https://hooks.slack.com.evil.example/", False),
        (TargetKind.WEBHOOK, "https://outlook.office.com/webhook/x", False),
        (TargetKind.WEBHOOK, "https://user:pw@siem.example.com/", False),
        (TargetKind.WEBHOOK, "https://siem.example.com/#x", False),
        (TargetKind.WEBHOOK, "", False),
    ],
)
def test_an_address_must_fit_its_kind(
    kind: TargetKind,
    url: str,
    is_right: bool,
) -> None:
    problem = problem_of_address(kind, url)
    assert (problem is None) is is_right
    if "office" in url:
        assert "retired" in str(problem)


def test_a_cloud_with_other_hosts_is_a_key_of_the_setting() -> None:
    given = env({"t": {"teams": {"secret": "us"}}}, teams_hosts=["logic.azure.us"])
    given["FORESTALL_NOTIFY_SECRET_US"] = "https://x.logic.azure.us/w"
    assert Settings.from_env(given).outside.targets[0].url == "https://x.logic.azure.us/w"


def test_all_that_is_wrong_with_a_target_is_said_in_one_round() -> None:
    targets = {
        "a": {"slack": {"secret": 5}, "events": ["x", ["y"], {}], "quiet_hours": 5, "foo": 1},
        "b": {"events": [[]], "quiet_hours": "25:00-07:00"},
    }
    found = problems(env(targets, time_zone=None))

    assert [each.split(": ", 1)[1][:40] for each in found] == [
        "time_zone: it must be a text in quotes, ",
        "a.foo is not known. Known are teams, sla",
        "a.events: 'x', \"['y']\", '{}' is no event",
        "a.quiet_hours: '' are no hours. Write a ",
        "a.slack.secret must be a name of small l",
        "b.events: '[]' is no event. Events are f",
        "b.quiet_hours: '25:00-07:00' are no hour",
        "b needs one of teams, slack, webhook.",
    ]


def test_targets_that_are_no_object_hide_no_other_mistake() -> None:
    text = '{"targets": [], "foo": 1, "foo": 2}'
    found = problems({**LEAST, "FORESTALL_NOTIFY": text})

    assert [each.split(": ", 1)[1][:30] for each in found] == [
        "the key 'foo' is there twice. ",
        "foo is not known. Known are in",
        "targets must be an object, as ",
    ]
