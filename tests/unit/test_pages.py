"""The pages: links lead somewhere, the indexes are complete, and each decision is linked."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "sandbox").glob("*/README.md")]
)

_LINK = re.compile(r"\]\((?!https?:|mailto:)([^)\s]+)\)")


def broken(page: Path) -> list[str]:
    """The links of a page that lead nowhere; those to other sites are not followed."""
    return [
        link
        for link in _LINK.findall(_prose(page))
        if not _leads_somewhere(page, *link.partition("#")[::2])
    ]


def _leads_somewhere(page: Path, file: str, place: str) -> bool:
    target = (page.parent / file).resolve() if file else page
    if not target.exists():
        return False
    return not place or (target.suffix == ".md" and place in _places(target))


def _places(page: Path) -> set[str]:
    """The headings of a page, as GitHub makes addresses of them."""
    headings = re.findall(r"^#+ (.+)$", _prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.strip().lower()).replace(" ", "-") for each in headings}


def _prose(page: Path) -> str:
    """A page without its blocks of code, which hold neither links nor headings."""
    return re.sub(
        r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    assert broken(page) == []


@pytest.mark.parametrize(
    ("link", "is_broken"),
    [
        ("other.md", False),
        ("other.md#an-operators-command", False),
        ("#here-too", False),
        ("gone.md", True),
        ("other.md#gone", True),
        ("#gone", True),
        ("https://example.com/gone", False),
    ],
)
def test_a_link_that_leads_nowhere_is_found(tmp_path: Path, link: str, *, is_broken: bool) -> None:
    (tmp_path / "other.md").write_text("# Other\n\n## An operator's command\n", encoding="utf-8")
    page = tmp_path / "page.md"
    page.write_text(
        f"# Page\n\n## Here, too\n\n```\n[in code](gone.md)\n```\n[a link]({link})\n",
        encoding="utf-8",
    )
    assert bool(broken(page)) is is_broken


DECISIONS = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))


def listed_in(index: Path) -> list[str]:
    """The pages that an index lists, in its order."""
    links = _LINK.findall(_prose(index))
    return [(index.parent / each).resolve().relative_to(ROOT).as_posix() for each in links]


def test_the_index_lists_every_page() -> None:
    pages = {each.relative_to(ROOT).as_posix() for each in (ROOT / "docs").glob("*.*")}
    assert pages - {"docs/README.md", "docs/run.svg"} <= set(listed_in(ROOT / "docs/README.md"))


def test_decisions_are_listed_in_order_of_their_numbers() -> None:
    listed = listed_in(ROOT / "docs/decisions/README.md")
    assert listed == [each.relative_to(ROOT).as_posix() for each in DECISIONS]


def test_no_two_decisions_have_one_number() -> None:
    numbers = [each.name[:4] for each in DECISIONS]
    assert len(numbers) == len(set(numbers))


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda each: each.stem)
def test_a_decision_is_listed_with_its_title_and_linked_from_what_it_explains(
    decision: Path,
) -> None:
    head = decision.read_text(encoding="utf-8").partition("\n")[0]
    number, _, title = head.removeprefix("# ").partition(" ")
    assert number == decision.name[:4]
    index = (ROOT / "docs/decisions/README.md").read_text(encoding="utf-8")
    assert f"| [{number}]({decision.name}) | {title} |" in index
    others = [each for each in PAGES if each.parent != decision.parent]
    assert any(decision.name in page.read_text(encoding="utf-8") for page in others)
