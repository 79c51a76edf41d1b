"""The patches of seeded bugs, on small functions: each changes what it says, or refuses loudly."""

import ast
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from math import floor as rounded_down
from pathlib import Path

import pytest

from shared.domain.lock import operations as locking
from tests.simulation.mutants.mutant import Mutant
from tests.simulation.mutants.patches import (
    Patch,
    PatchOutdated,
    after,
    always,
    before,
    drop,
    instead,
    never,
    only,
    passing,
    returns,
    swap,
    without,
)

# The functions that are broken here.


class Size(Enum):
    SMALL = "small"
    LARGE = "large"


@dataclass(frozen=True, slots=True)
class Box:
    name: str
    width: int
    height: int
    size: Size = Size.SMALL

    @property
    def is_flat(self) -> bool:
        return self.height == 0

    def area(self, factor: int = 1) -> int:
        return factor + 2


@dataclass
class WithoutSlots:
    colour: str = "red"


def note(text: str, *, loud: bool = False) -> None:
    """Stands for something that is done."""


def decided(box: Box, boxes: list[Box]) -> str:
    # A comment, which a broken function loses.
    if box.is_flat:
        note("flat")
        return "flat"
    for each in boxes:
        if each.size is Size.LARGE:
            note(each.name)
    return "wide" if box.width > 3 else box.name


def computed(box: Box, other: Box) -> str:
    total = box.width + box.height
    fits = box == other or (box.size is Size.SMALL and total >= 3)
    note(f"{box.name} of {total}", loud=fits)
    return str(rounded_down(total))


def filtered(boxes: list[Box], other: Box) -> list[Box]:
    for box in boxes:
        note(box.name)
    return [box for box in boxes if (box.name, box.width) != (other.name, other.width)]


def ambiguous(box: Box) -> int:
    if box.width > 1:
        note("once")
    if box.width > 2:
        note("twice")
    return box.width + box.width


async def awaited(box: Box) -> int:
    answer = await asked(box)
    return box.area(3) + answer


async def asked(box: Box) -> int:
    return box.width


# What is put into them.


def note_the_name(box: Box) -> None:
    note(box.name)


def one_more(old: int) -> int:
    return old + 1


def note_a_stranger(stranger: Box) -> None:
    note(stranger.name)


def note_nothing() -> None:
    note("")


FITS = "fits = box == other or (box.size is Size.SMALL and total >= 3)"
NOTE = "note(f'{box.name} of {total}', loud=fits)"
FILTER = "return [box for box in boxes if (box.name, box.width) != (other.name, other.width)]"
WIDE = "return 'wide' if box.width > 3 else box.name"


def difference(function: Callable[..., object], patch: Patch) -> list[str]:
    """The lines that the patch takes out of a function and puts into it."""
    text = Path(__file__).read_text(encoding="utf-8")
    lines = Mutant("a bug", function, patch).difference(text).splitlines()
    return [line[0] + line[1:].strip() for line in lines[2:] if line[0] in "+-"]


@pytest.mark.parametrize(
    ("function", "patch", "old", "new"),
    [
        (decided, never(Box.is_flat), "if box.is_flat:", "if False:"),
        (decided, always(Box.is_flat), "if box.is_flat:", "if True:"),
        (decided, never(Size.LARGE), "if each.size is Size.LARGE:", "if False:"),
        (decided, never(Box.width), WIDE, "return box.name"),
        (decided, always(Box.width), WIDE, "return 'wide'"),
        (decided, returns(Box.is_flat, None), "return 'flat'", "return None"),
        (filtered, never(note), "for box in boxes:", "for box in ():"),
        (filtered, never(Box.width), FILTER, "return [box for box in boxes if False]"),
        (filtered, always(Box.width), FILTER, "return [box for box in boxes]"),
        (
            filtered,
            without(Box.width),
            FILTER,
            "return [box for box in boxes if box.name != other.name]",
        ),
        (
            filtered,
            only(Box.width),
            FILTER,
            "return [box for box in boxes if box.width != other.width]",
        ),
        (filtered, drop(note), "note(box.name)", "pass"),
        (computed, without(Box.name), NOTE, "note(f' of {total}', loud=fits)"),
        (computed, without(Size.SMALL), FITS, "fits = box == other"),
        (computed, only(Size.SMALL), FITS, "fits = box.size is Size.SMALL and total >= 3"),
        (computed, swap(ast.GtE, ast.Lt), FITS, FITS.replace(">=", "<")),
        (computed, swap(ast.And, ast.Or), FITS, FITS.replace("and", "or")),
        (computed, swap(Size.SMALL, Size.LARGE), FITS, FITS.replace("SMALL", "LARGE")),
        (
            computed,
            swap(ast.Add, ast.Sub),
            "total = box.width + box.height",
            "total = box.width - box.height",
        ),
        (computed, drop(note), NOTE, None),
        (computed, before(rounded_down, note_the_name), None, "note(box.name)"),
        (computed, after(note, note_the_name), None, "note(box.name)"),
        (computed, passing(note, loud=True), NOTE, NOTE.replace("=fits", "=True")),
        (computed, passing(note, text="so"), NOTE, "note('so', loud=fits)"),
        (computed, returns(rounded_down, None), "return str(rounded_down(total))", "return None"),
        (
            computed,
            instead(rounded_down, one_more),
            "return str(rounded_down(total))",
            "return str(rounded_down(total) + 1)",
        ),
        (awaited, instead(asked, None), "answer = await asked(box)", "answer = None"),
        (
            awaited,
            passing(Box.area, factor=4),
            "return box.area(3) + answer",
            "return box.area(4) + answer",
        ),
        (Box.area, without(2), "return factor + 2", "return factor"),
    ],
)
def test_a_patch_changes_what_it_says(
    function: Callable[..., object], patch: Patch, old: str | None, new: str | None
) -> None:
    expected = [sign + line for sign, line in (("-", old), ("+", new)) if line is not None]

    assert difference(function, patch) == expected


@pytest.mark.parametrize(
    ("function", "patch", "message"),
    [
        (
            decided,
            never(Box.height),
            "0 are there: a branch, loop or filter that mentions Box.height",
        ),
        (ambiguous, never(note), "2 are there: a branch, loop or filter that mentions note"),
        (ambiguous, drop(note), "2 are there: a statement that mentions note"),
        (ambiguous, without(Box.width), "2 are there: an operand with Box.width"),
        (ambiguous, passing(note, loud=True), "2 are there: a call of note"),
        (ambiguous, swap(ast.Gt, ast.Lt), "2 are there: the operator Gt"),
        (computed, returns(Size.LARGE, None), "0 are there: a return with Size.LARGE"),
        (computed, swap(Size.SMALL, ast.Add), "are of two kinds"),
        (computed, drop(textwrap.dedent), "does not know dedent"),
        (computed, drop(WithoutSlots.colour), "'red' is no reference"),
        (decided, drop(Box.is_flat), "Box.is_flat stands in the head of a block"),
        (computed, passing(note, quiet=True), "note has no parameter quiet"),
        (
            computed,
            before(note, note_a_stranger),
            "has no variable stranger, which note_a_stranger takes",
        ),
        (computed, instead(rounded_down, note_the_name), "must be one return of a value"),
        (filtered, always(note), "a loop that has nothing"),
        (asked, swap(Size.SMALL, Size.SMALL), "0 are there: Size.SMALL"),
        (computed, swap(Size.SMALL, Size.SMALL), "the patch changes nothing"),
    ],
)
def test_a_patch_that_does_not_fit_exactly_once_is_refused(
    function: Callable[..., object], patch: Patch, message: str
) -> None:
    with pytest.raises(PatchOutdated, match=f"^a bug: .*{message}"):
        difference(function, patch)


def test_a_snippet_may_use_only_what_the_broken_module_knows() -> None:
    text = Path(locking.__file__).read_text(encoding="utf-8")

    with pytest.raises(PatchOutdated, match="does not know the note of note_nothing"):
        Mutant("a bug", locking.release_unused, before(locking.release, note_nothing)).broken(text)


def test_all_but_the_function_stays_as_it_is() -> None:
    text = Path(__file__).read_text(encoding="utf-8")

    broken = Mutant("a bug", decided, never(Box.is_flat)).broken(text)

    start, end = text.index("def decided"), text.index("\n\ndef computed")
    assert broken.startswith(text[:start])
    assert broken.endswith(text[end:])
    assert "    if False:\n" in broken[start:]
    assert "# A comment" not in broken[start : start + 100]


def test_a_method_is_broken_in_its_class() -> None:
    text = (
        "class Box:\n\n"
        "    @so\n    def area(self, factor):\n        return factor + 2\n\n    other = 3\n"
    )

    assert Mutant("a bug", Box.area, without(2)).broken(text) == text.replace(" + 2", "")


@pytest.mark.parametrize("text", ["", "def decided(): pass\n\ndef decided(): pass\n"])
def test_a_function_that_is_not_defined_once_is_refused(text: str) -> None:
    with pytest.raises(PatchOutdated, match=r"decided is defined [02] times"):
        Mutant("a bug", decided, never(Box.is_flat)).broken(text)
