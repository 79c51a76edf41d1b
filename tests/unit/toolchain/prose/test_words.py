"""The list of words: every entry finds its own example, and nothing that it should leave alone."""

from pathlib import Path

import pytest

from toolchain.prose import words
from toolchain.prose.words import Word, WordList, WordListError

LIST = words.load()
EXCEPTED = [(word, text) for word in LIST.words for text in word.excepted]


def by(text: str) -> list[Word]:
    return [word for _, word in LIST.found(text)]


@pytest.mark.parametrize("word", LIST.words, ids=lambda word: word.example)
def test_an_entry_finds_its_example(word: Word) -> None:
    assert word in by(word.example)


@pytest.mark.parametrize(
    ("word", "text"), EXCEPTED, ids=lambda value: value if isinstance(value, str) else ""
)
def test_an_entry_does_not_find_what_it_excepts(word: Word, text: str) -> None:
    assert word not in by(text)


@pytest.mark.parametrize("word", LIST.words, ids=lambda word: word.use)
def test_no_replacement_has_a_listed_word(word: Word) -> None:
    assert by(word.use) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Whoever asks", ["whoever"]),
        ("WHOEVER asks, anew", ["whoever", "anew"]),
        ("one row a record", ["one row a record"]),
        ("in-house, and next-door", []),
        ("a household of doorways", []),
        ("", []),
    ],
)
def test_whole_words_are_found_in_any_case(text: str, found: list[str]) -> None:
    assert [what for what, _ in LIST.found(text)] == found


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ("find = '(a)'", "write (?:...) in place of (...)"),
        ("find = 'A'", "write it in lower case, or say case = true"),
        ("find = 'a('", "no regular expression"),
        ("find = 'a'\nmore = 1", "unknown field `more`"),
        ("find = [1]", "Expected `str`"),
        ("find = ", "Invalid value"),
    ],
)
def test_a_wrong_list_is_refused_with_the_reason(tmp_path: Path, entry: str, fault: str) -> None:
    file = tmp_path / "words.toml"
    rest = 'use = "b"\nwhy = "wordy"\nexample = "a"'
    file.write_text(f'[why]\nwordy = "too long"\n[[word]]\n{entry}\n{rest}\n', encoding="utf-8")
    with pytest.raises(WordListError) as caught:
        words.load(file)
    assert str(caught.value).startswith("words.toml: ")
    assert fault in str(caught.value)


def test_an_unknown_reason_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "words.toml"
    file.write_text(
        '[why]\nwordy = "x"\n[[word]]\nfind = "a"\nuse = "b"\nwhy = "odd"\nexample = "a"\n',
        encoding="utf-8",
    )
    with pytest.raises(WordListError, match="why must be one of wordy, not 'odd'"):
        words.load(file)


def test_a_line_break_in_a_pattern_does_not_count() -> None:
    word = Word(find="\n    ab\n    |cd", use="x", why="y", example="ab")
    assert [what for what, _ in WordList([word], {"y": ""}).found("ab cd")] == ["ab", "cd"]


def test_the_digest_changes_with_a_pattern_and_not_with_their_order() -> None:
    one, two = (Word(find=each, use="x", why="y", example="") for each in ("ab", "cd"))
    assert WordList([one, two], {}).digest == WordList([two, one], {}).digest
    assert WordList([one], {}).digest != WordList([two], {}).digest
