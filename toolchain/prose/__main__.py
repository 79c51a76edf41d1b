"""`python -m toolchain.prose`: no file's prose has become worse than its baseline.

python -m toolchain.prose                       the check, which is part of `make check`
python -m toolchain.prose docs/deploy.md ...    every finding in these files, line by line
python -m toolchain.prose --write-baseline      stores the figures of today, if no total rises
"""

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from toolchain.prepare.places import HERE
from toolchain.prose import baseline, files, words
from toolchain.prose.baseline import Baseline, Rules
from toolchain.prose.measure import Measured, measure
from toolchain.prose.report import findings_of, summary, violations
from toolchain.prose.words import WordList


def main(arguments: Sequence[str]) -> int:
    """Exit code 0 if no file is worse than its baseline, 1 if one is, 2 without a measurement."""
    options = _parser().parse_args(arguments)
    try:
        listed = words.load()
        rules = Rules(word_list=listed.digest)
        measured = measure_all(HERE.root, listed, options.path)
        if options.path:
            return _show(options.path, measured)
        if options.write_baseline:
            baseline.store(baseline.of(measured, rules))
            print(f"wrote {baseline.FILE.relative_to(HERE.root)}")
        return _check(baseline.load() or Baseline(rules), measured)
    except (files.Unreadable, words.WordListError, baseline.BaselineError) as fault:
        print(fault, file=sys.stderr)
        return 2


def measure_all(root: Path, listed: WordList, only: Sequence[str] = ()) -> list[Measured]:
    """Every measured file below `root`, in order of path; `only` these, if there are any."""
    found = files.sources(root, files.load(), only)
    return [measure(each, listed) for each in found]


def _show(paths: Sequence[str], measured: Sequence[Measured]) -> int:
    if unknown := set(paths) - {each.path for each in measured}:
        print(f"not measured, or not in git: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    lines = [line for each in measured for line in findings_of(each)]
    print("\n".join(lines) or "nothing to improve")
    return 0


def _check(allowed: Baseline, measured: Sequence[Measured]) -> int:
    worse = violations(allowed, measured)
    print("\n".join([*summary(measured), *worse]))
    return 1 if worse else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m toolchain.prose",
        description="Measure the prose of this repository, and hold each file to its baseline.",
    )
    parser.add_argument(
        "path", nargs="*", help="show every finding in these files, and check nothing"
    )
    parser.add_argument("--write-baseline", action="store_true", help="store the figures of today")
    return parser


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `... | head` ends it quietly
    sys.exit(main(sys.argv[1:]))
