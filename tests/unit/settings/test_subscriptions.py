"""Which subscriptions are watched: named ones, all, or all but some."""

import pytest

from shared.settings.settings import Settings
from tests.unit.settings.samples import LEAST, ONE, OTHER, problems

NAME = "FORESTALL_SUBSCRIPTIONS"


@pytest.mark.parametrize(
    ("text", "watched", "excluded"),
    [
        ("*", (), ()),
        (f"*, -{ONE}", (), (ONE.lower(),)),
        (f"-{ONE},*,- {OTHER}", (), (ONE.lower(), OTHER)),
        (f"{ONE},{OTHER}", (ONE.lower(), OTHER), ()),
    ],
)
def test_the_setting_names_them(
    text: str, watched: tuple[str, ...], excluded: tuple[str, ...]
) -> None:
    settings = Settings.from_env({**LEAST, NAME: text})

    assert (settings.subscriptions, settings.excluded_subscriptions) == (watched, excluded)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"-{ONE}", "Write * first"),
        (f"{ONE},-{OTHER}", "Write * first"),
        (f"*,{ONE}", "Write it alone"),
        ("*,-shop", "'-shop' is not the id"),
        ("*,-", "'-' is not the id"),
        ("*,--1", "is not the id"),
        (",", "it is not set"),
    ],
)
def test_what_names_none_is_refused(text: str, said: str) -> None:
    assert any(said in each for each in problems({**LEAST, NAME: text}))
