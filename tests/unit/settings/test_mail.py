"""FORESTALL_MAIL: each part is checked, and each problem says what to do."""

import json
from collections.abc import Mapping

import pytest

from shared.domain.notices.trusted_senders import TrustedSenders
from shared.settings.mail import SERVICES, MailServiceSettings, read_mail
from shared.settings.notices import read_trusted_senders
from shared.settings.reading.reader import Reader
from shared.settings.settings import Settings
from tests.unit.settings.samples import LEAST, names, problems


def read(text: str) -> tuple[dict[str, MailServiceSettings], list[str]]:
    reader = Reader({"FORESTALL_MAIL": text})
    return dict(read_mail(reader)), reader.problems


def test_without_it_each_service_speaks_for_itself() -> None:
    assert read("") == ({}, [])


def test_each_service_has_its_server() -> None:
    text = '{"postmark": {"authserv_id": "MX.Google.com"}, "graph": {}}'

    assert read(text) == (
        {
            "postmark": MailServiceSettings(authserv_id="mx.google.com"),
            "graph": MailServiceSettings(),
        },
        [],
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "{",
            "it is no JSON: Expecting property name enclosed in double quotes at line 1, column 2.",
        ),
        ("[]", "it must be an object such as"),
        ('{"a": NaN}', "NaN is no number in JSON."),
        ("[" * 100_000, "it is nested too deep."),
        ('{"postmark": {}, "postmark": {}}', "the key 'postmark' is there twice."),
        (
            '{"plain": {"authserv_id": "a.b", "authserv_id": "c.d"}}',
            "the key 'authserv_id' is there twice in `plain`.",
        ),
        ('{"postmrk": {}}', "'postmrk' is no mail service. Did you mean 'postmark'?"),
        ('{"x": {}}', "'x' is no mail service. Known are graph, mailgun, plain,"),
        ('{"ses": "mx"}', "ses must be an object such as"),
        ('{"ses": {"authserv-id": "mx"}}', "ses.authserv-id is not known. Write ses.authserv_id"),
        ('{"ses": {"authserv_id": ["mx"]}}', "ses.authserv_id must be the name at the beginning"),
        (
            '{"ses": {"authserv_id": "mx.example.com; dmarc=pass"}}',
            "ses.authserv_id must be the name",
        ),
        ('{"ses": {"authserv_id": ""}}', "ses.authserv_id must be the name at the beginning"),
    ],
)
def test_a_problem_says_what_to_do(text: str, problem: str) -> None:
    _, problems = read(text)

    assert len(problems) == 1
    assert problems[0].startswith(f"FORESTALL_MAIL: {problem}")


def test_all_problems_are_found_in_one_round() -> None:
    _, problems = read('{"x": {}, "ses": 1, "plain": {"y": 1, "authserv_id": 2}}')

    assert len(problems) == 4


SECRET = "a-word-of-sixteen-and-more"
TOPIC = "arn:aws:sns:eu-west-1:111111111111:mails"
ADDRESS = "https://app.azurewebsites.net/api/notices/email/graph?code=KEY"
WHOLE = {
    "senders": ["@Contoso.com", "azure@example.com"],
    "sendgrid": {"public_key": "MFkw"},
    "mailgun": {"secret": "mailgun-2026", "authserv_id": "mx.example.com"},
    "postmark": {"secret": "postmark"},
    "ses": {"topics": [TOPIC]},
    "graph": {
        "secret": "graph",
        "url": "graph-url",
        "mailbox": "maintenance@contoso.com",
        "endpoint": "https://graph.microsoft.us",
    },
    "plain": {"secret": "plain"},
}
SECRETS = {
    "FORESTALL_MAIL_SECRET_MAILGUN_2026": SECRET,
    "FORESTALL_MAIL_SECRET_POSTMARK": f"postmark:{SECRET}",
    "FORESTALL_MAIL_SECRET_GRAPH": SECRET,
    "FORESTALL_MAIL_SECRET_GRAPH_URL": ADDRESS,
    "FORESTALL_MAIL_SECRET_PLAIN": SECRET,
}


def trust(document: object, env: Mapping[str, str]) -> tuple[TrustedSenders, list[str]]:
    reader = Reader({"FORESTALL_MAIL": json.dumps(document), **env})
    return read_trusted_senders(reader), reader.problems


def test_everything_about_mail_can_stand_in_one_setting() -> None:
    assert trust(WHOLE, SECRETS) == (
        TrustedSenders(
            mail_senders=("@contoso.com", "azure@example.com"),
            sendgrid_key="MFkw",
            mailgun_key=SECRET,
            postmark_login=f"postmark:{SECRET}",
            ses_topics=(TOPIC,),
            graph_client_state=SECRET,
            graph_endpoint="https://graph.microsoft.us",
            graph_mailbox="maintenance@contoso.com",
            graph_url=ADDRESS,
            plain_secret=SECRET,
            authserv_ids=dict.fromkeys(SERVICES, "") | {"mailgun": "mx.example.com"},
        ),
        [],
    )


def test_the_setting_of_a_named_secret_is_known_to_the_app() -> None:
    settings = Settings.from_env({**LEAST, "FORESTALL_MAIL": json.dumps(WHOLE), **SECRETS})

    assert settings.unknown == ()
    assert settings.trusted_senders.plain_secret == SECRET


@pytest.mark.parametrize(
    ("document", "env", "problem"),
    [
        ({"senders": "@a.b"}, {}, "FORESTALL_MAIL: senders must be a list of texts"),
        ({"senders": []}, {}, "FORESTALL_MAIL: senders must be a list of texts"),
        ({"senders": ["a.b"]}, {}, "FORESTALL_MAIL: senders: 'a.b' is neither a mail address"),
        ({"sender": ["@a.b"]}, {}, "FORESTALL_MAIL: 'sender' is no mail service. Did you mean"),
        ({"ses": {"topics": TOPIC}}, {}, "FORESTALL_MAIL: ses.topics must be a list of texts"),
        ({"ses": {"topics": ["x"]}}, {}, "FORESTALL_MAIL: ses.topics: 'x' is not the ARN"),
        (
            {"ses": {"topic": [TOPIC]}},
            {},
            "FORESTALL_MAIL: ses.topic is not known. Write ses.topics",
        ),
        ({"ses": {"secret": "x"}}, {}, "FORESTALL_MAIL: ses.secret is not known."),
        (
            {"sendgrid": {"public_key": ""}},
            {},
            "FORESTALL_MAIL: sendgrid.public_key must be a text",
        ),
        ({"plain": {"secret": SECRET * 2}}, {}, "FORESTALL_MAIL: plain.secret must be the name of"),
        ({"plain": {"secret": "A b"}}, {}, "FORESTALL_MAIL: plain.secret must be the name of a se"),
        ({"plain": {"secret": 7}}, {}, "FORESTALL_MAIL: plain.secret must be the name of a secret"),
        (
            {"plain": {"secret": "gone"}},
            {},
            "FORESTALL_MAIL_SECRET_GONE: it is not set, and plain.secret of FORESTALL_MAIL needs",
        ),
        (
            {"plain": {"secret": "a"}},
            {"FORESTALL_MAIL_SECRET_A": "short"},
            "FORESTALL_MAIL_SECRET_A: it must have 16 to 1000 characters, and has 5.",
        ),
        (
            {"postmark": {"secret": "a"}},
            {"FORESTALL_MAIL_SECRET_A": SECRET},
            "FORESTALL_MAIL_SECRET_A: it must be USER:PASSWORD",
        ),
        (
            {"plain": {"secret": "plain"}},
            {**SECRETS, "FORESTALL_MAIL_PLAIN_SECRET": SECRET},
            "FORESTALL_MAIL_SECRET_PLAIN: FORESTALL_MAIL_PLAIN_SECRET is set, too. Keep one",
        ),
        (
            {"senders": ["@a.b"]},
            {"FORESTALL_MAIL_SENDERS": "@c.d"},
            "FORESTALL_MAIL: senders: FORESTALL_MAIL_SENDERS is set, too. Keep one of the two.",
        ),
        (
            {"graph": {"secret": "graph", "mailbox": "a@b.c"}},
            SECRETS,
            "FORESTALL_MAIL_GRAPH_URL: it is not set, and FORESTALL_MAIL_GRAPH_MAILBOX needs it.",
        ),
        (
            {"graph": {"endpoint": "https://graph.example.com"}},
            {},
            "FORESTALL_MAIL: graph.endpoint: 'https://graph.example.com' is",
        ),
    ],
)
def test_each_part_is_checked_and_no_secret_is_shown(
    document: object, env: Mapping[str, str], problem: str
) -> None:
    _, problems = trust(document, env)

    assert len(problems) == 1
    assert problems[0].startswith(problem)
    assert SECRET not in problems[0]


def test_a_reference_that_was_not_resolved_is_named_by_the_secrets_own_setting() -> None:
    reference = "@Microsoft.KeyVault(VaultName=kv;SecretName=plain)"
    found = problems(
        {
            **LEAST,
            "FORESTALL_MAIL": '{"plain": {"secret": "plain"}}',
            "FORESTALL_MAIL_SECRET_PLAIN": reference,
        }
    )

    assert names(found) == ["FORESTALL_MAIL_SECRET_PLAIN"]
    assert "was not resolved" in found[0]


def test_all_that_is_wrong_is_said_in_one_round_beside_keys_that_are_there_twice() -> None:
    text = (
        '{"senders": "x", "senders": [], "foo": {},'
        ' "ses": {"topics": ["a"], "topics": 3}, "plain": {"authserv_id": 5}}'
    )
    found = problems({**LEAST, "FORESTALL_MAIL": text})

    assert [each.split(": ", 1)[1][:45] for each in found] == [
        "the key 'topics' is there twice in `ses`. Kee",
        "the key 'senders' is there twice. Keep one, w",
        "'foo' is no mail service. Known are graph, ma",
        "plain.authserv_id must be the name at the beg",
        "senders must be a list of texts, with one at ",
        "ses.topics must be a list of texts, with one ",
    ]
