"""The table of the last mutation run, as docs/guarantees.md shows it.

A test compares the page with the stored result.
"""

from pathlib import Path

import msgspec

from tests.simulation.mutants.mutation_run import MutantResult

RESULTS = Path(__file__).with_name("results.json")


class MutationRun(msgspec.Struct, frozen=True, kw_only=True):
    """A stored mutation run: how many seeds each mutant got, and its outcome."""

    seeds: int
    results: tuple[MutantResult, ...]


def read() -> MutationRun:
    """The last mutation run."""
    return msgspec.json.decode(RESULTS.read_bytes(), type=MutationRun)


def write(mutation_run: MutationRun) -> None:
    """Keep it."""
    RESULTS.write_bytes(msgspec.json.format(msgspec.json.encode(mutation_run), indent=1) + b"\n")


def table(run: MutationRun) -> str:
    """One row per bug, in Markdown."""
    rows = [f"| {each.bug} | {_who(each)} | {_when(each)} |" for each in run.results]
    return "\n".join(["| bug | caught by | after |", "| --- | --- | --- |", *rows])


def _who(result: MutantResult) -> str:
    if result.seeds is not None:
        mode = "simulation over weeks" if result.over_weeks else "simulation"
        return f"{mode}, {result.detail.partition(':')[0]}"
    return f"`{result.test.rpartition('::')[2]}`" if result.test else "**nothing**"


def _when(result: MutantResult) -> str:
    if result.seeds is None:
        return "unit tests" if result.test else ""
    return "1 seed" if result.seeds == 1 else f"{result.seeds} seeds"
