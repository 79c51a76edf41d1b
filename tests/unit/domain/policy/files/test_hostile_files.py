"""Policy files that are broken, hostile or from another editor: a clear answer, and a quick one."""

import pytest

from shared.domain.policy.files.document import PolicyFile
from shared.domain.policy.files.yaml_text import MOST_VALUES
from tests.unit.domain.policy.files.samples import PLATFORM, loaded, owner, platform, refused

_BOMB = "a: &a [x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(20)
)


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + PLATFORM,
        PLATFORM.replace("\n", "\r\n"),
        "\ufeff" + PLATFORM.replace("\n", "\r"),
    ],
)
def test_the_marks_of_an_editor_change_neither_the_rules_nor_the_version(text: str) -> None:
    there, plain = loaded(platform(text)), loaded(platform())

    assert there.version == plain.version
    assert {name: each.policy for name, each in there.rule_sets.items()} == {
        name: each.policy for name, each in plain.rule_sets.items()
    }


@pytest.mark.parametrize(
    "text", ["---\n" + PLATFORM + "...\n", "%YAML 1.1\n---\n" + PLATFORM, "# note\n" + PLATFORM]
)
def test_one_document_with_its_marks_is_read_and_22_00_stays_a_time(text: str) -> None:
    rules = loaded(platform(text)).rule_sets[""].policy

    assert rules == loaded(platform()).rule_sets[""].policy


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "forestall.yaml:1:1: is empty. Write at least version: 1."),
        ("  \n# only a comment\n", "is empty. Write at least version: 1."),
        ("---\n", "is empty. Write keys with values below it."),
        ("null", "is empty. Write keys with values below it."),
        ("[1, 2]", "is a list. Write keys with values below it."),
        ("hello", "is hello. Write keys with values below it."),
        (PLATFORM + "---\n" + PLATFORM, "forestall.yaml:7:1: starts a second document."),
        (PLATFORM + "---\n", "forestall.yaml:7:1: starts a second document."),
        (PLATFORM + "\x00", "is not YAML"),
        (PLATFORM.replace("  limits", "\tlimits"), "forestall.yaml:6:1: is not YAML"),
        ("x: \ud800", "has half of a character at 3. Save it as UTF-8."),
        ("x: \x1b[2J", "is not YAML"),
        (_BOMB, "`*a` is an alias, and aliases are not read"),
        ("a: &a [*a]", "`*a` is an alias, and aliases are not read"),
        ("version: 1\nx: " + "[" * 5_000, "is nested more than 20 deep"),
        ("x: [" + "a," * MOST_VALUES + "]", "is value 20,001 of the file. Split it"),
        ("version: true", "`version` is true. Write 1, without quotes."),
        ("version: 1.0", "`version` is 1.0. Write 1, without quotes."),
        ('version: "1"', '`version` is "1". Write 1, without quotes.'),
        ("version: 0x1", "`version` is 0x1. Write 1"),
        ("version: 2", "`version` is 2. Write 1"),
        (f"version: {'9' * 5_000}", "Write 1"),
        ("version: 1\nversion: 1", "forestall.yaml:2:1: `version` is there twice"),
        ("version: 1\n'version': 1", "forestall.yaml:2:1: `version` is there twice"),
        ("version: 1\nVersion: 1", "Did you mean `version`?"),
        ("version: 1\ndefualts: {}", "Did you mean `defaults`?"),
        ("version: 1\ndefaults: { limits: { slot: 1 } }", "Did you mean `limits.slots`?"),
        ("version: 1\ndefaults: []", "`defaults` is a list. Write keys with values below it."),
        ("version: 1\ndefaults:", "`defaults` is empty. Write keys with values below it."),
        ("version: 1\ngroups:", "`groups` is empty."),
        ("version: 1\ngroups: []", "`groups` is an empty list."),
        ("version: 1\ntime_zone: [UTC]", "`time_zone` is a list. Write a text."),
        ("version: 1\ntime_zone: ../../etc/passwd", "Unknown time zone"),
        ('version: 1\ntime_zone: "a\\0b"', "has a line break or a control character"),
        ('version: 1\n"a\\e[2J": 1', "is not a rule"),
    ],
)
def test_a_file_that_is_no_policy_is_refused_with_what_to_write(text: str, said: str) -> None:
    problems = refused(platform(text))

    assert any(said in each for each in problems), problems
    assert all(each.isprintable() for each in problems)


@pytest.mark.parametrize(
    ("slots", "said"),
    [
        ("1.5", "is 1.5. Write"),
        ("'1'", 'is "1". Write'),
        ("true", "is true. Write"),
        (".nan", "is .nan. Write"),
        ("[1]", "is a list. Write"),
        ("{ a: 1 }", "is a group of keys. Write"),
        ("9" * 30, "Write"),
        ("-1", "limits.slots must be at least 1"),
        ("99999", "write 1000 or less"),
    ],
)
def test_a_value_of_another_type_or_size_is_refused_at_its_own_line(slots: str, said: str) -> None:
    (problem,) = refused(
        platform(f"version: 1\ndefaults:\n  limits:\n    slots: {slots}\n"),
    )[-1:]

    assert problem.startswith("forestall.yaml:4:12: "), problem
    assert said in problem


def test_groups_of_one_name_in_other_letters_are_refused() -> None:
    problems = refused(platform(), owner("    do: leave-alone\n"), _second("CRM"))

    assert any("`CRM` is a group of" in each for each in problems), problems


def _second(name: str) -> PolicyFile:
    return PolicyFile("groups/second.yaml", owner("    do: leave-alone\n", name).text)
