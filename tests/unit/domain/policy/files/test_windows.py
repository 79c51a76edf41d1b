"""Windows and blackouts as policy files write them, and what is refused with its line."""

import pytest

from shared.domain.policy.files.layers import NO_GROUP
from tests.unit.domain.calendar.instants import open_in, utc
from tests.unit.domain.policy.files.samples import defaults, loaded, platform, refused


def opens(window: str, first: str = "2026-12-01", last: str = "2026-12-15") -> list[str]:
    policy = loaded(defaults(f"  windows: [{window}]\n  timing: {{ expected_duration: 1m }}\n"))
    return open_in(policy.rule_sets[NO_GROUP].policy.change_windows, first, last)


@pytest.mark.parametrize(
    ("window", "first"),
    [
        # C01: 24:00 is the end of the day, as 00:00 is
        (
            "{ weekly: [sat], from: 22:00, to: 24:00 }",
            ["2026-12-05 21:00Z to 2026-12-05 23:00Z", "2026-12-12 21:00Z to 2026-12-12 23:00Z"],
        ),
        (
            "{ weekly: sat, from: 22:00, to: 00:00 }",
            ["2026-12-05 21:00Z to 2026-12-05 23:00Z", "2026-12-12 21:00Z to 2026-12-12 23:00Z"],
        ),
        # C03: days without hours
        (
            "{ weekly: [sat] }",
            ["2026-12-04 23:00Z to 2026-12-05 23:00Z", "2026-12-11 23:00Z to 2026-12-12 23:00Z"],
        ),
        # C05: over the end of the week
        (
            "{ weekly: [sat-mon], from: 01:00, to: 05:00 }",
            [
                f"2026-12-{day:02} 00:00Z to 2026-12-{day:02} 04:00Z"
                for day in (5, 6, 7, 12, 13, 14)
            ],
        ),
        (
            "{ monthly: second tue, from: 20:00, to: 23:00 }",
            ["2026-12-08 19:00Z to 2026-12-08 22:00Z"],
        ),
        (
            "{ monthly: first tue, after: 3, from: 20:00, to: 23:00 }",
            ["2026-12-04 19:00Z to 2026-12-04 22:00Z"],
        ),
        (
            "{ monthly: [3, 5], from: 20:00, to: 23:00 }",
            ["2026-12-03 19:00Z to 2026-12-03 22:00Z", "2026-12-05 19:00Z to 2026-12-05 22:00Z"],
        ),
        (
            "{ once: 2026-12-09, from: 08:00, to: 18:00 }",
            ["2026-12-09 07:00Z to 2026-12-09 17:00Z"],
        ),
        (
            "{ from: 2026-12-09 08:00, to: 2026-12-11 18:00 }",
            ["2026-12-09 07:00Z to 2026-12-11 17:00Z"],
        ),
    ],
)
def test_a_window_opens_as_it_is_written(window: str, first: list[str]) -> None:
    assert opens(window) == first


def test_the_last_day_of_a_month() -> None:
    window = "{ monthly: last day, from: 20:00, to: 23:00 }"

    assert opens(window, "2027-02-01", "2027-03-01") == ["2027-02-28 19:00Z to 2027-02-28 22:00Z"]


@pytest.mark.parametrize(
    ("window", "said"),
    [
        (
            "{ weekly: [sat], from: 24:00, to: 05:00 }",
            "forestall.yaml:4:36: `defaults.windows[0].from`",
        ),
        ("{ weekly: [sat], from: 22:00 }", "`defaults.windows[0].to` is missing"),
        ("{ weekly: [samstag] }", "is samstag. Write days such as mon, [sat, sun] or mon-fri"),
        ("{ weekly: [sat-sunday] }", "Write days such as mon"),
        ("{ weekly: [] }", "`defaults.windows[0].weekly` is an empty list"),
        ("{ weekly: }", "`defaults.windows[0].weekly` is empty"),
        ("{ weekly: sat, monthly: 3 }", "has weekly and monthly. Write one item for each"),
        ("{ weekly: sat, after: 3 }", "`defaults.windows[0].after` is not a rule"),
        ("{ weekly: sat, name: night }", "`defaults.windows[0].name` is not a rule"),
        ("{ weekly: sat, form: 22:00 }", "Did you mean `defaults.windows[0].from`?"),
        ("{ monthly: sixth tue }", "Write second tue, last sun, 15 or last day"),
        ("{ monthly: 32 }", "is not possible: a month has days 1 to 31"),
        ("{ monthly: second tue, after: 29 }", "at most 28 days before or after"),
        ("{ once: 2026-02-30 }", "Write a date such as 2026-12-23"),
        ("{ from: 2026-12-09 08:00 }", "`defaults.windows[0].to` is missing"),
        ("{ from: 2026-12-09 08:00, to: 2026-12-08 08:00 }", "a range must end after it starts"),
        ("{ from: 22:00, to: 06:00 }", "Write a date and a time such as 2026-12-23 18:00"),
        ("{}", "has no time. Write one of weekly, monthly, once, holidays, or from and to"),
        ("sat", "`defaults.windows[0]` is sat. Write keys with values below it"),
        ("{ holidays: { country: DE, subdivision: BER } }", "DE has no subdivision 'BER'"),
        ("{ holidays: { subdivision: BE } }", "`defaults.windows[0].holidays.country` is missing"),
        ("{ holidays: { country: DE, eve: yes } }", "is yes. Write true or false"),
    ],
)
def test_a_window_that_is_not_understood_is_refused_with_its_line(window: str, said: str) -> None:
    problems = refused(defaults(f"  windows: [{window}]\n"))

    assert any(said in each for each in problems), problems


@pytest.mark.parametrize("windows", ["[]", "", "~"])
def test_c70_an_empty_list_of_windows_is_refused(windows: str) -> None:
    problems = refused(defaults(f"  windows: {windows}\n"))

    assert any("Write `do: leave-alone` to forbid every moment" in each for each in problems)


def test_blackouts_hold_against_every_window_and_have_names() -> None:
    policy = loaded(
        platform(
            "version: 1\ntime_zone: Europe/Berlin\nblackouts:\n"
            "  - { name: year-end close, from: 2026-12-23 18:00, to: 2027-01-02 06:00 }\n"
            "  - { name: public holidays, holidays: { country: DE, subdivision: BE, eve: true } }\n"
            "  - { weekly: fri }\n"
        )
    )
    calendar = policy.rule_sets[NO_GROUP].policy.change_windows

    assert calendar.why_closed(utc("2026-12-28 12:00")) == "in the blackout year-end close"
    assert calendar.why_closed(utc("2027-03-07 12:00")) == "in the blackout public holidays"
    assert calendar.why_closed(utc("2026-12-04 12:00")) == "in the blackout blackout"
    assert calendar.why_closed(utc("2026-12-03 12:00")) is None


@pytest.mark.parametrize("key", ["windows", "blackouts"])
@pytest.mark.parametrize("more", ["", "name: freeze, ", "weekly: sat, "])
def test_a_calendar_file_is_refused_with_what_to_write(key: str, more: str) -> None:
    rules = f"  {key}: [{{ {more}calendar: https://example.com/freeze.ics }}]\n"

    assert any("is not read by this release" in each for each in refused(defaults(rules)))
