"""One seeded bug, hunted.

The app is copied, broken, and played until a seed or a named test shows it.

The working tree is never touched. What is hunted is the code as it stands, commits or not.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.simulation.mutants.mutant import ROOT, Mutant
from tests.simulation.mutants.patches import PatchOutdated

#: what the simulation and the unit tests need: a test that fails for want of a file would look like
#: a catch
_COPIED = ("shared", "tests", "sandbox", "functions", "toolchain", "docs", "infra")
_FILES = ("pyproject.toml", "host.json", "README.md")
_SECONDS = 1800
#: of the long mode: a few small seeds
LONG_SEEDS = 10
_LONG = ("--weeks", "--machines", "50", "--cores", "1")
_TESTS = ("tests/unit/domain", "tests/unit/usecases")
#: exit codes of pytest where a test is named that is not there, or where none was collected
_NONE_SUCH = (4, 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class MutantResult:
    """The outcome of a mutant.

    The seeds that were played until one found it, otherwise the test that did.
    """

    bug: str
    #: None: no seed showed it
    seeds: int | None = None
    #: whether these were seeds of the long mode
    over_weeks: bool = False
    #: None: it was not needed, or no test showed it either
    test: str | None = None
    detail: str = ""

    @property
    def is_killed(self) -> bool:
        """Whether anything showed it."""
        return self.seeds is not None or self.test is not None


def require_clean_baseline(*, seeds: int, over_weeks: bool) -> None:
    """Raise Outdated where the app without any bug fails: then a catch would prove nothing.

    `over_weeks`: in the long mode too.
    """
    bug = "no bug at all"
    with TemporaryDirectory(prefix="forestall-mutant-") as folder:
        _copy(Path(folder))
        found = _by_long_seeds(bug, Path(folder)) if over_weeks else None
        found = found or _test(bug, Path(folder), seeds)
    if found.is_killed:
        raise PatchOutdated(f"without any bug: {found}")


def test_mutant(mutant: Mutant, *, seeds: int, before: MutantResult | None) -> MutantResult:
    """Play a broken copy: so many seeds at most, and then the unit tests.

    A test that showed the bug `before` comes first: if it still does, nothing else is needed.
    """
    with TemporaryDirectory(prefix="forestall-mutant-") as folder:
        tree = Path(folder)
        _copy(tree)
        file = tree / mutant.file
        file.write_text(mutant.broken(file.read_text(encoding="utf-8")), encoding="utf-8")
        found = _by_long_seeds(mutant.bug, tree) if mutant.over_weeks else None
        return found or _test(mutant.bug, tree, seeds, before.test if before else None)


def _test(bug: str, tree: Path, seeds: int, before: str | None = None) -> MutantResult:
    # The name without parameters: their text may have changed. It may be gone altogether.
    again = before and _failed_test(bug, tree, before.partition("[")[0], may_be_gone=True)
    if again:
        return MutantResult(bug=bug, test=again)
    found = _by_seeds(bug, tree, seeds)
    return found or MutantResult(bug=bug, test=_failed_test(bug, tree, *_TESTS))


def _copy(tree: Path) -> None:
    ignore = shutil.ignore_patterns("__pycache__", "node_modules")
    for name in _COPIED:
        shutil.copytree(ROOT / name, tree / name, ignore=ignore)
    for name in _FILES:
        shutil.copy(ROOT / name, tree / name)


def _by_seeds(bug: str, tree: Path, seeds: int) -> MutantResult | None:
    line = _first_failure(bug, tree, "--seeds", str(seeds))
    if line is None:
        return None
    seed, _, how = line
    return MutantResult(bug=bug, seeds=int(seed) + 1, detail=how)


def _by_long_seeds(bug: str, tree: Path) -> MutantResult | None:
    line = _first_failure(bug, tree, *_LONG, "--seeds", str(LONG_SEEDS))
    if line is None:
        return None
    seed, _, how = line
    return MutantResult(bug=bug, seeds=int(seed) + 1, detail=how, over_weeks=True)


def _first_failure(bug: str, tree: Path, *options: str) -> tuple[str, str, str] | None:
    """The first seed that fails, and what broke; None: all held."""
    done = _run(tree, "-m", "tests.simulation", "--first", *options)
    if done.returncode == 0:
        return None
    lines = [each for each in done.stdout.splitlines() if each.startswith("seed ")]
    if done.returncode != 1 or not lines:
        raise RuntimeError(f"{bug}: {done.stderr.strip().splitlines()[-1:]}")
    return lines[-1].removeprefix("seed ").partition(": ")


def _failed_test(bug: str, tree: Path, *tests: str, may_be_gone: bool = False) -> str | None:
    """The first test that fails; None if all pass."""
    done = _run(tree, "-m", "pytest", "-x", "-q", "--no-header", "--tb=no", *tests)
    lines = done.stdout.splitlines()
    failed = [line.removeprefix("FAILED ") for line in lines if line.startswith("FAILED ")]
    if failed:
        return failed[0].partition(" - ")[0]
    if done.returncode == 0 or (may_be_gone and done.returncode in _NONE_SUCH):
        return None
    # Such as a file that is not copied: then no test ran, and nothing is known.
    raise RuntimeError(f"{bug}: {lines[-3:]} {done.stderr.strip()[-300:]}")


def _run(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=tree,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
