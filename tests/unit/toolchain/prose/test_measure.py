"""What is measured of one file."""

import pytest

from toolchain.prose.files import Source
from toolchain.prose.from_markdown import markdown_prose
from toolchain.prose.from_python import python_prose
from toolchain.prose.measure import Measure, Measured, measure
from toolchain.prose.words import Word, WordList

WORDS = WordList(
    [Word(find="whoever", use="anyone who", why="old", example="whoever")], {"old": "is old"}
)
MANY = "word " * 36


def of_page(text: str) -> Measured:
    return measure(Source(path="a.md", text=text, prose=markdown_prose(text)), WORDS)


def of_python(text: str, *, may_have_long_lines: bool = False) -> Measured:
    source = Source(
        path="a.py",
        text=text,
        prose=python_prose(text, messages=True),
        may_have_long_lines=may_have_long_lines,
    )
    return measure(source, WORDS)


def long_lines(measured: Measured) -> list[int]:
    return [each.line for each in measured.findings if each.measure is Measure.LONG_LINES]


def test_sentences_over_35_words_are_findings_and_the_median_and_longest_are_values() -> None:
    measured = of_page(f"# Whoever\n\nOne two. Three four five.\n\n{MANY.replace(' ', chr(10))}\n")
    assert measured.lengths == [2, 3, 36]
    assert measured.values[Measure.MEDIAN] == 3
    assert measured.values[Measure.LONGEST] == 36
    assert measured.values[Measure.LONG_SENTENCES] == 1
    assert measured.values[Measure.LISTED_WORDS] == 1
    assert [(each.measure, each.line) for each in measured.findings] == [
        (Measure.LISTED_WORDS, 1),
        (Measure.LONG_SENTENCES, 5),
    ]


def test_a_sentence_of_35_words_is_none() -> None:
    assert of_page(("word " * 35).replace(" ", "\n")).findings == []


def test_a_file_without_prose_meets_every_goal() -> None:
    assert of_python("x = 1\n").values == dict.fromkeys(Measure, 0)


def test_cells_of_a_table_are_searched_for_words_and_are_no_sentences() -> None:
    measured = of_page(f"| whoever | b |\n| --- | --- |\n| {MANY} | x |\n")
    assert measured.lengths == []
    assert [each.measure for each in measured.findings] == [Measure.LISTED_WORDS]


@pytest.mark.parametrize(
    ("line", "is_long"),
    [
        ("a" * 50 + " " + "b" * 49, False),
        ("a" * 50 + " " + "b" * 50, True),
        ("* see https://example.com/" + "a" * 100, True),
        ("a" * 101, True),
    ],
)
def test_a_line_over_100_characters_is_long(line: str, *, is_long: bool) -> None:
    assert long_lines(of_page(f"first\n\n{line}\n")) == ([3] if is_long else [])


def test_rows_of_a_table_are_not_long() -> None:
    assert long_lines(of_page(f"| a | b |\n| --- | --- |\n| {'x ' * 60} | y |\n")) == []


LONG_CODE = f"value = call({'a, ' * 29}bb)"


def test_text_and_code_have_the_same_limit() -> None:
    source = f'"""{"a " * 52}b"""\n\n# {"c " * 52}\n{LONG_CODE}\nx = 1  # {"d " * 48}\n'
    assert len(LONG_CODE) == 103
    assert long_lines(of_python(source)) == [1, 3, 4, 5]
    assert long_lines(of_python(source, may_have_long_lines=True)) == []


@pytest.mark.parametrize(
    "pragma", ["  # noqa: S105 - fixed", "  # type: ignore[misc]", "  # pragma: no cover"]
)
def test_a_pragma_counts(pragma: str) -> None:
    assert long_lines(of_python(f"x = [{'1, ' * 30}]{pragma}\n")) == [1]
