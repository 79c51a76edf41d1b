"""The listed words of words.toml, and where a text has one."""

import hashlib
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

FILE = Path(__file__).with_name("words.toml")

# Behind an apostrophe or a hyphen no word begins.
_BEGIN, _END = r"\b(?<!['\u2019-])", r"(?!\w)"


class WordListError(Exception):
    """words.toml cannot be used; the message says where and why."""


class Word(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"excepted": "not"}):
    """One entry of the list; words.toml describes the fields."""

    find: str | tuple[str, ...]
    use: str
    why: str
    example: str
    case: bool = False
    excepted: tuple[str, ...] = ()

    @property
    def pattern(self) -> str:
        """Everything that it finds, as one regular expression."""
        find = self.find if isinstance(self.find, str) else "|".join(self.find)
        return re.sub(r"^ +|\n", "", find, flags=re.MULTILINE)


class _Document(msgspec.Struct, forbid_unknown_fields=True):
    why: dict[str, str]
    word: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class WordList:
    """All entries of the list."""

    words: Sequence[Word]
    reasons: dict[str, str]
    _searches: Sequence["_Search"] = field(init=False)

    def __post_init__(self) -> None:
        both = [
            _Search.of([each for each in self.words if each.case is case]) for case in (False, True)
        ]
        object.__setattr__(self, "_searches", both)

    @property
    def digest(self) -> str:
        """Twelve digits that change when any pattern does."""
        patterns = "\n".join(sorted(word.pattern for word in self.words))
        return hashlib.sha256(patterns.encode()).hexdigest()[:12]

    def found(self, text: str) -> Iterator[tuple[str, Word]]:
        """Each listed word in the text, as found, and its entry. `text` is one line."""
        for search, searched in zip(self._searches, (text.lower(), text), strict=True):
            yield from search.found(searched)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Search:
    """One pattern for all entries, without a group for each: groups make it three times as slow."""

    any: re.Pattern[str]
    each: Sequence[tuple[Word, re.Pattern[str]]]

    @classmethod
    def of(cls, words: Sequence[Word]) -> "_Search":
        return cls(
            any=_pattern("|".join(word.pattern for word in words) or "(?!)"),
            each=[(word, _pattern(word.pattern)) for word in words],
        )

    def found(self, text: str) -> Iterator[tuple[str, Word]]:
        for hit in self.any.finditer(text):
            yield (
                hit[0],
                next(word for word, pattern in self.each if pattern.match(text, hit.start())),
            )


def _pattern(find: str) -> re.Pattern[str]:
    return re.compile(f"{_BEGIN}(?:{find}){_END}")


def load(file: Path = FILE) -> WordList:
    """The list; raises WordListError."""
    try:
        document = msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), _Document)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as fault:
        raise WordListError(f"{file.name}: {fault}") from fault
    for word in document.word:
        if wrong := _what_is_wrong(word, document.why):
            raise WordListError(f"{file.name}: find = '{word.pattern}': {wrong}")
    return WordList(document.word, document.why)


def _what_is_wrong(word: Word, reasons: dict[str, str]) -> str | None:
    try:
        pattern = re.compile(word.pattern)
    except re.error as error:
        return f"no regular expression: {error}"
    if pattern.groups:
        return "write (?:...) in place of (...)"
    if not word.case and word.pattern != _lowered(word.pattern):
        return "write it in lower case, or say case = true"
    if word.why not in reasons:
        return f"why must be one of {', '.join(reasons)}, not '{word.why}'"
    return None


def _lowered(pattern: str) -> str:
    """In lower case, except for escapes: a capital changes their meaning."""
    return re.sub(
        r"(\\.)|(.)", lambda found: found[1] or found[2].lower(), pattern, flags=re.DOTALL
    )
