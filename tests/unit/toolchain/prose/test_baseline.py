"""The baseline may only shrink."""

from pathlib import Path

import pytest

from toolchain.prose import baseline
from toolchain.prose.baseline import Baseline, BaselineError, Rules
from toolchain.prose.measure import Finding, Measure, Measured


def file(
    path: str = "a.md", *, lengths: tuple[int, ...] = (), words: int = 0, lines: int = 0
) -> Measured:
    kinds = [Measure.LONG_SENTENCES for each in lengths if each > 35]
    kinds += [Measure.LISTED_WORDS] * words + [Measure.LONG_LINES] * lines
    findings = [Finding(measure=each, line=1, what="") for each in kinds]
    return Measured(path=path, lengths=list(lengths), findings=findings)


RULES = Rules(word_list="one")


def base(*files: Measured, rules: Rules = RULES) -> Baseline:
    return baseline.of(files, rules)


def test_only_what_misses_a_goal_is_kept() -> None:
    kept = base(
        file("good.md", lengths=(1, 20, 35)), file("bad.md", lengths=(21, 40), words=2)
    ).files
    assert kept == {
        "bad.md": {
            Measure.MEDIAN: 30.5,
            Measure.LONGEST: 40,
            Measure.LONG_SENTENCES: 1,
            Measure.LISTED_WORDS: 2,
        }
    }


@pytest.mark.parametrize(
    ("after", "measures"),
    [
        (file(lengths=(40,), words=1), set()),
        (file(lengths=(10,)), set()),
        (file(lengths=(41,), words=1), {Measure.MEDIAN, Measure.LONGEST}),
        (file(lengths=(40, 40), words=1), {Measure.LONG_SENTENCES}),
        (file(lengths=(40,), words=2), {Measure.LISTED_WORDS}),
    ],
)
def test_a_file_may_not_become_worse_in_any_measure(
    after: Measured, measures: set[Measure]
) -> None:
    found = baseline.worse(base(file(lengths=(40,), words=1)), [after])
    assert found.keys() == ({"a.md"} if measures else set())
    assert set(found.get("a.md", {})) == measures


def test_no_baseline_allows_a_long_line() -> None:
    long = file(lines=1)
    assert base(long) == base()
    allowed = Baseline(RULES, {"a.md": {Measure.LONG_LINES: 1}})
    assert baseline.worse(allowed, [long]) == {"a.md": {Measure.LONG_LINES: (1, 0)}}


def test_a_new_file_must_meet_the_goals() -> None:
    new = file("new.md", lengths=(21, 36), words=1, lines=1)
    assert baseline.worse(base(), [new])["new.md"] == {
        Measure.MEDIAN: (28.5, 20),
        Measure.LONGEST: (36, 35),
        Measure.LONG_SENTENCES: (1, 0),
        Measure.LISTED_WORDS: (1, 0),
        Measure.LONG_LINES: (1, 0),
    }
    assert baseline.worse(base(), [file("new.md", lengths=(5, 35))]) == {}


def test_what_is_stored_is_read_again_sorted_one_line_a_file(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    before = base(file("b.md", words=1), file("a.md", lengths=(21, 40)))
    baseline.store(before, path)
    assert baseline.load(path) == before
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if ".md" in line]
    assert lines == [
        '  "a.md": {"median": 30.5, "longest": 40, "long_sentences": 1},',
        '  "b.md": {"listed_words": 1}',
    ]


def test_an_empty_baseline_is_stored_and_read(tmp_path: Path) -> None:
    baseline.store(base(), tmp_path / "baseline.json")
    assert baseline.load(tmp_path / "baseline.json") == base()


def test_none_is_stored_yet(tmp_path: Path) -> None:
    assert baseline.load(tmp_path / "baseline.json") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        '{"rules": {"word_list": ""}, "files": {"a.md": {"odd": 1}}}',
    ],
)
def test_a_broken_baseline_is_an_error_that_says_so(tmp_path: Path, text: str) -> None:
    path = tmp_path / "baseline.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(
        BaselineError, match=r"baseline.json cannot be read: .* Take it from git again."
    ):
        baseline.load(path)


OLD = (file("a.md", lengths=(40,), words=2), file("b.md", words=1))


@pytest.mark.parametrize(
    "new",
    [
        (file("moved.md", lengths=(40,), words=2), file("b.md", words=1)),
        (file("a.md", lengths=(40,), words=1), file("b.md", words=2)),
        (file("one.md", lengths=(40,), words=1), file("two.md", words=2)),
        (),
    ],
)
def test_a_move_a_split_and_an_improvement_may_be_stored(
    tmp_path: Path, new: tuple[Measured, ...]
) -> None:
    path = tmp_path / "baseline.json"
    baseline.store(base(*OLD), path)
    baseline.store(base(*new), path)
    assert baseline.load(path) == base(*new)


@pytest.mark.parametrize(
    ("new", "raised"),
    [
        (file("c.md", words=1), "listed_words 3 -> 4"),
        (file("c.md", lengths=(36, 1, 1)), "long_sentences 1 -> 2"),
        (file("c.md", lengths=(21,)), "median 20 -> 21"),
        (file("c.md", lengths=(1, 1, 41)), "longest 40 -> 41"),
    ],
)
def test_a_total_may_not_rise(tmp_path: Path, new: Measured, raised: str) -> None:
    path = tmp_path / "baseline.json"
    baseline.store(base(*OLD), path)
    with pytest.raises(BaselineError, match=f"may only shrink, but this would raise .*{raised}"):
        baseline.store(base(*OLD, new), path)
    assert baseline.load(path) == base(*OLD)


def test_listed_words_are_not_compared_when_their_list_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    rules = Rules(word_list="two")
    may_rise, may_not = file("c.md", words=9), file("d.md", lengths=(36, 1, 1))
    baseline.store(base(*OLD), path)
    with pytest.raises(BaselineError):
        baseline.store(base(*OLD, may_not, rules=rules), path)
    baseline.store(base(*OLD, may_rise, rules=rules), path)
    with pytest.raises(BaselineError):
        baseline.store(base(*OLD, may_rise, file("more.md", words=10), rules=rules), path)
