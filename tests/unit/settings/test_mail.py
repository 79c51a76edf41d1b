"""FORESTALL_MAIL: each part is checked, and each problem says what to do."""

import pytest

from shared.settings.mail import MailService, read_mail
from shared.settings.reading.reader import Reader


def read(text: str) -> tuple[dict[str, MailService], list[str]]:
    reader = Reader({"FORESTALL_MAIL": text})
    return dict(read_mail(reader)), reader.problems


def test_without_it_each_service_speaks_for_itself() -> None:
    assert read("") == ({}, [])


def test_each_service_has_its_server() -> None:
    text = '{"postmark": {"authserv_id": "MX.Google.com"}, "graph": {}}'

    assert read(text) == (
        {"postmark": MailService(authserv_id="mx.google.com"), "graph": MailService()},
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
            "the key 'authserv_id' is there twice.",
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
