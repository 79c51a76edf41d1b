"""Where a sentence ends, and how many words it has."""

import pytest

from toolchain.prose.sentences import length, sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It waits. Then it asks.", ["It waits.", "Then it asks."]),
        ("One thought; another one: a third.", ["One thought; another one: a third."]),
        ("Is it done? Yes! Good.", ["Is it done?", "Yes!", "Good."]),
        ('He said "stop." Then it stopped.', ['He said "stop."', "Then it stopped."]),
        ("(It waits.) It asks.", ["(It waits.)", "It asks."]),
        ("It ends with a name. azure-core is one.", ["It ends with a name.", "azure-core is one."]),
        (
            "Use one, e.g. a lock, i.e. a lease, cf. no. 5.",
            ["Use one, e.g. a lock, i.e. a lease, cf. no. 5."],
        ),
        ("It needs 3.13 or 0.5 s of time.", ["It needs 3.13 or 0.5 s of time."]),
        ("busy: ... others wait longer", ["busy: ... others wait longer"]),
        ("no full stop", ["no full stop"]),
        ("", []),
    ],
)
def test_a_full_stop_ends_a_sentence_and_a_semicolon_does_not(
    text: str, expected: list[str]
) -> None:
    assert list(sentences(text)) == expected


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("It waits for a lock.", 5),
        ("Call `code` - then wait.", 4),
        ("a well-known self-service phase", 4),
        ("10,000 seeds in 218 s (45.8 a second)", 8),
        ("— … ;", 0),
        ("Straße über München", 3),
    ],
)
def test_a_word_has_a_letter_or_a_digit(sentence: str, words: int) -> None:
    assert length(sentence) == words
