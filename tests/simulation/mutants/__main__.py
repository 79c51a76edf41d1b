"""Test every seeded bug, and keep what caught it."""

import argparse
import sys
from multiprocessing.pool import ThreadPool

from tests.simulation.mutants.catalogue import MUTANTS
from tests.simulation.mutants.mutant import ROOT, Mutant
from tests.simulation.mutants.mutation_run import MutantResult, require_clean_baseline, test_mutant
from tests.simulation.mutants.table import MutationRun, read, table, write


def main(arguments: list[str] | None = None) -> int:
    """0: everything was caught; 1: something survived.

    Each catch is stored immediately, so `--missing` can continue.
    """
    parser = _options()
    options = parser.parse_args(arguments)
    stored = {each.bug: each for each in read().results}
    known = dict(stored) if options.missing else {}
    chosen = [each for each in MUTANTS if options.only in each.bug and each.bug not in known]
    if not any(options.only in each.bug for each in MUTANTS):
        parser.error(f"no bug has {options.only!r} in its name; --show lists them all")
    if options.show:
        sys.stdout.writelines(f"{_description(mutant)}\n\n" for mutant in chosen)
        return 0
    require_clean_baseline(seeds=options.seeds, over_weeks=any(each.over_weeks for each in chosen))
    with ThreadPool(options.at_once) as pool:
        for mutant_result in pool.imap_unordered(
            lambda mutant: test_mutant(mutant, seeds=options.seeds, before=stored.get(mutant.bug)),
            chosen,
        ):
            known[mutant_result.bug] = mutant_result
            sys.stderr.write(f"{mutant_result}\n")
            if not options.only:
                write(MutationRun(seeds=options.seeds, results=_in_order(known)))
    result = MutationRun(seeds=options.seeds, results=_in_order(known))
    sys.stdout.write(table(result) + "\n")
    return 0 if all(each.is_killed for each in result.results) else 1


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.mutants", description=__doc__)
    parser.add_argument("--seeds", type=int, default=200, help="for each bug (200)")
    parser.add_argument(
        "--only", default="", help="part of a bug's name; the result is not kept then"
    )
    parser.add_argument(
        "--missing",
        action="store_true",
        help="only those that the stored mutation run has not come to",
    )
    parser.add_argument(
        "--show",
        action="store_true",
        help="print what each bug changes, as diffs, and hunt nothing",
    )
    parser.add_argument("--at-once", type=int, default=2, help="hunts side by side (2)")
    return parser


def _description(mutant: Mutant) -> str:
    return mutant.difference((ROOT / mutant.file).read_text(encoding="utf-8"))


def _in_order(known: dict[str, MutantResult]) -> tuple[MutantResult, ...]:
    return tuple(known[each.bug] for each in MUTANTS if each.bug in known)


if __name__ == "__main__":
    sys.exit(main())
