"""The table of the last hunt, as docs/guarantees.md shows it; a test compares the page with the stored result."""

from pathlib import Path

import msgspec

from tests.simulation.mutants.hunt import Catch

RESULTS = Path(__file__).with_name("results.json")


class Hunt(msgspec.Struct, frozen=True, kw_only=True):
    """A stored hunt: how many seeds each mutant was given, and what became of it."""

    seeds: int
    catches: tuple[Catch, ...]


def read() -> Hunt:
    """The last hunt."""
    return msgspec.json.decode(RESULTS.read_bytes(), type=Hunt)


def write(hunt: Hunt) -> None:
    """Keep it."""
    RESULTS.write_bytes(msgspec.json.format(msgspec.json.encode(hunt), indent=1) + b"\n")


def table(hunt: Hunt) -> str:
    """One row a bug, in Markdown."""
    rows = [f"| {each.bug} | {_who(each)} | {_when(each)} |" for each in hunt.catches]
    return "\n".join(["| bug | caught by | after |", "| --- | --- | --- |", *rows])


def _who(catch: Catch) -> str:
    if catch.seeds is not None:
        return f"simulation, {catch.how.partition(':')[0]}"
    return f"`{catch.test.rpartition('::')[2]}`" if catch.test else "**nothing**"


def _when(catch: Catch) -> str:
    if catch.seeds is None:
        return "unit tests" if catch.test else ""
    return "1 seed" if catch.seeds == 1 else f"{catch.seeds} seeds"
