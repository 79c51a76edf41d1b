"""Hunt every seeded bug, and keep what caught it."""

import argparse
import sys
from multiprocessing.pool import ThreadPool

from tests.simulation.mutants.catalogue import MUTANTS, Mutant
from tests.simulation.mutants.hunt import Catch, hunt
from tests.simulation.mutants.table import Hunt, table, write


def main(arguments: list[str] | None = None) -> int:
    """0: everything was caught; 1: something survived."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.mutants", description=__doc__)
    parser.add_argument("--seeds", type=int, default=300, help="for each bug (300)")
    parser.add_argument("--only", default="", help="part of a bug's name; the result is not kept then")
    parser.add_argument("--at-once", type=int, default=2, help="hunts side by side (2)")
    options = parser.parse_args(arguments)
    chosen = [each for each in MUTANTS if options.only in each.bug]

    def one(mutant: Mutant) -> Catch:
        catch = hunt(mutant, seeds=options.seeds)
        sys.stderr.write(f"{catch}\n")
        return catch

    with ThreadPool(options.at_once) as pool:
        catches = tuple(pool.map(one, chosen, chunksize=1))
    result = Hunt(seeds=options.seeds, catches=catches)
    if not options.only:
        write(result)
    sys.stdout.write(table(result) + "\n")
    return 0 if all(each.is_caught for each in catches) else 1


if __name__ == "__main__":
    sys.exit(main())
