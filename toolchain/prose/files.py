"""Which files are measured, and how each kind is read."""

import fnmatch
import tokenize
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

import msgspec

from toolchain.checks.portable import tracked
from toolchain.prose.from_comments import hash_comments, slash_comments
from toolchain.prose.from_markdown import markdown_prose
from toolchain.prose.from_python import python_prose
from toolchain.prose.passages import CODE, Kind, Passage, Prose

FILE = Path(__file__).with_name("exempt.toml")

type Reader = Callable[[str], Prose]

_READERS: Mapping[str, Reader] = {
    ".md": markdown_prose,
    ".sh": hash_comments,
    ".yml": hash_comments,
    ".yaml": hash_comments,
    ".toml": hash_comments,
    ".http": hash_comments,
    ".ini": hash_comments,
    ".in": hash_comments,
    ".txt": hash_comments,
    ".bicep": slash_comments,
    ".bicepparam": slash_comments,
    ".cjs": slash_comments,
}
_BY_NAME: Mapping[str, Reader] = {
    "Makefile": hash_comments,
    "CODEOWNERS": hash_comments,
    ".npmrc": hash_comments,
    ".ci/run": hash_comments,
}
#: strings of tests are inputs and expectations, not messages
_WITHOUT_MESSAGES = "tests/"


class Unreadable(Exception):
    """A file is no text of its kind; the message names it."""


class _Exempted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    path: str
    why: str


class _Quote(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    text: str
    why: str


class Exemptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """exempt.toml."""

    file: tuple[_Exempted, ...] = ()
    long_lines: tuple[_Exempted, ...] = ()
    messages: tuple[_Exempted, ...] = ()
    quote: tuple[_Quote, ...] = ()

    def exempts(self, path: str) -> bool:
        """Whether nothing in the file is measured."""
        return any(fits(path, each.path) for each in self.file)

    def may_have_long_lines(self, path: str) -> bool:
        """Whether lines of the file may be longer than the limit, as they cannot be broken."""
        return any(fits(path, each.path) for each in self.long_lines)

    def says_words_of_others(self, path: str) -> bool:
        """Whether the messages in the file are quotes."""
        return any(fits(path, each.path) for each in self.messages)

    def without_quotes(self, text: str) -> str:
        """The text with each quote as if it were code."""
        for each in self.quote:
            text = text.replace(each.text, CODE)
        return text


def load(file: Path = FILE) -> Exemptions:
    """The exemptions; tomllib.TOMLDecodeError or msgspec.ValidationError if the file is wrong."""
    return load_text(file.read_text(encoding="utf-8"))


def load_text(text: str) -> Exemptions:
    """As `load`, from the text of such a file."""
    return msgspec.convert(tomllib.loads(text), Exemptions)


def fits(path: str, pattern: str) -> bool:
    """Whether a path fits a pattern in which * stands for any part of a path."""
    return fnmatch.fnmatchcase(path, pattern)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A measured file: its path from the root, its text and its prose."""

    path: str
    text: str
    prose: Prose
    may_have_long_lines: bool = False


def sources(root: Path, exemptions: Exemptions, only: Sequence[str] = ()) -> Iterator[Source]:
    """The measured files that git has or would take, in order of path.

    `only` these, if there are any.

    Raises Unreadable.
    """
    for file in sorted(tracked(root)):
        path = file.relative_to(root).as_posix()
        if (
            (not only or path in only)
            and (reader := _reader(path))
            and not exemptions.exempts(path)
        ):
            try:
                text = file.read_text(encoding="utf-8")
                prose = reader(text)
            except (UnicodeDecodeError, SyntaxError, tokenize.TokenError) as fault:
                raise Unreadable(f"{path} cannot be read: {fault}") from fault
            yield Source(
                path=path,
                text=text,
                prose=_without_exempted(path, prose, exemptions),
                may_have_long_lines=exemptions.may_have_long_lines(path),
            )


def _reader(path: str) -> Reader | None:
    if path.endswith(".py"):
        return partial(python_prose, messages=not path.startswith(_WITHOUT_MESSAGES))
    name = PurePosixPath(path)
    return _READERS.get(name.suffix) or _BY_NAME.get(path) or _BY_NAME.get(name.name)


def _without_exempted(path: str, prose: Prose, exemptions: Exemptions) -> Prose:
    are_quotes = exemptions.says_words_of_others(path)
    return Prose(
        passages=[
            Passage(kind=each.kind, line=each.line, text=exemptions.without_quotes(each.text))
            for each in prose.passages
            if not (are_quotes and each.kind is Kind.MESSAGE)
        ],
        table_lines=prose.table_lines,
    )
