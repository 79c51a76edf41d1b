"""The register of assumptions: it is complete, up to date, and each fault in it is found."""

from pathlib import Path

import pytest

from toolchain.unconfirmed.__main__ import text
from toolchain.unconfirmed.beliefs import FILE, BadRegister, Belief, read
from toolchain.unconfirmed.findings import findings
from toolchain.unconfirmed.markers import WORD, Marker, in_text, in_tree, places
from toolchain.unconfirmed.page import page

ROOT = Path(__file__).parents[4]
#: a test that exists: this module's first
SAFE = (
    "tests/unit/toolchain/unconfirmed/test_register.py"
    "::test_markers_register_and_tests_fit_together"
)
ENTRY = f"""
[some-fact]
assumed = "A fact."
source = "A page."
if_wrong = "Nothing."
safe = ["{SAFE}"]
check = "Look."
"""


def belief(*, safe: tuple[str, ...] = (SAFE,)) -> Belief:
    return Belief(id="some-fact", assumed="A", source="B", if_wrong="C", check="D", safe=safe)


def test_markers_register_and_tests_fit_together() -> None:
    register = read(FILE.read_text(encoding="utf-8"))
    assert list(findings(ROOT, register, in_tree(ROOT))) == []


def test_the_page_is_up_to_date() -> None:
    written = (ROOT / "docs/unconfirmed.md").read_text(encoding="utf-8")
    assert written == text(ROOT), "run python -m toolchain.unconfirmed"


def test_the_tree_is_really_read() -> None:
    """Code, templates of the sandbox and pages have markers, so an empty search is a fault."""
    folders = {each.path.split("/")[0] for each in in_tree(ROOT)}
    assert {"shared", "sandbox", "docs", "benchmarks", "tests"} <= folders


def test_every_form_of_a_marker_is_found() -> None:
    lines = [
        f"# {WORD}(a-fact): why",
        f"| cell | {WORD}(other) | {WORD}(third) |",
        f"**{WORD}**: something",
        "unconfirmed in lower case is a word",
    ]
    found = in_text("file.md", "\n".join(lines))
    assert [(each.line, each.id) for each in found] == [
        (1, "a-fact"),
        (2, "other"),
        (2, "third"),
        (3, ""),
    ]


@pytest.mark.parametrize(
    ("register", "markers", "sentence"),
    [
        ([], [Marker("a.py", 3, "")], "a.py:3: "),
        ([], [Marker("a.py", 3, "no-entry")], "(no-entry) is not in"),
        ([belief()], [], "some-fact: no file has its marker"),
        (
            [belief(safe=("tests/unit/gone.py::test_x",))],
            [Marker("a.py", 1, "some-fact")],
            "some-fact: there is no test tests/unit/gone.py::test_x",
        ),
        (
            [belief(safe=(SAFE + "_not",))],
            [Marker("a.py", 1, "some-fact")],
            "some-fact: there is no test",
        ),
        (
            [belief(safe=("tests/unit/toolchain/unconfirmed/test_register.py::belief",))],
            [Marker("a.py", 1, "some-fact")],
            "some-fact: there is no test",
        ),
    ],
)
def test_what_does_not_fit_is_found(
    register: list[Belief], markers: list[Marker], sentence: str
) -> None:
    (found,) = findings(ROOT, register, markers)
    assert sentence in found


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (ENTRY.replace("[some-fact]", "[Some Fact]"), "no TOML"),
        (ENTRY.replace("[some-fact]", "[Some-Fact]"), "is no id"),
        (ENTRY.replace('check = "Look."', ""), "some-fact needs exactly these keys"),
        (ENTRY.replace(f'["{SAFE}"]', "[]"), "some-fact: safe needs the names of tests"),
        (ENTRY.replace('"A page."', '" "'), "some-fact: source needs a sentence"),
        (ENTRY.replace('"A page."', "7"), "some-fact: source needs a sentence"),
        (ENTRY + 'more = "x"', "some-fact needs exactly these keys"),
        (ENTRY + ENTRY, "no TOML"),
    ],
)
def test_a_register_with_a_fault_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(BadRegister, match=sentence):
        read(text)


def test_a_section_has_everything_and_each_file_once() -> None:
    markers = [
        Marker("shared/a.py", 1, "some-fact"),
        Marker("shared/a.py", 9, "some-fact"),
        Marker("docs/b.md", 2, "some-fact"),
    ]
    section = page(read(ENTRY), places(markers)).partition("## some-fact")[2]
    assert "[docs/b.md](b.md), `shared/a.py` |" in section
    for part in ("A fact.", "A page.", "Nothing.", "Look.", "(../" + SAFE.partition("::")[0]):
        assert part in section
